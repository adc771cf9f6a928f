#!/usr/bin/python3
"""make crash: a whole system under load, and kill -9 at random.

usage: crash.py [--kills N] [--seed N] [--gap SECONDS] [--households N]

The seed is printed; given again, it strikes the same victims in the same
order after the same times.
"""
import argparse
import collections
import pathlib
import re
import secrets
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]

import invariants
from fire import Arsonist, Supervisor, plan
from system import PROGRAMS, eventually
from world import World

LIVES = 60


class Crash:
    """One run; afterwards world, violations and what was counted."""

    def __init__(self, kills, seed, gap_s=0.6, households=10):
        self.begun = time.monotonic()
        self.kills = plan(seed, kills, gap_s)
        self.world = World(seed, households)
        self.supervisor = Supervisor(self.world)
        self.arsonist = Arsonist(self.supervisor)

    def run(self):
        self.world.begin()
        self.arsonist.burn(self.kills)
        # On a slow machine there is not much to judge yet.
        eventually(lambda: len(self.world.journal.of('paired')) >= LIVES,
                   60, 0.5)
        self.world.end()
        self.supervisor.stop()
        self.world.violations += invariants.violations(self.world)
        self.world.violations += self.strays()
        self.orders = self.world.system.sql(
            'SELECT state, COUNT(*) FROM supply_order GROUP BY state')
        self.seconds = time.monotonic() - self.begun

    def strays(self):
        """Workers that ended though nobody killed them (the filter of system
        calls, say)."""
        for name in PROGRAMS:
            log = (self.world.folder / (name + '.log')).read_text()
            begun, ended = (collections.Counter(
                int(pid) for pid in re.findall(r'worker (\d+) ' + word, log))
                for word in ('begins', 'ends'))
            alive = collections.Counter(self.world.system.workers(name))
            for pid in begun - ended - alive - self.supervisor.killed[name]:
                yield 'worker %d of %s ended, and nobody killed it' % (pid,
                                                                       name)

    def stop(self):
        self.supervisor.stop()
        self.world.stop()

    def tell(self):
        world = self.world
        print('%d kills in %.0f s: %s' % (
            sum(self.arsonist.killed.values()), self.seconds, ', '.join(
                '%s %d' % item for item in self.arsonist.killed.items())))
        print('%-16s %8s %13s %11s' % ('requests', 'sent', 'acknowledged',
                                       'unknown'))
        total = [0, 0, 0]
        for kind, row in sorted(world.counts().items()):
            print('%-16s %8d %13d %11d' % (kind, *row))
            total = [sum(pair) for pair in zip(total, row)]
        print('%-16s %8d %13d %11d' % ('all', *total))
        attempts = world.warehouse.attempts
        print('orders: %s; webhook posts: %d of %d orders, %d accepted' % (
            ', '.join(' '.join(row) for row in self.orders), len(attempts),
            len({a.order for a in attempts}),
            sum(a.accepted for a in attempts)))
        lost = []
        list(invariants.versions(world.journal, lost))
        print('changes that a reader saw and the dying database lost: %d'
              % len(lost))
        for violation in world.violations[:20]:
            print('VIOLATION', violation)
        print('violations: %d' % len(world.violations))


def run(kills, seed, **more):
    """The finished run, with its system stopped."""
    crash = Crash(kills, seed, **more)
    try:
        crash.run()
    finally:
        crash.stop()
    return crash


def main():
    parser = argparse.ArgumentParser(prog='make crash')
    parser.add_argument('--kills', type=int, default=50)
    parser.add_argument('--seed', type=int, default=None)
    parser.add_argument('--gap', type=float, default=0.6,
                        help='mean seconds between two kills')
    parser.add_argument('--households', type=int, default=10)
    options = parser.parse_args()
    seed = secrets.randbelow(10 ** 6) if options.seed is None \
        else options.seed
    print('seed %d' % seed, flush=True)
    crash = run(options.kills, seed, gap_s=options.gap,
                households=options.households)
    crash.tell()
    sys.exit(1 if crash.world.violations else 0)


if __name__ == '__main__':
    main()
