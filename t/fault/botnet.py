"""Strangers with many addresses: they speak FastCGI to the programs
themselves, for what the front lets through is not what bounds guesses."""
import collections
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import fastcgi
from client import FORM, NS, new_code, registration_request

AT_ONCE = 16
TYPED = '/status'


def address(number):
    """One of 131,072 addresses that are nobody's."""
    return '198.%d.%d.%d' % (18 + (number >> 16), number >> 8 & 255,
                             number & 255)


class Botnet:
    def __init__(self, system):
        self.system = system
        self.used = 0
        self.lock = threading.Lock()

    def fresh(self):
        with self.lock:
            self.used += 1
            return address(self.used)

    def together(self, call, count):
        """count calls, many at once; how often each gave what."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return collections.Counter(pool.map(call, range(count)))

    def type(self, code, ending=None, where=None):
        """Where a code typed leads to, from a new address or a given one:
        /status when it was compared, else the screen."""
        body = 'code=' + code
        if ending is not None:
            body += '&device=' + ending
        answer = fastcgi.call(self.system.run / 'pair.sock', 'POST', '/pair',
                              body, where or self.fresh(), CONTENT_TYPE=FORM)
        assert answer.status == 303, answer
        return answer.headers['location'].rpartition('after=')[2].replace(
            '/status', TYPED)

    def register(self, device_id, code, where):
        """What a device that registers is told: its state, and its token."""
        answer = fastcgi.call(self.system.run / 'register.sock', 'POST',
                              '/device/register',
                              registration_request(device_id, code), where)
        assert answer.status in (201, 429), answer
        if answer.status == 429:
            return 'throttled'
        assert answer.xml.findtext(NS + 'Token')
        return answer.state


class Crowd:
    """Owners with their devices, which pend: codes by DeviceId."""

    def __init__(self, system, count, code=new_code):
        self.system = system
        self.codes = {}
        self.code = code
        self.more(count)

    def more(self, count):
        botnet = Botnet(self.system)
        batch = {'M%04d-%s' % (secrets.randbelow(10000),
                               secrets.token_hex(5).upper()): self.code()
                 for _ in range(count)}
        names = list(batch)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            states = set(pool.map(lambda number: botnet.register(
                names[number], batch[names[number]],
                '203.0.%d.%d' % (number // 150 % 250, secrets.randbelow(250))),
                range(count)))
        assert states <= {'pending'}, states
        self.codes.update(batch)

    def owner(self, device_id, ending=None):
        """The screen that its owner comes to, from a home of his own."""
        return self.system.browser().submit(self.codes[device_id],
                                            ending).screen

    def paired(self):
        """Devices of theirs that somebody has been paired with."""
        return {name for name, in self.system.sql(
            "SELECT device_id FROM registration WHERE state = 'paired' AND "
            "device_id LIKE 'M____-%'")}
