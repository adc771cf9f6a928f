"""Is a request as quick with ten million devices as with ten thousand? Two systems side by side, alternating in one run.

Usage: ./quickstart bench flat [--full] [--registrations N] [--jobs N] [--rounds N] [--seconds N] [--rate N]
--full: ten million registrations and fifty million job records, databases of 12 GB in memory; it takes about an hour.
"""
import argparse
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import time

import fill
import flat_view
import kinds
import load
import stage
import table

CLIENTS = 8
SAMPLE = 200000         # devices that are played, of a large table
SESSIONS = 20000        # terminals likewise
WHYS = 40
COUNTERS = ('Innodb_buffer_pool_reads', 'Innodb_pages_written', 'Innodb_os_log_written', 'Innodb_data_fsyncs')
KEEP_DAYS = fill.DAYS - fill.DAYS // 13         # with which a month is due that would stay else


def options_read():
    parser = argparse.ArgumentParser(prog='./quickstart bench flat', description=__doc__.splitlines()[0])
    parser.add_argument('sides', nargs=2, help='NAME=RUN:PORT, from ./quickstart: the small one, the large one')
    parser.add_argument('--full', action='store_true')
    parser.add_argument('--small', type=int, default=10000)
    parser.add_argument('--registrations', type=int, default=1000000)
    parser.add_argument('--jobs', type=int, default=5000000)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=int, default=4, help='of each cell')
    parser.add_argument('--rate', type=int, default=400, help='requests a second where they are not as many as go')
    parser.add_argument('--only', nargs='+', default=[], help='kinds of requests by the beginning of their names')
    parser.add_argument('--purge', type=int, default=8, help='pairs of cells without and with the purge')
    parser.add_argument('--filled', action='store_true', help='the large one holds what an earlier run has loaded')
    options = parser.parse_args()
    if options.full:
        options.registrations, options.jobs = 10000000, 50000000
    return options


def sides_read(texts):
    """The two systems, nothing purged there."""
    found = []
    for text in texts:
        run, _, port = text.partition('=')[2].rpartition(':')
        found.append(stage.System(pathlib.Path(run), int(port)))
        subprocess.run([stage.HERE.parent / 'quickstart', 'part', 'stop', 'purge'], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, 'TALLYSTICK_RUN': run})
    return found


