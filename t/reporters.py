"""Devices that report without a pause, while something is broken."""
import threading
import time
import uuid
from collections import Counter

from client import Device, job, supply
from system import eventually


class Load:
    """Each job's fate is kept. ways: functions of a device and the parts of a
    report, taken in turns until one accepts it."""

    def __init__(self, system, count=3, ways=(Device.report,)):
        self.ways = ways
        self.devices = [system.paired() for _ in range(count)]
        self.accepted = {device: [] for device in self.devices}
        self.faults = []
        self.refusals = Counter()	# by the way's place
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(device,))
                        for device in self.devices]
        for thread in self.threads:
            thread.start()

    def run(self, device):
        turn = 0
        while not self.stopped.is_set():
            name = uuid.uuid4()
            while not self.stopped.is_set():
                turn = (turn + 1) % len(self.ways)
                try:
                    answer = self.ways[turn](device, job(name), supply(70))
                except Exception:
                    self.refusals[turn] += 1
                    time.sleep(0.05)
                    continue
                if answer.status == 200:
                    self.accepted[device].append(name)
                    if answer.counts not in ((1, 0), (0, 1)):
                        self.faults.append(answer)
                    break
                self.refusals[turn] += 1
                if answer.status not in (429, 502, 503, 504):
                    self.faults.append(answer)
                elif answer.status != 429:
                    if 'retry-after' not in answer.headers:
                        self.faults.append(answer)
                time.sleep(0.05)

    @property
    def refused(self):
        return self.refusals.total()

    def count(self):
        return sum(len(names) for names in self.accepted.values())

    def goes_on(self, limit_s=20):
        """Whether reports are accepted (again)."""
        before = self.count()
        return eventually(lambda: self.count() >= before + 10, limit_s)

    def finish(self):
        """Each accepted job is known, whichever way it is told again."""
        self.stopped.set()
        for thread in self.threads:
            thread.join(80)
            assert not thread.is_alive()
        assert not self.faults, self.faults[:3]
        for device, names in self.accepted.items():
            assert names
            for way in self.ways:
                for at in range(0, len(names), 900):
                    chunk = names[at:at + 900]
                    answer = way(device, *map(job, chunk))
                    assert answer.counts == (0, len(chunk)), 'a job got lost'
        print('%d reports accepted, %d had to be repeated'
              % (self.count(), self.refused))
