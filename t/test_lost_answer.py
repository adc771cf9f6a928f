"""Each request cut off after its commit and repeated: the effect of one."""
import http.client
import socket

import pytest

from client import Client, job, supply
from cutter import CUT, PASS, Cutter


@pytest.fixture(params=['front', 'program'])
def lose(request, system):
    """lose(client, program): the client's next answer gets lost, between
    nginx and it, or between the program and nginx."""
    made = []

    def start(client, name):
        if request.param == 'front':
            cutter = Cutter(system.port)
            client.port = cutter.port
        else:
            real = system.run / (name + '.sock')
            hidden = system.run / 'hidden.sock'
            real.rename(hidden)
            cutter = Cutter(hidden, listen=real)
            made.append((hidden, real))
        cutter.mode = CUT
        made.append(cutter)
        return cutter
    yield start
    for thing in reversed(made):
        if isinstance(thing, Cutter):
            thing.close()
        else:
            thing[0].rename(thing[1])


def cut(cutter, call):
    """Call and lose its answer."""
    before = cutter.cuts
    try:
        answer = call()
        # nginx lost it, and says that the outcome is uncertain.
        assert answer.status in (502, 503, 504)
        if answer.headers['content-type'].startswith('application/'):
            assert answer.problem == 'unavailable'
            assert 'retry-after' in answer.headers
    except (http.client.HTTPException, OSError):
        pass
    assert cutter.cuts == before + 1, 'nothing was cut'


def live(system, device):
    return system.sql("SELECT state FROM registration WHERE device_id = '%s' "
                      "AND live IS NOT NULL" % device.device_id)


def test_register(system, lose):
    device = system.device()
    cutter = lose(device, 'register')
    cut(cutter, device.try_register)
    cut(cutter, device.try_register)
    assert live(system, device) == [['pending']]
    cutter.mode = PASS
    assert device.register().state == 'pending'
    assert live(system, device) == [['pending']]
    system.browser().pair(device)
    assert device.connect(0).state == 'paired'


def test_register_paired_meanwhile(system, lose):
    """Its answer got lost and a browser paired it: the repeat gets in."""
    device = system.device()
    cutter = lose(device, 'register')
    cut(cutter, device.try_register)
    browser = system.browser()
    browser.pair(device)
    cut(cutter, device.try_register)
    cutter.mode = PASS
    assert device.register().state == 'paired'
    assert device.instruct('start').status == 200
    assert browser.see('/status').screen == 'status'
    assert live(system, device) == [['paired']]


def test_register_with_a_waiting_terminal(system, lose):
    device, browser = system.device(), system.browser()
    browser.submit(device.code)
    cutter = lose(device, 'register')
    cut(cutter, device.try_register)
    cutter.mode = PASS
    assert device.register().state == 'paired'
    assert live(system, device) == [['paired']]
    assert browser.see('/status').screen == 'operate-device'


@pytest.mark.parametrize('action', ['start', 'stop', 'end'])
def test_instruct(system, lose, action):
    device = system.paired(start=action != 'start')
    device.report(supply(5))
    version = device.connect(0).version
    cutter = lose(device, 'instruct')
    cut(cutter, lambda: device.instruct(action))
    cut(cutter, lambda: device.instruct(action))
    cutter.mode = PASS
    answer = device.instruct(action)
    assert answer.status == 200
    assert answer.state == ('ended' if action == 'end' else 'paired')
    if action == 'start':
        assert len(answer.orders) == 1
    # One change (a delivery may have added one of its own).
    assert version + 1 <= answer.version <= version + 2


def test_report(receiver, lose, paired):
    cutter = lose(paired, 'report')
    body = [job(), job(), supply(9)]
    cut(cutter, lambda: paired.report(*body, sequence=1))
    cut(cutter, lambda: paired.report(*body, sequence=1))
    cutter.mode = PASS
    answer = paired.report(*body, sequence=1)
    assert answer.counts == (0, 2)
    assert len(answer.orders) == 1
    assert len(receiver.wait(paired)) == 1


def test_connect(system, lose, device):
    system.browser().pair(device)
    cutter = lose(device, 'connect')
    cut(cutter, lambda: device.connect(device.version))
    cutter.mode = PASS
    assert device.connect(device.version).state == 'paired'


def test_pair(system, lose, device):
    browser = system.browser()
    browser.get('/pair')
    cutter = lose(browser, 'pair')
    cut(cutter, lambda: browser.post('/pair', {'code': device.code}))
    assert device.connect(0).state == 'paired'
    cut(cutter, lambda: browser.post('/pair', {'code': device.code}))
    cutter.mode = PASS
    assert browser.submit(device.code).screen == 'operate-device'
    assert device.connect(0).version == device.version + 1


def test_a_pair_that_waits(system, lose):
    device, browser = system.device(), system.browser()
    browser.get('/pair')
    cutter = lose(browser, 'pair')
    cut(cutter, lambda: browser.post('/pair', {'code': device.code}))
    cutter.mode = PASS
    assert browser.submit(device.code).screen == 'code-unknown'
    assert device.register().state == 'paired'
    assert browser.see('/status').screen == 'operate-device'


def test_release(lose, paired):
    browser = paired.browser
    cutter = lose(browser, 'status')
    cut(cutter, lambda: browser.post('/status', {'action': 'end'}))
    cutter.mode = PASS
    assert browser.release().screen == 'released'
    assert paired.connect(0).status == 410


def test_requests_that_never_arrived_whole(system):
    """A device that dies while it sends leaves nothing behind."""
    paired = system.paired()
    for count in range(1, 12):
        with socket.create_connection(
                ('127.0.0.1', system.port), 10,
                source_address=(paired.address, 0)) as connection:
            head = ('POST /device/report HTTP/1.1\r\nHost: x\r\n'
                    'Authorization: Bearer %s\r\nContent-Type: '
                    'application/xml\r\nContent-Length: 900\r\n\r\n'
                    '<JobReport xmlns="urn:tallystick:1">' % paired.token)
            connection.sendall(head[:len(head) * count // 11].encode())
    assert Client(system.port).request('GET', '/pair').status == 200
    assert paired.report().counts == (0, 0)
