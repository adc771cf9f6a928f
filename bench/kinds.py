"""The kinds of requests that are measured: what wrk sends where, and how the database shows what came of them."""
import dataclasses
import sys
import time

import beside
import fleet
import glewlwyd
import load
import oidc
import stage

NOISE = 0.08
BESIDE = ('echo', 'echo-kept', 'reference-8', 'reference-32', 'reference-kept')


@dataclasses.dataclass
class Kind:
    """One kind of request."""
    name: str
    script: str
    port: int
    groups: dict                    # sessions of processes by the part that they play
    words: object                   # what the script is told: called before each cell with its seconds
    count: object = None            # what the requests changed; None: they change nothing
    step: int = 1                   # by how much each
    status: int = 200               # of a good answer
    devices: object = None          # whom they play
    processes: bool = False         # whether each is answered by a process of its own


def is_wanted(name, names):
    return not names or name.startswith(tuple(names))


def of_beside():
    port, sessions = beside.start()
    database = {stage.session_of('mariadbd')}

    for name in BESIDE:
        yield Kind(name, 'register.lua', port,
                   {'nginx': sessions['nginx'], 'program': sessions[name], 'database': database},
                   lambda _, name=name: {'path': f'/{name}'}, beside.stored if name.startswith('reference') else None)


def of_glewlwyd():
    port, session, cookie = glewlwyd.start()
    groups = {'nginx': set(), 'program': {session}, 'database': {stage.session_of('mariadbd')}}
    codes = stage.RUN / 'tmp' / 'codes-glewlwyd'
    yield Kind('glewlwyd', 'form.lua', port, groups, lambda _: {
        'path': '/api/glwd/device_authorization', 'body': glewlwyd.FORM, 'file': codes}, glewlwyd.authorized)
    yield Kind('glewlwyd-verify', 'glewlwyd.lua', port, groups, lambda _: {'file': codes, 'cookie': cookie},
               glewlwyd.verified, status=302)


def of_oidc():
    port, session = oidc.start()
    groups = {'nginx': set(), 'program': {session}, 'database': set()}

    def page(_):
        cookie, body = oidc.page_open(port)
        return {'path': '/device', 'body': body, 'cookie': cookie}

    yield Kind('oidc', 'form.lua', port, groups, lambda _: {'path': '/device/auth', 'body': oidc.FORM})
    yield Kind('oidc-page', 'form.lua', port, groups, page)


def of_system(devices):
    """Ours. The codes of what pair shall match come from the registrations that are left pending."""
    system = devices.system

    def pair(seconds):
        return {'file': devices.pending(int(1.3 * seconds * devices.rate))}

    def report(jobs):
        return lambda _: {'file': devices.file, 'jobs': jobs, 'first': devices.reported}

    def counter(name):
        return lambda: fleet.count(system, name)

    for name, script, words, count, step, status in (
            ('register', 'register', lambda _: {'path': '/device/register'}, counter('registrations'), 1, 201),
            ('pair', 'pair', pair, counter('pairings'), 1, 303),
            ('connect', 'connect', lambda _: {'file': devices.file}, None, 1, 200),
            ('connect-due', 'connect', lambda _: {'file': devices.age(), 'once': 'yes'}, None, 1, 200),
            ('instruct', 'instruct', lambda _: {'file': devices.actions()}, counter('versions'), 1, 200),
            ('report', 'report', report(1), counter('jobs'), 1, 200),
            ('report-100', 'report', report(100), counter('jobs'), 100, 200)):
        groups = {'nginx': {system.session_of('nginx')}, 'program': {system.session_of(script)},
                  'database': {system.session_of('mariadbd')}}
        yield Kind(name, f'{script}.lua', system.port, groups, words, count, step, status, devices)


def cell(kind, clients, seconds, **more):
    """One measurement. 'failed': the share of requests that were not answered as they must be, or changed nothing."""
    words = kind.words(seconds)
    before = kind.count() if kind.count else 0
    load.settle()
    result = load.measure(kind.script, kind.port, clients, seconds, kind.groups, **words, **more)
    if kind.processes:
        # Nobody waits for these when they end, so what they took is what is missing.
        result['cpu_s']['program'] += result['foreign'] * result['machine_s']
        result['foreign'] = 0.0
    time.sleep(0.1)                 # what is under way when wrk ends comes to its end
    if kind.devices:
        kind.devices.measured(kind.name, result, clients)
    bad = result['refused'] + result['broken'] + result['wrong']
    if kind.count:
        changed = (kind.count() - before) / kind.step
        bad = max(bad, result['requests'] - changed)
        if changed > result['requests'] + 2 * clients:
            sys.exit(f"bench: {kind.name}: {result['requests']} requests changed {changed:.0f} things")
    result['failed'] = bad / max(1, result['requests'])
    return result


def quiet_cell(kind, clients, seconds):
    """The same; when others had more of the machine than NOISE, once more, and the quieter of the two."""
    results = [cell(kind, clients, seconds)]
    if noise(results[0]) > NOISE:
        results.append(cell(kind, clients, seconds))
    return min(results, key=noise)


def noise(result):
    return result['foreign'] + result['steal']


def verify(kinds):
    """Each once with every answer's status looked at, for which measuring leaves no time. It also warms them up."""
    for kind in kinds:
        result = cell(kind, 8, 1, check=kind.status)
        if result['failed'] and kind.devices:
            sys.exit(f"bench: {kind.name}: {result['failed']:.2%} failed: {result}")


def rounds(kinds, options):
    """All cells: round by round, so that what disturbs for a while disturbs all alike."""
    begun = time.monotonic()
    cells = []
    for turn in range(options.rounds):
        for clients in options.clients:
            for kind in kinds:
                result = quiet_cell(kind, clients, options.seconds)
                cells.append({'kind': kind.name, 'clients': clients, 'round': turn, **result})
        print(f'round {turn + 1} of {options.rounds}: {time.monotonic() - begun:.0f} s', flush=True)
    return cells
