#!/usr/bin/python3
"""make soak: half of what the machine can do, for an hour, and whether
memory, descriptors, statements and connections stay as they were.

usage: soak.py [--seconds N] [--every SECONDS] [--csv FILE]

No worker ends in between, so that whatever grows is seen to grow. Root reads
more of a process: without it descriptors and shares of shared memory are
skipped. What is too much stands beside each bound below.
"""
import argparse
import collections
import csv
import os
import pathlib
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]

from household import Actor
from journal import Journal
from measure import Meter, Series
from system import PROGRAMS
from world import WORKERS, World

HOUSEHOLDS = 24
FULL_S = 15		# to measure what the machine can do
WARM_S = 30		# until all workers have served all kinds

# Which program answers what the households ask.
KINDS = {'register': ('register',), 'connect': ('connect', 'hold'),
         'instruct': ('instruct',), 'report': ('report',),
         'pair': ('page', 'pair'), 'status': ('status', 'events', 'release')}
# A worker is replaced after so many requests (requests-max): what it may gain
# until then, KiB, of the 64 MiB that its unit allows it. The slope's upper
# bound is held against it.
LIFE_REQUESTS, LIFE_KIB = 10000, 1024
# What lives for ever must stand still: no growth that is sure to be one, or
# less KiB than single pages and the allocator's bins come and go by. Of the
# database what it has beside its pool of pages, whose size is set, and in one
# heap of glibc's: of several each keeps what its threads ever needed at once.
STILL_KIB = {'deliver': 128, 'purge': 128, 'nginx': 1024, 'mariadbd': 8192}
# What is opened once must not move at all (0), but for what happens to be in
# flight: a worker has one request in hand; a household has two at once at
# most, each of them two descriptors in nginx (the client's, the program's),
# a held one two more; a courier has 64 attempts at once and 16 connections
# for the next; an operator's command connects for a moment.
STILL = {**{(name, 'descriptors'): WORKERS for name in PROGRAMS},
         ('deliver', 'descriptors'): 80,
         ('nginx', 'descriptors'): 6 * HOUSEHOLDS,
         ('mariadbd', 'descriptors'): 8, ('mariadbd', 'threads'): 4,
         ('server', 'Threads_connected'): 3,
         ('server', 'Prepared_stmt_count'): 12}


class Tally(Journal):
    """A journal that only counts: an hour of one would fill the memory."""

    def __init__(self):
        super().__init__('/dev/null')
        self.answered = self.lost = 0
        self.kinds = collections.Counter()

    def write(self, line):
        pass

    def begin(self, who, kind, **facts):
        entry = super().begin(who, kind, **facts)
        self.entries.clear()
        return entry

    def end(self, entry, status=None, fault=None, **told):
        super().end(entry, status, fault, **told)
        self.kinds[entry.kind] += status is not None
        if entry.kind not in ('hold', 'events'):
            self.answered += not entry.unknown
            self.lost += entry.unknown


def busy():
    """(busy, all) ticks of all processors since the machine began."""
    with open('/proc/stat') as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


class Rate:
    """Requests a second and the share of the processors, since it began."""

    def __init__(self, tally):
        self.tally = tally
        self.begun, self.count, self.ticks = (
            time.monotonic(), tally.answered, busy())

    @property
    def requests(self):
        return (self.tally.answered - self.count) / (
            time.monotonic() - self.begun)

    def __str__(self):
        used, total = (now - then for now, then in zip(busy(), self.ticks))
        return '%.0f requests/s, processors %.0f %% busy' % (
            self.requests, 100 * used / max(1, total))


class Soak:
    def __init__(self, options):
        self.options = options
        self.tally = Tally()
        os.environ['MALLOC_ARENA_MAX'] = '1'
        self.world = World(1, HOUSEHOLDS, pause_s=0, journal=self.tally)
        self.world.warehouse.mild = True
        self.samples = []		# (seconds, sample)
        self.faults = []

    def run(self):
        world = self.world
        with world.system.configured(PROGRAMS, requests_max=1000000):
            world.begin()
            time.sleep(3)
            full = Rate(self.tally)
            time.sleep(FULL_S)
            print('full: %s' % full, flush=True)
            world.pace.rate = full.requests / 2
            time.sleep(WARM_S)
            self.meter = Meter(world.system)
            half, before = Rate(self.tally), self.tally.kinds.copy()
            self.watch()
            self.kinds = self.tally.kinds - before
            print('half: %s, %d unanswered' % (half, self.tally.lost))
            self.faults += ['%s was replaced' % name
                            for name in self.meter.replaced()]
            world.over.set()
            for actor in world.actors:
                actor.join(60)
        self.faults += world.violations

    def watch(self):
        begun = time.monotonic()
        while time.monotonic() < begun + self.options.seconds:
            self.samples.append((time.monotonic() - begun,
                                 self.meter.sample()))
            time.sleep(self.options.every)
        self.seconds = time.monotonic() - begun

    # --- what came of it

    def series(self):
        for key in self.samples[0][1]:
            yield key, Series([(at, sample[key])
                               for at, sample in self.samples])

    def judge(self, part, what, series):
        """(what is held against the bound, the bound), or None: not judged."""
        if what in ('rss', 'pss', 'file_kib', 'pool') or (
                part == 'mariadbd' and what in ('private', 'anonymous')):
            return None		# shared, or grows with what is stored
        if what not in ('private', 'anonymous', 'beside_pool'):
            return abs(series.growth), STILL.get((part, what), 0)
        if part in PROGRAMS:
            hours = self.seconds / 3600
            served = sum(self.kinds[kind] for kind in KINDS[part])
            return series.high * hours / served * LIFE_REQUESTS, LIFE_KIB
        return series.growth if series.low > 0 else 0, STILL_KIB[part]

    def tell(self):
        line = '%-9s %-19s %9s %9s %11s %22s  %s'
        print(line % ('part', 'what', 'first', 'last', 'an hour',
                      '95 % between', 'held against'))
        for (part, what), series in self.series():
            judged = self.judge(part, what, series)
            verdict = ''
            if judged is not None:
                verdict = '%.0f of %d ' % judged + (
                    'ok' if judged[0] <= judged[1] else 'FAILED')
            if verdict.endswith('FAILED'):
                self.faults.append('%s %s grows' % (part, what))
            print(line % (part, what, *('%.0f' % number for number in (
                series.first, series.last, series.slope)), '%.0f %.0f' % (
                series.low, series.high), verdict))
        for fault in self.faults:
            print('FAULT', fault)

    def write(self):
        with open(self.options.csv, 'w', newline='') as file:
            rows = csv.writer(file)
            keys = list(self.samples[0][1])
            rows.writerow(['seconds', *(' '.join(key) for key in keys)])
            for at, sample in self.samples:
                rows.writerow(['%.1f' % at, *(sample[key] for key in keys)])


def main():
    parser = argparse.ArgumentParser(prog='make soak')
    parser.add_argument('--seconds', type=float, default=3600)
    parser.add_argument('--every', type=float, default=10)
    parser.add_argument('--csv', help='all samples')
    soak = Soak(parser.parse_args())
    try:
        soak.run()
    finally:
        soak.world.stop()
    soak.tell()
    if soak.options.csv:
        soak.write()
    if os.getuid() != 0:
        print('SKIPPED: private memory by smaps and descriptors: only root '
              'may read them of a worker')
    sys.exit(1 if soak.faults else 0)


if __name__ == '__main__':
    main()
