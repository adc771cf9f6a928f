"""Requests a second of the whole system, beside what it can be held against, alternating in one run.

Usage: ./quickstart bench throughput [--rounds N] [--seconds N] [--clients N ...] [--only NAME ...] [--devices N]
"""
import argparse
import dataclasses
import sys
import time

import beside
import fleet
import load
import stage
import table


@dataclasses.dataclass
class Kind:
    """One kind of request: what wrk sends where, and how its answers are counted in the database."""
    name: str
    script: str
    port: int
    groups: dict
    words: object                   # what the script is told: called before each cell
    count: object = None            # what the requests changed; None: nothing is
    step: int = 1                   # how much one request adds to that
    status: int = 200


def system_groups(name):
    return {'nginx': {stage.session_of('nginx')}, 'program': {stage.session_of(name)},
            'database': {stage.session_of('mariadbd')}}


def kinds_beside():
    port, sessions = beside.start()
    database = {stage.session_of('mariadbd')}

    def stored():
        return stage.number('SELECT COUNT(*) FROM registration', database='bench')

    for name in 'echo', 'echo-kept', 'reference-8', 'reference-32', 'reference-kept':
        groups = {'nginx': sessions['nginx'], 'program': sessions[name], 'database': database}
        count = stored if name.startswith('reference') else None
        yield Kind(name, 'register.lua', port, groups, lambda _, name=name: {'path': f'/{name}'}, count)


def kinds_ours(devices):
    rates = {}

    def pair(seconds):
        return {'file': devices.pending(int(1.3 * seconds * rates.get('register', 6000)))}

    def report(jobs):
        return lambda _: {'file': devices.file, 'jobs': jobs, 'first': devices.reported}

    def counted(name):
        return lambda: fleet.count(name)

    for name, script, words, count, step, status in (
            ('register', 'register', lambda _: {'path': '/device/register'}, counted('registrations'), 1, 201),
            ('pair', 'pair', pair, counted('pairings'), 1, 303),
            ('connect', 'connect', lambda _: {'file': devices.file}, None, 1, 200),
            ('connect-due', 'connect', lambda _: {'file': devices.age(), 'once': 'yes'}, None, 1, 200),
            ('instruct', 'instruct', lambda _: {'file': devices.actions()}, counted('versions'), 1, 200),
            ('report', 'report', report(1), counted('jobs'), 1, 200),
            ('report-100', 'report', report(100), counted('jobs'), 100, 200)):
        yield Kind(name, f'{script}.lua', stage.PORT, system_groups(script), words, count, step, status), rates


def cell(kind, devices, clients, seconds, **more):
    """One measurement. 'failed': the share of requests that were not answered as they must be, or changed nothing."""
    words = kind.words(seconds)
    before = kind.count() if kind.count else 0
    load.settle()
    result = load.measure(kind.script, kind.port, clients, seconds, kind.groups, **words, **more)
    time.sleep(0.1)
    if kind.script == 'report.lua':
        devices.reported += result['requests'] + 2 * clients
    bad = result['refused'] + result['broken'] + result['wrong']
    if kind.count:
        changed = (kind.count() - before) / kind.step
        bad = max(bad, result['requests'] - changed)
        if changed > result['requests'] + 2 * clients:
            sys.exit(f"bench: {kind.name}: {result['requests']} requests changed {changed:.0f} things")
    result['failed'] = bad / max(1, result['requests'])
    return result


def verify(kinds, devices):
    """Each kind once with every answer's status looked at, which measuring would not leave the time for."""
    for kind in kinds:
        if kind.port == stage.PORT:
            result = cell(kind, devices, 8, 1, check=kind.status)
            if result['failed']:
                sys.exit(f"bench: {kind.name}: {result['failed']:.2%} failed: {result}")


def options_read():
    parser = argparse.ArgumentParser(prog='./quickstart bench throughput', description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=int, default=3, help='of each cell')
    parser.add_argument('--clients', type=int, nargs='+', default=[1, 8, 32, 64])
    parser.add_argument('--only', nargs='+', help='kinds of requests by the beginning of their names')
    parser.add_argument('--devices', type=int, default=20000)
    return parser.parse_args()


def main():
    options = options_read()
    begun = time.monotonic()
    devices = fleet.Fleet(options.devices)
    kinds = [*kinds_beside()]
    for kind, rates in kinds_ours(devices):
        kinds.append(kind)
    if options.only:
        kinds = [kind for kind in kinds if kind.name.startswith(tuple(options.only))]
    verify(kinds, devices)
    cells = []
    for turn in range(options.rounds):
        for clients in options.clients:
            for kind in kinds:
                result = cell(kind, devices, clients, options.seconds)
                rates[kind.name] = result['rate']
                cells.append({'kind': kind.name, 'clients': clients, 'round': turn, **result})
        print(f'round {turn + 1} of {options.rounds}: {time.monotonic() - begun:.0f} s', flush=True)
    table.report('throughput', cells, vars(options), time.monotonic() - begun)


if __name__ == '__main__':
    stage.run_main(main)
