"""Devices that are registered, paired and started, and what the database says became of requests."""
import random
import sys

import load

# What a request changes, counted: each answer must have changed something.
COUNTERS = {
    'registrations': 'SELECT COUNT(*) FROM registration',
    'pairings': "SELECT COUNT(*) FROM registration WHERE state = 'paired'",
    'versions': "SELECT SUM(version) FROM registration WHERE state = 'paired'",
    'jobs': 'SELECT COUNT(*) FROM job',
}
PENDING = "SELECT SUBSTRING(device_id, 8) FROM registration WHERE state = 'pending'"
SERVICES = "SELECT device_id, service FROM registration WHERE state = 'paired' AND id <= %d"
AGE = 'UPDATE registration SET seen_at = seen_at - INTERVAL 20 MINUTE WHERE id <= %d'

SPARE = 200     # requests that are under way when the generator ends get no answer


def count(system, counter):
    return system.number(COUNTERS[counter])


class Fleet:
    """So many devices of a system, prepared by requests as everybody's."""

    def __init__(self, system, size):
        self.system = system
        self.rate = 6000            # of register, at first a guess
        self.reported = 0
        told = system.run / 'tmp' / 'told'
        self.send('register', path='/device/register', file=told, limit=size + SPARE)
        self.tokens = dict(line.split() for line in told.read_text().splitlines())
        self.last = system.number('SELECT MAX(id) FROM registration')
        self.send('pair', file=self.pending())
        self.send('instruct', file=self.actions(), once='yes')
        started = [device for device, service in self.services() if service == 'started']
        if len(started) < size:
            sys.exit(f'bench: only {len(started)} of {size} devices could be prepared')
        self.tokens = {device: self.tokens[device] for device in started[:size]}
        self.file = self.lines_write('tokens', self.tokens.values())
        # A device's first report, once in its life, costs more than the others: it makes its supplies known.
        self.send('report', file=self.file, jobs=1, first=0, limit=size)
        self.reported = size

    def send(self, name, **words):
        load.send(f'{name}.lua', self.system.port, 32, 120, **words)

    def lines_write(self, name, lines):
        path = self.system.run / 'tmp' / name
        path.write_text(''.join(f'{line}\n' for line in lines))
        return path

    def services(self):
        return [row for row in self.system.sql(SERVICES % self.last) if row[0] in self.tokens]

    def pending(self, wanted=0):
        """A file of codes that devices pend with, in no order: at least so many."""
        codes = [row[0] for row in self.system.sql(PENDING)]
        if len(codes) < wanted:
            self.send('register', path='/device/register', limit=wanted - len(codes))
            codes = [row[0] for row in self.system.sql(PENDING)]
        random.Random(1).shuffle(codes)
        return self.lines_write('codes', codes)

    def actions(self):
        """A file of tokens and what changes something for each."""
        return self.lines_write('actions', (f"{self.tokens[device]} {'stop' if service == 'started' else 'start'}"
                                            for device, service in self.services()))

    def age(self):
        """The last sign of life of each is long ago, so that the next one is written down."""
        self.system.sql(AGE % self.last)
        return self.file

    def measured(self, name, result, clients):
        """What comes next goes on from there."""
        if name == 'register':
            self.rate = result['rate']
        elif name.startswith('report'):
            self.reported += result['requests'] + 2 * clients
