"""Who spent the processors' time: by session, since each part of what is measured has one of its own."""
import dataclasses
import os
import resource

TICK = os.sysconf('SC_CLK_TCK')
CORES = os.cpu_count()


@dataclasses.dataclass
class Usage:
    """Ticks spent since the start: by session, the kernel's threads, the machine; seconds of us and our children."""
    sessions: dict
    kernel: int
    busy: int
    steal: int
    total: int
    own: float
    children: float


def machine_ticks():
    with open('/proc/stat', encoding='ascii') as file:
        user, nice, system, idle, iowait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    busy = user + nice + system + irq + softirq
    return busy, steal, busy + idle + iowait + steal


def cpu_seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def take():
    """A Usage as of now. Children that a process waited for count as its own, so none is lost when it ends."""
    sessions, kernel = {}, 0
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            with open(f'/proc/{entry}/stat', encoding='utf-8', errors='replace') as file:
                words = file.read().rsplit(')', 1)[1].split()
        except OSError:
            continue
        ticks = sum(map(int, words[11:15]))
        if words[1] == '2' or entry == '2':
            kernel += ticks
        else:
            session = int(words[3])
            sessions[session] = sessions.get(session, 0) + ticks
    busy, steal, total = machine_ticks()
    return Usage(sessions, kernel, busy, steal, total, cpu_seconds(resource.RUSAGE_SELF),
                 cpu_seconds(resource.RUSAGE_CHILDREN))


def machine_s(before, after):
    """Seconds of all processors together."""
    return max(1, after.total - before.total) / TICK


def between(before, after, groups):
    """Seconds of each of groups ({name: sessions}), of the load generator and the kernel's threads; the shares of the
    machine's time that others had and that its host took."""
    spent = {name: sum(after.sessions.get(session, 0) - before.sessions.get(session, 0) for session in sessions) / TICK
             for name, sessions in groups.items()}
    spent['client'] = after.children - before.children
    spent['kernel'] = (after.kernel - before.kernel) / TICK
    busy = (after.busy - before.busy) / TICK
    total = machine_s(before, after)
    foreign = busy - sum(spent.values()) - (after.own - before.own)
    return spent, max(0.0, foreign / total), (after.steal - before.steal) / TICK / total
