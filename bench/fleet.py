"""Devices that are registered, paired and started, and what the database says became of requests."""
import random
import sys

import load
import stage

# What a request changes, counted: each answer must have changed something.
COUNTERS = {
    'registrations': 'SELECT COUNT(*) FROM registration',
    'pairings': "SELECT COUNT(*) FROM registration WHERE state = 'paired'",
    'versions': "SELECT SUM(version) FROM registration WHERE state = 'paired'",
    'jobs': 'SELECT COUNT(*) FROM job',
}
PENDING = "SELECT SUBSTRING(device_id, 8) FROM registration WHERE state = 'pending'"
SERVICES = "SELECT device_id, service FROM registration WHERE state = 'paired' AND id <= %d"
AGE = 'UPDATE registration SET seen_at = seen_at - INTERVAL 10 MINUTE WHERE id <= %d'

SPARE = 200     # requests that are under way when the generator ends get no answer


def count(counter):
    return stage.number(COUNTERS[counter])


def lines_write(name, lines):
    path = stage.RUN / 'tmp' / name
    path.write_text(''.join(f'{line}\n' for line in lines))
    return path


class Fleet:
    """So many devices, prepared by requests as everybody's."""

    def __init__(self, size):
        told = stage.RUN / 'tmp' / 'told'
        load.send('register.lua', stage.PORT, 32, 120, path='/device/register', file=told, limit=size + SPARE)
        self.tokens = dict(line.split() for line in told.read_text().splitlines())
        self.last = stage.number('SELECT MAX(id) FROM registration')
        self.reported = 0
        load.send('pair.lua', stage.PORT, 32, 120, file=self.pending())
        load.send('instruct.lua', stage.PORT, 32, 120, file=self.actions(), once='yes')
        started = [device for device, service in self.services() if service == 'started']
        self.tokens = {device: self.tokens[device] for device in started[:size]}
        if len(started) < size:
            sys.exit(f'bench: only {len(started)} of {size} devices could be prepared')
        self.file = lines_write('tokens', self.tokens.values())

    def services(self):
        return [row for row in stage.sql(SERVICES % self.last) if row[0] in self.tokens]

    def pending(self, wanted=0):
        """A file of codes that devices pend with, in no order: at least so many."""
        codes = [row[0] for row in stage.sql(PENDING)]
        if len(codes) < wanted:
            load.send('register.lua', stage.PORT, 32, 120, path='/device/register', limit=wanted - len(codes))
            codes = [row[0] for row in stage.sql(PENDING)]
        random.Random(1).shuffle(codes)
        return lines_write('codes', codes)

    def actions(self):
        """A file of tokens and what changes something for each."""
        return lines_write('actions', (f"{self.tokens[device]} {'stop' if service == 'started' else 'start'}"
                                       for device, service in self.services()))

    def age(self):
        """The last sign of life of each is long ago, so that the next one is written down."""
        stage.sql(AGE % self.last)
        return self.file