class Sample:
    """Devices from all over the table, each played in its turn: of odd numbers those that call, of even ones those
    whose sign of life is fresh."""

    def __init__(self, system, devices):
        self.system, self.last = system, devices
        self.small = devices < SAMPLE
        held = devices - devices // 200
        paired = [number for number in random.sample(range(1, held), min(held - 1, SAMPLE)) if number % 25]
        known = fill.tokens(system, sorted(paired))
        self.due = [(number, known[number][0]) for number in paired if number % 2]
        self.fresh = [(number, known[number][0]) for number in paired if number % 2 == 0]
        self.place, self.rate = 0, 6000
        # Sequences grow from one run to the next.
        self.reported = len(self.due) * (int(time.time()) // 60 - 29000000)
        self.asked, self.service = [], dict.fromkeys((number for number, _ in self.due), 'started')
        self.tokens = self.write('tokens', (token for _, token in self.due))
        self.sessions = self.sessions_make()

    def sessions_make(self):
        """More by which some of the devices are held; status is asked with them."""
        numbers = range(1, min(SESSIONS, len(self.fresh)) + 1)
        known = fill.tokens(self.system, numbers, 'session')
        rows = ', '.join(f"(UNHEX('{known[number][1]}'), {self.fresh[number - 1][0]}, UTC_TIMESTAMP())"
                         for number in numbers)
        self.system.sql('INSERT IGNORE INTO holding (session, registration, held_since) VALUES ' + rows)
        return [known[number][0] for number in numbers]

    def write(self, name, lines):
        path = self.system.run / 'tmp' / name
        path.write_text(''.join(f'{line}\n' for line in lines))
        return path

    def turned(self, name, lines):
        """A file of them that begins anywhere."""
        place = random.randrange(len(lines))
        return self.write(name, lines[place:] + lines[:place])

    def next_due(self, seconds):
        """As many of those that call as will be asked, from where the last ones ended."""
        count = min(int(seconds * self.rate), len(self.due))
        chosen = [self.due[(self.place + step) % len(self.due)] for step in range(count)]
        self.place = (self.place + count) % len(self.due)
        return chosen

    def overdue(self, seconds):
        """A file of devices whose last sign of life is long ago."""
        if self.small:
            self.system.sql('UPDATE registration SET seen_at = UTC_TIMESTAMP() - INTERVAL 1 HOUR '
                            f'WHERE id MOD 2 = 1 AND id <= {self.last}')
        return self.write('overdue', (token for _, token in self.next_due(seconds)))

    def actions(self, seconds):
        """A file of tokens and what changes something. Where those of the last time stand is looked up only now, so
        that none is in memory because it was looked at."""
        if self.asked:
            self.service.update((int(number), service) for number, service in self.system.sql(
                f"SELECT id, service FROM registration WHERE id IN ({', '.join(map(str, self.asked))})"))
        chosen = self.next_due(seconds)
        self.asked = [number for number, _ in chosen]
        return self.write('actions', (f"{token} {'stop' if self.service[number] == 'started' else 'start'}"
                                      for number, token in chosen))

    def codes(self, seconds):
        """A file of codes that devices pend with, registered since."""
        select = f"SELECT SUBSTRING(device_id, 8) FROM registration WHERE id > {self.last} AND state = 'pending'"
        codes, wanted = [row[0] for row in self.system.sql(select)], int(seconds * self.rate)
        if len(codes) < wanted:
            load.send('register.lua', self.system.port, 32, 120, path='/device/register', limit=wanted - len(codes))
            codes = [row[0] for row in self.system.sql(select)]
        random.shuffle(codes)
        return self.write('codes', codes[:wanted + 100])

    def since(self, condition='TRUE'):
        return self.system.number(f'SELECT COUNT(*) FROM registration WHERE id > {self.last} AND {condition}')

    def measured(self, name, result, clients):
        if name == 'report':
            self.reported += result['requests'] + 2 * clients


def kinds_of(sample):
    """What is measured. What makes the table longer comes last."""
    fresh = [token for _, token in sample.fresh]
    for name, script, words, count, status in (
            ('connect', 'connect', lambda _: {'file': sample.turned('fresh', fresh)}, None, 200),
            ('connect-due', 'connect', lambda s: {'file': sample.overdue(s), 'once': 'yes'}, None, 200),
            ('instruct', 'instruct', lambda s: {'file': sample.actions(s), 'once': 'yes'}, None, 200),
            ('report', 'report', lambda _: {'file': sample.tokens, 'jobs': 1, 'first': sample.reported}, None, 200),
            ('status', 'status', lambda _: {'file': sample.turned('sessions', sample.sessions)}, None, 200),
            ('register', 'register', lambda _: {'path': '/device/register'}, sample.since, 201),
            ('pair', 'pair', lambda s: {'file': sample.codes(s)}, lambda: sample.since("state = 'paired'"), 303)):
        groups = {'nginx': {sample.system.session_of('nginx')}, 'program': {sample.system.session_of(script)},
                  'database': {sample.system.session_of('mariadbd')}}
        yield kinds.Kind(name, f'{script}.lua', sample.system.port, groups, words, count, 1, status, sample)


def counters(system):
    names = ', '.join(f"'{name}'" for name in COUNTERS)
    return {name: int(value) for name, value in system.sql(f'SHOW GLOBAL STATUS WHERE variable_name IN ({names})')}


def cell(kind, options, pace, **more):
    """One measurement, and what the database read and wrote for it, a request."""
    sample = kind.devices
    if pace:
        # Each client waits so long on the average, by chance, before it asks again.
        sample.rate, more['pace'] = 2 * options.rate, round(1000 * CLIENTS / options.rate)
    else:
        sample.rate = 6000
    before = counters(sample.system)
    result = kinds.cell(kind, CLIENTS, options.seconds, **more)
    after = counters(sample.system)
    result['store'] = {name: (after[name] - before[name]) / max(1, result['requests']) for name in COUNTERS}
    return {'kind': kind.name, 'paced': pace, **result}


def why(sample):
    """tallystick orders why DEVICE-ID, each time a process of its own."""
    took = []
    for number, _ in random.sample(sample.due, WHYS):
        begun = time.monotonic()
        done = subprocess.run([sample.system.run / 'tallystick', 'orders', 'why', fill.device_id(number)],
                              capture_output=True, text=True, check=False)
        took.append((time.monotonic() - begun) * 1e6)
        if done.returncode != 0 or 'Not ordered' not in done.stdout:
            sys.exit(f'bench: orders why: {done.stderr or done.stdout}')
    took.sort()
    return {'kind': 'orders why', 'paced': False, 'requests': WHYS, 'p50_us': took[WHYS // 2], 'p99_us': took[-1],
            'rate': 1e6 / statistics.mean(took), 'failed': 0.0}


def rounds(small, large, options):
    """All cells. The small system is filled anew each time, lest it grow."""
    begun, cells, filler = time.monotonic(), [], fill.Filler(small, options.small, 5 * options.small)
    long = list(kinds_of(large))
    kinds.verify(long)
    for turn in range(options.rounds):
        filler.fill()
        sample = Sample(small, options.small)
        short = list(kinds_of(sample))
        kinds.verify(short)
        sides = [('small', short, sample), ('large', long, large)]
        for pair in zip(short, long):
            if not kinds.is_wanted(pair[0].name, options.only):
                continue
            for pace in False, True:
                for (side, _, _), kind in sorted(zip(sides, pair), key=lambda one: one[0][0], reverse=turn % 2 == 0):
                    cells.append({'side': side, 'round': turn, **cell(kind, options, pace)})
        for side, _, each in sides:
            cells.append({'side': side, 'round': turn, **why(each)})
        print(f'round {turn + 1} of {options.rounds}: {time.monotonic() - begun:.0f} s', flush=True)
    return cells


def purge_start(system):
    """What is due of a month more is removed, beginning when it is let go on."""
    conf = system.run / 'tmp' / 'purge.conf'
    conf.write_text((system.run / 'tallystick.conf').read_text() + f'keep-jobs-days = {KEEP_DAYS}\n')
    pid = stage.start('flat-purge', [stage.PREFIX / 'bin' / 'tallystick', '-c', conf, 'purge', '--watch'])
    os.kill(pid, signal.SIGSTOP)
    return pid


def purge(large, options):
    """Reports without and with the purge, alternating: what it costs, and how fast it goes."""
    report = next(kind for kind in kinds_of(large) if kind.name == 'report')
    due = f'SELECT COUNT(*) FROM job WHERE received_at <= UTC_TIMESTAMP() - INTERVAL {KEEP_DAYS} DAY'
    found = {'due': large.system.number(due), 'cells': []}
    pid, purged_s = purge_start(large.system), 0
    for turn in range(2 * options.purge):
        on = turn % 4 in (1, 2)
        begun = time.monotonic()
        if on:
            os.kill(pid, signal.SIGCONT)
        found['cells'].append({'purge': on, **cell(report, options, False)})
        os.kill(pid, signal.SIGSTOP)
        purged_s += on * (time.monotonic() - begun)
    os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGTERM)
    found['removed'] = found['due'] - large.system.number(due)
    found['seconds'] = purged_s
    return found


def main():
    options = options_read()
    begun = time.monotonic()
    small, large = sides_read(options.sides)
    if options.filled:
        fill.trim(large, options.registrations)
    else:
        seconds = fill.Filler(large, options.registrations, options.jobs).fill()
        print(f'{options.registrations} registrations and {options.jobs} jobs loaded in {seconds:.0f} s', flush=True)
    sizes = {'loaded': flat_view.sizes(large)}
    fill.warm(large)
    sample = Sample(large, options.registrations)
    cells = rounds(small, sample, options)
    sizes['grown'] = flat_view.sizes(small)
    purged = purge(sample, options) if options.purge else None
    done = flat_view.rows(cells)
    flat_view.tell(done, sizes, purged)
    table.results_write('flat', vars(options), begun, database=table.settings(large.run), rows=done, sizes=sizes,
                        purge=purged, cells=cells)


if __name__ == '__main__':
    stage.run_main(main)
