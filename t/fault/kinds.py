"""Each kind of request that a program serves, and what must hold whatever
befell it: a right answer, 503 or none; what was acknowledged is stored; and
the same request again, undisturbed, leaves the effect of one.

A kind's life: KIND(system), then send(worker) with the fault armed, then
judge(answer), which repeats the request over the system's own front.
"""
import re
import urllib.parse
import uuid

from client import (FORM, NS, instruction, job, job_report, new_address,
                    new_code, registration_request, supply, told)
from system import eventually


class Kind:
    """One request to come. status: what it is answered with if all is well."""
    program = None
    status = 200

    def __init__(self, system):
        self.system = system
        self.prepare()

    def prepare(self):
        """What must be there before; by the system's own front."""

    def send(self, worker):
        """The answer, or None: the connection ended without one."""

    def again(self):
        """The same request undisturbed; its answer."""

    def acknowledged(self, answer):
        """Look whether what it says is so."""

    def repeated(self, answer, again):
        """Look at both: answer is None unless it was acknowledged."""

    def judge(self, answer):
        """Whether it was acknowledged; raises what is wrong."""
        done = answer is not None and answer.status == self.status
        if answer is not None and not done:
            assert answer.status == 503, answer
            assert 'retry-after' in answer.headers, answer.headers
        if done:
            self.acknowledged(answer)
        again = self.again()
        assert again.status == self.status, again
        self.acknowledged(again)
        self.repeated(answer if done else None, again)
        return done


class FromDevice(Kind):
    path = None

    def body(self):
        raise NotImplementedError

    def send(self, worker):
        return worker.try_call('POST', self.path, self.body(),
                           HTTP_AUTHORIZATION='Bearer ' + self.device.token)

    def again(self):
        return self.device.post_xml(self.path, self.body(), self.device.token)


def shared_device(system, name):
    """A paired device for all requests of one kind: each leaves it usable."""
    shared = system.__dict__.setdefault('kinds', {})
    if name not in shared:
        shared[name] = system.paired()
    # The front counts requests by address.
    shared[name].address = shared[name].browser.address = new_address()
    return shared[name]


class Register(Kind):
    program = 'register'
    status = 201

    def prepare(self):
        self.device = self.system.device()

    def send(self, worker):
        return worker.try_call('POST', '/device/register', registration_request(
            self.device.device_id, self.device.code),
            address=self.device.address)

    def again(self):
        return self.device.try_register()

    def acknowledged(self, answer):
        assert answer.state == 'pending', answer
        self.device.token = answer.xml.findtext(NS + 'Token')
        told.add(self.device.token)
        assert self.device.connect(0).state == 'pending'

    def repeated(self, answer, again):
        states = self.system.sql(
            "SELECT state, ended_by FROM registration WHERE device_id = '%s' "
            "ORDER BY id DESC" % self.device.device_id)
        assert states[0] == ['pending', 'NULL'], states
        assert states[1:] in ([], [['ended', 'replaced']]), states
        assert answer is None or states[1:], 'acknowledged, and not stored'


class Connect(Kind):
    program = 'connect'

    def prepare(self):
        self.device = shared_device(self.system, 'connect')
        # As after a while without a call, so that something is written.
        self.system.sql("UPDATE registration SET seen_at = seen_at - "
                        "INTERVAL 1 DAY WHERE device_id = '%s'"
                        % self.device.device_id)

    def send(self, worker):
        return worker.try_call('GET', '/device/connect?since=0',
                           HTTP_AUTHORIZATION='Bearer ' + self.device.token)

    def again(self):
        return self.device.connect(0)

    def repeated(self, answer, again):
        assert again.version == self.device.version
        assert answer is None or answer.body == again.body


class Instruct(FromDevice):
    program = 'instruct'
    path = '/device/instruct'

    def prepare(self):
        self.device = shared_device(self.system, 'instruct')
        before = self.device.connect(0)
        self.before = before.version
        self.action = 'stop' if before.service == 'started' else 'start'

    def body(self):
        return instruction(self.action)

    def acknowledged(self, answer):
        assert answer.service == {'stop': 'stopped',
                                  'start': 'started'}[self.action]
        assert answer.version == self.before + 1
        assert self.device.connect(0).version == self.before + 1


class Report(FromDevice):
    """Jobs by the dozen, and a level."""
    program = 'report'
    path = '/device/report'
    count = 12

    def prepare(self):
        self.device = shared_device(self.system, 'report')
        self.jobs = [job(uuid.uuid4()) for _ in range(self.count)]

    def body(self):
        return job_report(self.jobs + [supply(70)])

    def acknowledged(self, answer):
        assert sum(answer.counts) == self.count, answer

    def repeated(self, answer, again):
        assert again.counts in ((0, self.count), (self.count, 0)), again
        assert answer is None or again.counts == (0, self.count), \
            'acknowledged, and not stored'


