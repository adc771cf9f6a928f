"""A whole system with all that belongs to it: households, an operator, a
fulfilment side, and a journal of everything."""
import collections
import contextlib
import os
import pathlib
import random
import shutil
import tempfile
import threading
import time

from household import Actor, Holder, Household, Stuck
from journal import Journal, print_of
from system import System, eventually
from warehouse import Warehouse

SETTLE_S = 60
WORKERS = 3		# a program
# All that the store knows of a device that waits for its terminal.
EVIDENCE = """
SELECT 'registration', id, HEX(lineage), HEX(code), state, ended_by, version,
  token_used, created_at, paired_at, ended_at
  FROM registration WHERE device_id = '%s';
SELECT 'code', HEX(c.code), c.erase_at, c.awaited_until, c.matched_at,
  c.matched_registration, HEX(c.matched_terminal)
  FROM code c JOIN registration r ON r.code = c.code
  WHERE r.device_id = '%s';
SELECT 'submission', HEX(s.code), HEX(s.terminal), HEX(s.session),
  s.submitted_at, s.waits_until, s.shown_until
  FROM submission s JOIN registration r ON r.code = s.code
  WHERE r.device_id = '%s';
"""


class Pace:
    """So many requests a second by all together; rate None: no limit."""

    def __init__(self):
        self.rate = None
        self.at = 0
        self.lock = threading.Lock()

    def wait(self):
        if self.rate is None:
            return
        with self.lock:
            self.at = max(self.at + 1 / self.rate, time.monotonic() - 1)
            wait_s = self.at - time.monotonic()
        time.sleep(max(0, wait_s))


class Operator:
    """Sends again what failed, ends what it is asked to, looks around."""

    def __init__(self, world):
        self.world = world
        self.random = random.Random('operator %d' % world.seed)

    def command(self, *words, **facts):
        entry = self.world.journal.begin('operator', ' '.join(words[:2]),
                                         words=words, **facts)
        done = self.world.system.command(*words)
        self.world.journal.end(entry, 200 if done.returncode == 0 else None,
                               fault=done.stderr)
        if done.returncode < 0:
            raise Stuck('tallystick %s: signal %d' % (words,
                                                      -done.returncode))
        return entry

    def rows(self, text):
        """Nothing while the database is away."""
        with contextlib.suppress(AssertionError):
            return self.world.system.sql(text)
        return []

    def end(self, device):
        """Until it has ended, by whichever of our commands."""
        alive = ("SELECT MAX(id), SUM(state = 'paired') FROM registration "
                 "WHERE device_id = '%s'" % device.device_id)

        def ended():
            rows = self.rows(alive)
            if not rows:
                return False
            if rows[0][1] != '0':
                self.command('devices', 'end', rows[0][0],
                             device=device.device_id)
                return False
            entry = self.world.journal.begin('operator', 'ended',
                                             device=device.device_id)
            self.world.journal.end(entry, 200)
            return True
        if not eventually(ended, SETTLE_S, 0.1):
            raise Stuck('the operator cannot end %s' % device.device_id)

    def retry(self):
        for order, in self.rows(
                "SELECT o.uuid FROM supply_order o JOIN registration r ON "
                "r.line = o.line AND r.live = 1 WHERE o.state = 'failed'"):
            self.command('orders', 'retry', order, order=order)

    def run(self):
        while not self.world.over.wait(self.random.uniform(0.3, 1.5)):
            self.retry()
            # A day passes: what may be guessed in one is not the matter here.
            self.rows("DELETE FROM guess WHERE scope <> 'address'")
            self.command(*self.random.choice((
                ('orders',), ('devices',), ('doctor',))))


class World:
    def __init__(self, seed, households=10, pause_s=0.05, journal=None):
        self.seed = seed
        self.folder = pathlib.Path(tempfile.mkdtemp(
            prefix='tallystick-crash-'))
        self.journal = journal or Journal(self.folder / 'journal')
        self.pace = Pace()
        self.over = threading.Event()
        self.pause_s = pause_s
        self.violations = []
        self.left = []		# (device, owner) that were left alone
        self.warehouse = Warehouse(seed)
        os.environ['TALLYSTICK_WORKERS'] = str(WORKERS)
        self.system = System(receiver=self.warehouse)
        self.port = self.system.port
        self.operator = Operator(self)
        self.households = [Household(self, number)
                           for number in range(households)]
        self.actors = []

    # --- what is wrong

    def fail(self, fault):
        if not isinstance(fault, (str, Stuck)):
            fault = repr(fault)
        self.violations.append(str(fault))
        self.journal.write({'violation': str(fault)})

    def witness(self, device, way, entry):
        """A device pends though its terminal and it were both answered."""
        facts = self.operator.rows(EVIDENCE % ((device.device_id,) * 3))
        self.fail('%s pends, though both were answered (%s first): %r: %s'
                  % (device.device_id, way, entry, facts))

    # --- life

    def begin(self):
        for household in self.households:
            self.actors.append(Actor(household.run, self))
            self.actors.append(Actor(Holder(household).run, self))
        self.actors.append(Actor(self.operator.run, self))

    def end(self):
        """All come to rest, and are asked how they stand."""
        self.over.set()
        for actor in self.actors:
            actor.join(3 * SETTLE_S)
            if actor.is_alive():
                self.fail('%r does not end' % actor.act)
        self.warehouse.mild = True
        if not eventually(self.system.healthy, SETTLE_S):
            self.fail('the system does not recover')
        self.deliver_all()
        for device, owner in self.left:
            self.ask(device, owner)

    def deliver_all(self):
        """Attempts in flight come home; then the time passes until what is
        left is due."""
        eventually(lambda: self.system.sql(
            "SELECT COUNT(*) FROM supply_order WHERE state = 'queued' AND "
            "lease_until IS NULL AND due_at <= UTC_TIMESTAMP()") == [['0']],
            SETTLE_S)
        time.sleep(1)
        for _ in range(2):
            self.operator.retry()
            self.system.sql(
                "UPDATE supply_order SET due_at = UTC_TIMESTAMP(), "
                "lease_until = NULL WHERE state = 'queued'")
            eventually(lambda: self.system.sql(
                "SELECT COUNT(*) FROM supply_order WHERE state = 'queued'")
                == [['0']], SETTLE_S)

    def ask(self, device, owner):
        name = device.device_id
        if device.token is not None:
            self.journal.exchange('the end', 'last-connect',
                                  lambda: device.connect(0), device=name,
                                  token=print_of(device.token))
        self.journal.exchange('the end', 'last-status',
                              lambda: owner.see('/status'), device=name)

    def counts(self):
        """{kind: [sent, acknowledged, unknown]}"""
        found = collections.defaultdict(lambda: [0, 0, 0])
        for entry in self.journal.entries:
            row = found[entry.kind]
            row[0] += 1
            row[1] += entry.acknowledged
            row[2] += entry.unknown
        return found

    def stop(self):
        self.system.stop()
        self.warehouse.stop()
        self.journal.close()
        if not self.violations and not os.environ.get('TALLYSTICK_KEEP'):
            shutil.rmtree(self.folder, ignore_errors=True)
