"""What a running system uses, sample by sample, and whether it grows."""
import contextlib
import math
import os
import pathlib
import statistics

from system import PROGRAMS, children


def status_of(pid):
    """Threads, and KiB resident, all and its own, of a process."""
    found = {}
    for line in pathlib.Path('/proc/%d/status' % pid).read_text().splitlines():
        name, _, value = line.partition(':')
        if name in ('VmRSS', 'RssAnon', 'Threads'):
            found[name] = int(value.split()[0])
    return found


def rollup_of(pid):
    """KiB: its share of what is shared, and what it alone has written. Root
    alone may read it of a worker."""
    found = {}
    for line in pathlib.Path('/proc/%d/smaps_rollup' % pid).read_text() \
            .splitlines()[1:]:
        name, _, value = line.partition(':')
        found[name] = int(value.split()[0])
    return {'pss': found['Pss'], 'private': found['Private_Dirty']}


def process(pid):
    seen = status_of(pid)
    facts = {'rss': seen['VmRSS'], 'anonymous': seen['RssAnon'],
             'threads': seen['Threads']}
    with contextlib.suppress(PermissionError):
        facts.update(rollup_of(pid))
        facts['descriptors'] = len(os.listdir('/proc/%d/fd' % pid))
    return facts


def pool_of(pid, kib):
    """KiB written of mariadbd's pool of pages, whose size is set: the smallest
    nameless mapping that can hold it. Its pages fill it once and for all, also
    those that it keeps free: what it tells of pages with data is less."""
    sizes = []
    for line in pathlib.Path('/proc/%d/smaps' % pid).read_text().splitlines():
        name, *words = line.split()
        if not name.endswith(':'):
            nameless = len(words) == 4
        elif name == 'Size:':
            size = int(words[0])
        elif name == 'Anonymous:' and nameless and size >= kib:
            sizes.append((size, int(words[0])))
    return min(sizes)[1]


class Meter:
    """The processes of a system and its server's counters. Those of a part
    are summed; they must stay the same ones."""

    def __init__(self, system):
        self.system = system
        self.pool_kib = int(system.sql(
            'SELECT @@innodb_buffer_pool_size')[0][0]) // 1024
        self.parts = {name: tuple(sorted(system.workers(name)))
                      for name in PROGRAMS}
        for name in ('deliver', 'purge', 'mariadbd'):
            self.parts[name] = (system.pid(name),)
        self.parts['nginx'] = (system.pid('nginx'),
                               *system.workers('nginx'))

    def replaced(self):
        """Parts of which a process ended since the beginning."""
        return [name for name, pids in self.parts.items()
                if not all(os.path.exists('/proc/%d' % pid) for pid in pids)
                or (name in PROGRAMS and tuple(sorted(
                    children(self.system.pid(name)))) != pids)]

    def sample(self):
        """{(part, what): number}"""
        found = {}
        for name, pids in self.parts.items():
            for facts in map(process, pids):
                for what, number in facts.items():
                    found[name, what] = found.get((name, what), 0) + number
        found.update({('server', name): int(value)
                      for name, value in self.system.sql(
            "SHOW GLOBAL STATUS WHERE Variable_name IN ("
            "'Prepared_stmt_count', 'Threads_connected')")})
        with contextlib.suppress(PermissionError):
            pool = pool_of(self.parts['mariadbd'][0], self.pool_kib)
            found['mariadbd', 'pool'] = pool
            found['mariadbd', 'beside_pool'] = \
                found['mariadbd', 'anonymous'] - pool
        found['tables', 'file_kib'] = self.file_kib()
        return found

    def file_kib(self):
        return sum(path.stat().st_size for path in (
            self.system.run / 'db').rglob('*.ibd')) // 1024


def slope(points):
    """Of (x, y): the median of all slopes between two (Theil, Sen), and the
    bounds between which it lies with 95 % (Kendall's variance)."""
    slopes = sorted((y2 - y1) / (x2 - x1)
                    for at, (x1, y1) in enumerate(points)
                    for x2, y2 in points[at + 1:] if x2 != x1)
    if not slopes:
        return 0.0, -math.inf, math.inf
    count = len(points)
    width = 1.96 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(0, int((len(slopes) - width) / 2))
    high = min(len(slopes) - 1, int((len(slopes) + width) / 2) + 1)
    return statistics.median(slopes), slopes[low], slopes[high]


class Series:
    """One number in time: (seconds, value)."""

    def __init__(self, points):
        self.points = points
        span = points[-1][0] - points[0][0]
        window = min(600, span / 3)
        self.first = statistics.median(
            y for x, y in points if x <= points[0][0] + window)
        self.last = statistics.median(
            y for x, y in points if x >= points[-1][0] - window)
        self.slope, self.low, self.high = (
            each * 3600 for each in slope(points))

    @property
    def growth(self):
        return self.last - self.first
