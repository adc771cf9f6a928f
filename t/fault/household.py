"""A device and its owner, who live through whatever happens: they register,
pair in whichever order, instruct, report, end and begin anew. All of it goes
into the journal."""
import random
import threading
import time
import uuid

from client import (NS, Browser, Device, instruction, job, job_report,
                    new_address, new_code, supply, told)
from journal import print_of

PATIENCE_S = 60			# for one thing to come true, whatever is killed
HELD_S = 4			# until a device gives up a held connection


class Stuck(Exception):
    """What must come true in the end did not."""


class Household:
    def __init__(self, world, number):
        self.world = world
        self.journal = world.journal
        self.name = 'household %d' % number
        self.random = random.Random('%s %d' % (self.name, world.seed))
        self.numbered = number % 3 != 0		# its reports have a sequence
        self.move_in()

    def move_in(self):
        """Another device, with an owner of its own."""
        self.device = Device(self.world.port)
        self.owner = Browser(self.world.port)
        self.token = self.carried = None
        self.code_is_used = False
        self.sequence = 0
        self.levels = [self.random.randrange(30, 100) for _ in range(2)]
        self.cartridges = [1, 1]

    def run(self):
        """Lives, the last of which is left as it is: paired."""
        self.meet()
        self.serve()
        while not self.world.over.is_set():
            self.part()
            self.meet()
            self.serve()
        self.world.left.append((self.device, self.owner))

    # --- one request

    def exchange(self, kind, call, **facts):
        self.world.pace.wait()
        return self.journal.exchange(self.name, kind, call,
                                     device=self.device.device_id, **facts)

    def insist(self, kind, call, wanted=(200,), **facts):
        """Repeat until it is answered; the answer must be a wanted one."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            entry, answer = self.exchange(kind, call, **facts)
            if not entry.unknown and entry.status != 429:
                if entry.status not in wanted:
                    raise Stuck('nothing explains %r' % entry)
                return entry, answer
            time.sleep(self.random.uniform(0.02, 0.3))
        raise Stuck('not answered for %d s: %r' % (PATIENCE_S, entry))

    # --- how they meet

    def meet(self):
        way = 'device' if self.code_is_used else self.random.choice(
            ('device', 'terminal', 'cross'))
        if way == 'device':
            self.register()
            self.type_code()
        elif way == 'terminal':
            self.type_code()
            self.register()
        else:
            typist = Actor(self.type_code, self.world)
            self.register()
            typist.join(2 * PATIENCE_S)
        self.await_pairing(way)
        self.carried = None
        self.code_is_used = True

    def register(self):
        entry, answer = self.insist(
            'register', lambda: self.device.try_register(self.carried),
            wanted=(201,), code=print_of(self.device.code))
        token = answer.xml.findtext(NS + 'Token')
        told.add(token)
        self.journal.note(entry, token=print_of(token))
        self.token = self.device.token = token

    def type_code(self):
        """Submit it, from wherever and however, until it is taken."""
        self.insist('page', lambda: self.owner.get('/pair'))
        fields = {'code': self.device.code}
        while True:
            self.owner.address = new_address()
            entry, _ = self.insist(
                'pair', lambda: self.owner.post('/pair', fields),
                wanted=(303,), code=print_of(self.device.code))
            if entry.told['location'].endswith('/status'):
                return
            if 'name-device' not in entry.told['location']:
                raise Stuck('nothing explains %r' % entry)
            fields['device'] = self.device.device_id[-6:]

    def look(self):
        """The screen that /status leads to."""
        entry, _ = self.insist('status', lambda: self.owner.see('/status'))
        return entry.told['screen']

    def await_pairing(self, way):
        """Both have asked and were answered: it must be true for both."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            entry, _ = self.insist(
                'connect', lambda: self.device.connect(0),
                wanted=(200, 401, 410), token=print_of(self.token))
            if entry.status != 200 or entry.told['state'] == 'ended':
                self.register()		# an older request came later
            elif entry.told['state'] != 'paired':
                self.world.witness(self.device, way, entry)
                self.type_code()
            elif self.look() in ('operate-device', 'status'):
                self.journal.end(self.journal.begin(
                    self.name, 'paired', device=self.device.device_id,
                    token=print_of(self.token), way=way), 200)
                return
            else:
                self.type_code()	# its session was an older request's
        raise Stuck('%s does not get paired' % self.device.device_id)

    # --- the service

    def serve(self):
        self.instruct('start')
        for _ in range(self.random.randrange(5, 50)):
            if self.world.over.is_set():
                return
            self.report()
            chance = self.random.random()
            if chance < 0.05:
                self.instruct('stop')
            elif chance < 0.15:
                self.instruct('start')
            elif chance < 0.25:
                self.look()
            time.sleep(self.random.uniform(0, self.world.pause_s))

    def instruct(self, action):
        self.insist('instruct', lambda: self.device.instruct(action),
                    action=action, token=print_of(self.token))

    def use_supplies(self):
        for slot in range(2):
            if self.levels[slot] < 6 or self.random.random() < 0.03:
                self.levels[slot] = self.random.randrange(60, 101)
                self.cartridges[slot] += 1
            else:
                self.levels[slot] -= self.random.randrange(
                    3, min(self.levels[slot], 25) + 1)

    def report(self):
        """Most are repeated until they are answered, some are given up."""
        self.use_supplies()
        self.sequence += 1
        sequence = self.sequence if self.numbered else None
        jobs = {str(uuid.uuid4()): self.random.randrange(1, 10000)
                for _ in range(self.random.choice((1, 1, 2, 5)))}
        body = job_report(
            [job(name, count) for name, count in jobs.items()]
            + [supply(level, index + 1, colorant=('cyan', 'black')[index])
               for index, level in enumerate(self.levels)], sequence)
        send = self.exchange if self.random.random() < 0.3 else self.insist
        send('report', lambda: self.device.post_xml(
            '/device/report', body, self.token), jobs=jobs,
            levels=list(self.levels), cartridges=list(self.cartridges),
            sequence=sequence, token=print_of(self.token))

    # --- how they part

    def part(self):
        """A life's end, and what is left of it for the next."""
        how = self.random.choice(('end', 'release', 'operator', 'again',
                                  'reset', 'new-code', 'leave', 'leave'))
        if how == 'end':
            self.instruct('end')
        elif how == 'release':
            self.insist('release', lambda: self.owner.post(
                '/status', {'action': 'end'}), wanted=(303,))
        elif how == 'operator':
            self.world.operator.end(self.device)
        elif how != 'reset':
            self.carried = self.token
        if how == 'leave' or (how in ('end', 'release', 'operator')
                              and self.random.random() < 0.5):
            self.world.left.append((self.device, self.owner))
            self.move_in()
        elif how == 'new-code':
            self.device.code = new_code()
            self.code_is_used = False
        if self.random.random() < 0.2 and self.code_is_used:
            self.owner = Browser(self.world.port)


