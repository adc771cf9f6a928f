"""GET /device/connect: at once, held, woken, told to come again."""
import datetime
import statistics
import threading
import time

import pytest

from client import NS, supply
from cutter import Cutter
from fulfilment import Reply
from system import System, eventually


class Held(threading.Thread):
    """One held connect."""

    def __init__(self, device, since=None):
        super().__init__(daemon=True)
        self.device = device
        self.since = device.version if since is None else since
        self.answer = self.at = None
        self.start()

    def run(self):
        self.answer = self.device.connect_held(self.since)
        self.at = time.monotonic()

    def woken(self, limit_s=10):
        self.join(limit_s)
        assert self.answer is not None, 'not woken'
        return self.answer


def test_at_once_when_the_device_is_behind(paired):
    version = paired.version
    for since in (None, 0, 1, version - 1, version + 1, 4294967295,
                  99999999999999999999):
        begin = time.monotonic()
        answer = paired.connect(since)
        assert (answer.status, answer.version) == (200, version), since
        assert time.monotonic() - begin < 5
    assert answer.headers['content-type'] == 'application/xml; charset=utf-8'
    assert answer.headers['cache-control'] == 'no-store'


@pytest.mark.parametrize('since', ['', 'abc', '-1', '1.5', '1e3', '0x1',
                                   '%20', '1%00', '+1', '%31a'])
def test_since_is_a_number(device, since):
    answer = device.connect(since)
    assert (answer.status, answer.problem) == (422, 'invalid')


def test_the_document_while_paired(system, device):
    system.browser().pair(device)
    root = device.connect(0).xml
    service, = root.findall(NS + 'Service')
    assert set(service.attrib) == {'connected'}
    assert [child.tag for child in root] == [
        NS + name for name in ('DeviceId', 'PairingPage', 'Service')]
    device.instruct('start')
    order, = device.report(supply(1, 3)).orders
    root = device.connect(0).xml
    service, = root.findall(NS + 'Service')
    assert set(service.attrib) == {'connected', 'started'}
    datetime.datetime.strptime(service.get('started'), '%Y-%m-%dT%H:%M:%SZ')
    found, = root.findall(NS + 'Order')
    assert set(found.attrib) == {'supply', 'state', 'id'}
    assert (found.get('supply'), found.get('id')) == ('3', order)


def test_a_sign_of_life_keeps_it_pending(system, device):
    def left():
        until = device.connect(0).xml.findtext(NS + 'ExpiresAt')
        return (datetime.datetime.strptime(until, '%Y-%m-%dT%H:%M:%SZ')
                - datetime.datetime.utcnow()).total_seconds()
    age = ("UPDATE registration SET created_at = UTC_TIMESTAMP() - INTERVAL "
           "%d MINUTE, expires_at = UTC_TIMESTAMP() + INTERVAL 5 MINUTE "
           "WHERE device_id = '%s'")
    system.sql(age % (60, device.device_id))
    assert 3590 <= left() <= 3605, 'an hour from the last connect'
    system.sql(age % (23 * 60 + 30, device.device_id))
    assert 1790 <= left() <= 1805, 'a day at most'


def test_a_sign_of_life_of_a_paired_device(system, paired):
    seen = ("FROM registration WHERE device_id = '%s'" % paired.device_id)
    system.sql("UPDATE registration SET seen_at = seen_at - INTERVAL 20 "
               "MINUTE WHERE device_id = '%s'" % paired.device_id)
    paired.connect(0)
    assert system.sql('SELECT seen_at > UTC_TIMESTAMP() - INTERVAL 1 MINUTE '
                      + seen) == [['1']]


@pytest.mark.parametrize('scheme', ['Bearer', 'bearer', 'BEARER'])
def test_the_scheme_s_case_does_not_matter(device, scheme):
    """RFC 9110, section 11.1."""
    answer = device.request('GET', '/device/connect', headers={
        'Authorization': '%s %s' % (scheme, device.token)})
    assert answer.status == 200


def test_what_wakes(system, device):
    """Each change of state, service or open order, and nothing else."""
    def held_while(change, told):
        since, before = device.connect(0).version, system.holding()
        held = Held(device, since)
        assert eventually(lambda: system.holding() > before)
        change()
        answer = held.woken()
        assert answer.status == 200 and told(answer), answer
        assert answer.version == held.since + 1
        return answer
    browser = system.browser()
    held_while(lambda: browser.pair(device), lambda a: a.state == 'paired')
    held_while(lambda: device.instruct('start'),
               lambda a: a.service == 'started')
    held_while(lambda: device.instruct('stop'),
               lambda a: a.service == 'stopped')
    device.instruct('start')
    held = Held(device, device.connect(0).version)
    order, = device.report(supply(6)).orders
    assert held.woken().orders[order] in ((1, 'queued'), (1, 'delivered'))
    assert eventually(lambda: device.orders()[order] == (1, 'delivered'))
    held_while(lambda: device.report(supply(100)),
               lambda a: not a.orders)
    held_while(browser.release, lambda a: a.state == 'ended')


