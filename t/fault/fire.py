"""kill -9 at random times, and whoever starts again what was killed. The
seed decides who and when."""
import collections
import contextlib
import os
import random
import signal
import subprocess
import threading
import time

from system import GROUP, PROGRAMS, children

# How many of a hundred kills.
SHARES = {'worker': 44, 'multiwatch': 12, 'courier': 14, 'purge': 2,
          'mariadbd': 12, 'nginx worker': 10, 'nginx': 6}
COURIERS = 2		# beside the system's own
Kill = collections.namedtuple('Kill', 'gap_s victim pick linger_s')


def plan(seed, kills, gap_s):
    """What a seed stands for. pick: which of several, as a share; linger_s:
    how long what the dead left behind goes on by itself."""
    dice = random.Random('fire %d' % seed)
    victims, weights = zip(*SHARES.items())
    return [Kill(dice.expovariate(1 / gap_s), dice.choices(victims, weights)[0],
                 dice.random(), dice.choice((0, 0, 0.5)))
            for _ in range(kills)]


def end(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def end_group(pid):
    """out: who was in it."""
    members = children(pid, GROUP)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    return members


def lives(pid):
    with contextlib.suppress(OSError):
        with open('/proc/%d/stat' % pid) as file:
            return file.read().rsplit(')', 1)[1].split()[0] not in 'ZX'
    return False


class Couriers:
    """More of them than the system's own."""

    def __init__(self, system):
        self.system = system
        self.log = open(system.run / 'log' / 'couriers.log', 'ab')
        self.processes = [self.begin() for _ in range(COURIERS)]

    def begin(self):
        return subprocess.Popen(
            [str(self.system.prefix / 'bin' / 'tallystick'), '-c',
             str(self.system.conf), 'deliver', '--watch'],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True, **self.system.as_owner())

    def replace(self):
        """What ended of them; returns how each did."""
        statuses = []
        for at, process in enumerate(self.processes):
            if process.poll() is not None:
                statuses.append(process.returncode)
                self.processes[at] = self.begin()
        return statuses

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.log.close()


class Supervisor:
    """Starts again what died, each part in a thread of its own, so that the
    next may die meanwhile."""

    def __init__(self, world):
        self.world = world
        self.system = world.system
        self.couriers = Couriers(world.system)
        self.stopped = threading.Event()
        self.parts = ('mariadbd', 'nginx', *PROGRAMS, 'deliver', 'purge')
        self.leaders = {name: self.system.pid(name) for name in self.parts}
        self.linger_s = {}
        self.killed = collections.defaultdict(collections.Counter)
        self.threads = [threading.Thread(target=self.keep, args=(name,),
                                         daemon=True) for name in self.parts]
        self.threads.append(threading.Thread(target=self.keep_couriers,
                                             daemon=True))
        for thread in self.threads:
            thread.start()

    def keep(self, name):
        while not self.stopped.wait(0.05):
            if not lives(self.leaders[name]):
                self.revive(name)

    def revive(self, name):
        time.sleep(self.linger_s.pop(name, 0))
        self.killed[name].update(end_group(self.leaders[name]))
        self.keep_log(name)
        try:
            self.system.part('start', name)
        except AssertionError:
            pass		# killed again while it began
        self.leaders[name] = self.system.pid(name)

    def keep_log(self, name):
        """A part begins its log anew."""
        log = self.system.run / 'log' / (name + '.log')
        with open(self.world.folder / (name + '.log'), 'ab') as kept:
            kept.write(log.read_bytes() if log.exists() else b'')

    def keep_couriers(self):
        while not self.stopped.wait(0.05):
            for status in self.couriers.replace():
                if status != -signal.SIGKILL:
                    self.world.fail('a courier ended by itself: %d' % status)

    def whole(self):
        return all(lives(pid) for pid in self.leaders.values())

    def stop(self):
        if self.stopped.is_set():
            return
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)
        self.couriers.stop()
        for name in self.parts:
            self.keep_log(name)


class Arsonist:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.killed = collections.Counter()

    def candidates(self, victim, pick):
        """Processes, and whose they are."""
        leaders = self.supervisor.leaders
        if victim == 'worker':
            name = PROGRAMS[int(pick * len(PROGRAMS))]
            return name, children(leaders[name])
        if victim == 'multiwatch':
            name = PROGRAMS[int(pick * len(PROGRAMS))]
            return name, [leaders[name]]
        if victim == 'courier':
            more = self.supervisor.couriers.processes
            return 'deliver', [leaders['deliver']] + [p.pid for p in more]
        if victim == 'nginx worker':
            return 'nginx', children(leaders['nginx'])
        return victim, [leaders[victim]]

    def strike(self, kill):
        name, found = self.candidates(kill.victim, kill.pick)
        found = sorted(pid for pid in found if lives(pid))
        if not found:
            return False
        pid = found[int(kill.pick * 997) % len(found)]
        if kill.victim in ('multiwatch', 'nginx'):
            self.supervisor.linger_s[name] = kill.linger_s
        self.supervisor.killed[name][pid] += 1
        self.supervisor.world.journal.killed(kill.victim, of=name, pid=pid)
        end(pid)
        self.killed[kill.victim] += 1
        return True

    def burn(self, kills):
        for kill in kills:
            time.sleep(kill.gap_s)
            until = time.monotonic() + 20
            # What is down already is killed once it is back.
            while not self.strike(kill) and time.monotonic() < until:
                time.sleep(0.05)