class Holder:
    """A household's connections that are held, as its device and its page
    hold them."""

    def __init__(self, household):
        self.household = household
        self.token = self.version = None

    def run(self):
        while not self.household.world.over.is_set():
            device, token = self.household.device, self.household.token
            if token is None:
                time.sleep(0.05)
                continue
            if token != self.token:
                self.token, self.version = token, 0
            self.hold(device, token)
            self.watch(self.household.owner)

    def hold(self, device, token):
        entry, _ = self.household.journal.exchange(
            self.household.name, 'hold', lambda: device.request(
                'GET', '/device/connect?since=%d' % self.version,
                headers={'Authorization': 'Bearer ' + token},
                timeout=HELD_S), device=device.device_id,
            token=print_of(token), since=self.version)
        if entry.status == 200:
            self.version = entry.told['version']
        else:
            time.sleep(0.1)

    def watch(self, owner):
        if self.household.random.random() < 0.2:
            self.household.journal.exchange(
                self.household.name, 'events', lambda: owner.request(
                    'GET', '/status', headers={
                        'Accept': 'text/event-stream',
                        'Cookie': owner.cookies_for('/status')},
                    timeout=1))


class Actor(threading.Thread):
    """Whose failure is a fault of the system's, unless it is ours."""

    def __init__(self, act, world):
        super().__init__(daemon=True)
        self.act = act
        self.world = world
        self.start()

    def run(self):
        try:
            self.act()
        except Exception as fault:	# whatever it is
            self.world.fail(fault)