def test_a_delivery_wakes(receiver, paired):
    receiver.answer(paired, Reply(204, wait_s=1))
    order, = paired.report(supply(6)).orders
    held = Held(paired, paired.connect(0).version)
    assert held.woken().orders == {order: (1, 'delivered')}


def test_a_repeat_wakes_nobody(paired):
    held = Held(paired)
    paired.instruct('start')
    paired.report(supply(80))
    paired.report(supply(79))
    time.sleep(0.4)
    assert held.answer is None
    paired.instruct('stop')
    assert held.woken().service == 'stopped'


def test_woken_soon(paired):
    """Under 100 ms on an idle machine."""
    times = []
    for number in range(15):
        held = Held(paired, paired.connect(0).version)
        time.sleep(0.12)
        begin = time.monotonic()
        paired.instruct('stop' if number % 2 == 0 else 'start')
        held.woken()
        times.append(1000 * (held.at - begin))
    print('woken after %.1f ms (median of 15; %.1f to %.1f)' % (
        statistics.median(times), min(times), max(times)))
    assert statistics.median(times) < 1000


def test_a_wake_up_before_the_waiter(system, device):
    """The device asked; before nginx has it wait, the state changes."""
    real = system.run / 'connect.sock'
    hidden = system.run / 'hidden.sock'
    real.rename(hidden)
    cutter = Cutter(hidden, listen=real)
    try:
        cutter.hold()
        held = Held(device)
        assert cutter.begun.wait(10), 'connect did not answer'
        system.browser().pair(device)
        assert held.answer is None
        begin = time.monotonic()
        cutter.go_on.set()
        answer = held.woken()
        assert answer.state == 'paired'
        assert held.at - begin < 10
    finally:
        cutter.close()
        hidden.rename(real)


def test_no_change_is_lost_between_two_calls(paired):
    """A device that follows, while another connection changes things."""
    statuses = []

    def change():
        for number in range(60):
            statuses.append(paired.instruct(
                'stop' if number % 2 == 0 else 'start').status)
    changer = threading.Thread(target=change)
    version = paired.version
    changer.start()
    begin = time.monotonic()
    while version < paired.version + 60:
        answer = paired.connect_held(version)
        assert answer.version > version
        version = answer.version
    changer.join()
    assert statuses == [200] * 60
    assert version == paired.version + 60
    assert time.monotonic() - begin < 30


def test_many_wait_at_once(paired):
    held = [Held(paired) for _ in range(30)]
    time.sleep(0.5)
    paired.instruct('stop')
    for one in held:
        assert one.woken().service == 'stopped'


def test_devices_do_not_wake_each_other(system):
    one, two = system.paired(), system.paired()
    assert one.version == two.version
    held = Held(one)
    time.sleep(0.2)
    two.instruct('stop')
    time.sleep(0.4)
    assert held.answer is None
    one.instruct('stop')
    held.woken()


def test_what_a_client_remembers_chooses_no_message(paired):
    """Headers of an earlier answer must not bring an old document back."""
    paired.instruct('stop')
    version = paired.instruct('start').version
    for headers in ({'If-Modified-Since': 'Thu, 01 Jan 1970 00:00:00 GMT'},
                    {'Last-Event-ID': '0:0'}, {'If-None-Match': '0'},
                    {'Origin': 'https://evil.example'}):
        held = []
        headers['Authorization'] = 'Bearer ' + paired.token
        thread = threading.Thread(target=lambda: held.append(paired.request(
            'GET', '/device/connect?since=%d' % version, headers=headers)))
        thread.start()
        time.sleep(0.2)
        assert not held
        paired.instruct('stop')
        thread.join(10)
        assert held[0].version == version + 1
        version = paired.instruct('start').version


@pytest.mark.late
def test_held_about_fifty_seconds(system):
    system.held.join(70)
    assert system.held.answer is not None, 'held for ever'
    assert system.held.answer.status in (204, 408)
    assert 45 <= system.held.seconds <= 60, system.held.seconds


def test_without_nchan():
    """The same programs, the same URL; the device comes again."""
    system = System('--without-nchan')
    try:
        device = system.pending()
        answer = device.connect(device.version)
        assert (answer.status, answer.body) == (204, b'')
        assert int(answer.headers['retry-after']) >= 1
        browser = system.browser()
        browser.pair(device)
        assert device.connect(device.version).state == 'paired'
        assert device.instruct('start').status == 200
        order, = device.report(supply(2)).orders
        assert eventually(lambda: device.orders()[order]
                          == (1, 'delivered'))
        version = device.connect(0).version
        assert device.connect(version).status == 204
        page = browser.call('GET', '/status?since=%d' % version,
                            headers={'Accept': 'text/event-stream'})
        assert page.status == 200 and b'retry: ' in page.body
        assert device.instruct('end').state == 'ended'
    finally:
        system.stop()
