"""What is seen while devices are held: every second how it stands, and how long another request takes meanwhile."""
import http.client
import os
import threading
import time
import uuid

import held_client
import stage
import usage

PARTS = ('nginx', 'connect', 'instruct', 'report', 'mariadbd')
REPORT = """<JobReport xmlns="urn:tallystick:1"><Job><JobUuid>urn:uuid:%s</JobUuid><JobKind>Print</JobKind>
<JobState>completed</JobState><ImpressionsCompleted>1</ImpressionsCompleted></Job></JobReport>"""
RATES = ('calls', 'writes', 'asked', 'unchanged', 'document', 'refused', 'lost', 'unreached')
COUNTERS = """SELECT SUM(IF(variable_name = 'COM_CALL_PROCEDURE', variable_value, 0)),
SUM(IF(variable_name = 'HANDLER_UPDATE', variable_value, 0))
FROM information_schema.global_status WHERE variable_name IN ('COM_CALL_PROCEDURE', 'HANDLER_UPDATE')"""


def processes_of(session):
    found = []
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                with open(f'/proc/{entry}/stat', encoding='utf-8', errors='replace') as file:
                    if int(file.read().rsplit(')', 1)[1].split()[3]) == session:
                        found.append(int(entry))
            except OSError:
                continue
    return found


def field(path, name):
    """The number of a line of a file in /proc."""
    with open(path, encoding='ascii') as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ':'))


def memory():
    """Bytes: of nginx's processes, each page counted once; of the kernel's tables, to which the devices' ends of the
    connections belong as well; and of what is under way in sockets."""
    with open('/proc/net/sockstat', encoding='ascii') as file:
        tcp = next(line.split() for line in file if line.startswith('TCP:'))
    front = processes_of(stage.session_of('nginx'))
    return {'nginx': sum(field(f'/proc/{pid}/smaps_rollup', 'Pss') for pid in front) * 1024,
            'slab': field('/proc/meminfo', 'Slab') * 1024,
            'sockets': int(tcp[tcp.index('mem') + 1]) * os.sysconf('SC_PAGE_SIZE')}


class Probe(threading.Thread):
    """Another device's reports, ten a second: what everybody else feels. times: when, and milliseconds, or None for
    one that was refused."""

    def __init__(self, token):
        super().__init__(daemon=True)
        self.token = token
        self.times = []
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(0.1):
            begun = time.monotonic()
            try:
                taken = self.report() == 200
            except OSError:
                taken = False
            self.times.append((begun, (time.monotonic() - begun) * 1000 if taken else None))

    def report(self):
        connection = http.client.HTTPConnection('127.0.0.1', stage.PORT, timeout=30)
        connection.request('POST', '/device/report', REPORT % uuid.uuid4(),
                           {'Authorization': 'Bearer ' + self.token, 'Content-Type': 'application/xml'})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def between(self, begun, ended):
        """Middle and worst of those that began in that time, and how many were refused."""
        all_times = [took for at, took in self.times if begun <= at < ended]
        taken = sorted(took for took in all_times if took is not None)
        return {'reports': len(all_times), 'refused': len(all_times) - len(taken), **quantiles(taken)}


def quantiles(ordered):
    if not ordered:
        return {'p50_ms': None, 'p99_ms': None, 'most_ms': None}
    return {'p50_ms': ordered[len(ordered) // 2], 'p99_ms': ordered[len(ordered) * 99 // 100], 'most_ms': ordered[-1]}


class View(threading.Thread):
    """A sample a second: the devices' tally, how many nchan holds, calls and writes at the database, CPU by part."""

    def __init__(self, devices):
        super().__init__(daemon=True)
        self.devices = devices
        self.samples = []
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(max(0.1, 1 - time.monotonic() % 1)):
            self.samples.append(self.sample())

    def sample(self):
        calls, writes = map(int, stage.sql(COUNTERS)[0])
        return {'at': time.monotonic(), 'waiting': held_client.waiting(), 'calls': calls, 'writes': writes,
                **{name: value for name, value in self.devices.tally.items() if name != 'at'}}

    def rates(self, begun, ended):
        """Per second, sample by sample in that time: what has come since the sample before."""
        chosen = [sample for sample in self.samples if begun - 1 <= sample['at'] < ended]
        for before, after in zip(chosen, chosen[1:]):
            span = after['at'] - before['at']
            yield {'at': after['at'] - begun, 'waiting': after['waiting'], 'open': after['open'],
                   **{name: (after[name] - before[name]) / span for name in RATES}}


def groups(devices):
    """Sessions by part, for usage.between."""
    found = {name: {stage.session_of(name)} for name in PARTS}
    return {**found, 'devices': {devices.process.pid}}


def spent(before, after, devices):
    """Shares of one processor by part, and of the machine for others and its host."""
    seconds = (after.total - before.total) / usage.TICK / usage.CORES
    parts, foreign, steal = usage.between(before, after, groups(devices))
    return {'cpu': {name: value / seconds for name, value in parts.items()}, 'foreign': foreign, 'steal': steal}