class Order(FromDevice):
    """A report with a low level, which is ordered."""
    program = 'report'
    path = '/device/report'

    def prepare(self):
        self.device = self.system.paired()
        self.job = job(uuid.uuid4())

    def body(self):
        return job_report([self.job, supply(5)])

    def acknowledged(self, answer):
        assert len(answer.orders) == 1, answer

    def repeated(self, answer, again):
        if answer is not None:
            assert list(answer.orders) == list(again.orders)
            assert again.counts == (0, 1)
        rows = self.system.sql(
            "SELECT COUNT(*) FROM supply_order o JOIN registration r ON r.id "
            "= o.registration WHERE r.device_id = '%s'"
            % self.device.device_id)
        assert rows == [['1']], rows


class FromBrowser(Kind):
    status = 303

    def cookies(self, path):
        return {'HTTP_COOKIE': self.browser.cookies_for(path)}

    def send_form(self, worker):
        answer = worker.try_call(
            'POST', '/pair', urllib.parse.urlencode({'code': self.code}),
            address=self.browser.address, CONTENT_TYPE=FORM,
            **self.cookies('/pair'))
        # A browser keeps what comes with whatever it understands.
        if answer is not None:
            self.browser.keep(answer.cookies)
        return answer

    def again(self):
        return self.browser.post('/pair', {'code': self.code})

    def prepare(self):
        self.browser = self.system.browser()
        self.browser.get('/pair')


class Pair(FromBrowser):
    """The code of a device that pends."""
    program = 'pair'

    def prepare(self):
        super().prepare()
        self.device = self.system.pending()
        self.code = self.device.code

    def send(self, worker):
        return self.send_form(worker)

    def acknowledged(self, answer):
        assert answer.headers['location'].endswith('/status'), answer.headers
        assert self.browser.see('/status').screen == 'operate-device'
        assert self.device.connect(0).state == 'paired'

    def repeated(self, answer, again):
        rows = self.system.sql(
            "SELECT state, version FROM registration WHERE device_id = '%s'"
            % self.device.device_id)
        assert rows == [['paired', '2']], rows


class Wait(FromBrowser):
    """A code that no device has yet."""
    program = 'pair'

    def prepare(self):
        super().prepare()
        self.code = new_code()

    def send(self, worker):
        return self.send_form(worker)

    def acknowledged(self, answer):
        assert answer.headers['location'].endswith('/status'), answer.headers
        assert self.browser.see('/status').screen == 'code-unknown'

    def repeated(self, answer, again):
        device = self.system.device(code=self.code)
        assert device.register().state == 'paired'
        assert self.browser.see('/status').screen == 'operate-device'


class Form(FromBrowser):
    """The empty form, for which no store is wanted."""
    program = 'pair'
    status = 200

    def send(self, worker):
        return worker.try_call('GET', '/pair', **self.cookies('/pair'))

    def again(self):
        return self.browser.get('/pair')

    def repeated(self, answer, again):
        assert answer is None or answer.body == again.body


class Status(FromBrowser):
    """The page of a device with orders, levels and jobs."""
    program = 'status'
    status = 200

    def prepare(self):
        self.device = shared_device(self.system, 'status')
        self.browser = self.device.browser
        if not self.device.orders():
            self.device.report(job(), supply(5), supply(60, index=2))
            assert eventually(lambda: ('delivered' in str(
                self.device.orders().values())))

    def send(self, worker):
        return worker.try_call('GET', '/status', **self.cookies('/status'))

    def again(self):
        return self.browser.get('/status')

    def repeated(self, answer, again):
        assert again.screen == 'status'
        assert answer is None or still(answer) == still(again)


def still(answer):
    """A page without what time changes, nothing else left out."""
    return re.sub(rb'less than \d+ min ago|<time [^>]*>(just now|<span>\d+'
                  rb'</span> (min|h|days) ago)</time>', b'', answer.body)


class Events(Status):
    """The same as news; handed over to the front's channels."""

    def send(self, worker):
        return worker.try_call('GET', '/status', HTTP_ACCEPT='text/event-stream',
                           HTTP_LAST_EVENT_ID='1.1',
                           **self.cookies('/status'))

    def again(self):
        return self.browser.get('/status')

    def repeated(self, answer, again):
        if answer is not None:
            assert 'x-accel-redirect' in answer.headers or \
                b'data:' in answer.body or b'retry:' in answer.body, answer


class Release(FromBrowser):
    program = 'status'

    def prepare(self):
        self.device = self.system.paired()
        self.browser = self.device.browser

    def send(self, worker):
        answer = worker.try_call(
            'POST', '/status', 'action=end', address=self.browser.address,
            CONTENT_TYPE=FORM, **self.cookies('/status'))
        if answer is not None:
            self.browser.keep(answer.cookies)
        return answer

    def again(self):
        return self.browser.post('/status', {'action': 'end'})

    def acknowledged(self, answer):
        assert self.device.connect(0).status == 410


KINDS = (Register, Connect, Instruct, Report, Order, Pair, Wait, Form, Status,
         Events, Release)
