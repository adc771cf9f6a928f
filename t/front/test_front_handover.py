"""What a program may ask the web server for, and what happens when it dies:
a broken-in program must not get files or other programs, and a request that
kills its worker must not kill another."""
import time

import pytest

from client import Client
from program import OK
from server import raw, statuses
from system import PROGRAMS

# What each web server calls its own: "go on at this address", "send this
# file", "change how you answer".
ORDERS = {
    'X-Accel-Redirect': ('/en/enter-code.html', '/problem/too-large.xml',
                         '/problem/413.html', '/refusal/en/404.html',
                         '/device/report', '/status', '/style.css',
                         '/wake/1.1', '/etc/passwd', '@unchanged2'),
    'X-Sendfile': ('/etc/passwd',), 'X-LIGHTTPD-send-file': ('/etc/passwd',),
    'X-Sendfile2': ('/etc/passwd 0-99',), 'X-LIGHTTPD-send-tempfile': (
        '/etc/passwd',)}
NUMBERS = {'X-Accel-Limit-Rate': '1', 'X-Accel-Buffering': 'no',
           'X-Accel-Charset': 'koi8-r', 'X-Accel-Expires': '3600'}
FILES = (b'root:', b'data-screen="enter', b'data-screen="not-', b'problem:too-large', b'--accent')


@pytest.fixture
def programs(front):
    with front.programs(*PROGRAMS) as programs:
        yield programs


@pytest.fixture
def ask(front, programs):
    """The answer when the program of that name sends these headers, and what
    all others saw."""
    def asked(name, *headers):
        lines = [b'Status: 200 OK', b'Content-Type: text/xml', *headers]
        for program in programs.values():
            program.seen, program.answer = [], OK
        programs[name].answer = b'\r\n'.join(lines) + b'\r\n\r\n<own/>'
        path = ('/' if name in ('pair', 'status') else '/device/') + name
        answer = front.client().request('GET', path)
        return answer, [one for other, program in programs.items()
                        if other != name for one in program.seen]
    return asked


def headers_of(orders):
    return [('%s: %s' % item).encode() for item in orders]


@pytest.mark.parametrize('name', ['register', 'instruct', 'report', 'pair'])
def test_programs_that_hand_over_nothing(ask, name):
    for order, places in ORDERS.items():
        for place in places:
            answer, others = ask(name, *headers_of([(order, place)]))
            assert (answer.status, answer.body) == (200, b'<own/>'), answer
            assert not others, others


@pytest.mark.parametrize('name', ['connect', 'status'])
def test_programs_that_hand_over_to_held_channels(ask, name):
    """To these, or it is a failure; never to a file or another program."""
    for order, places in ORDERS.items():
        for place in places:
            answer, others = ask(name, *headers_of([(order, place)]))
            assert not others, (place, others)
            assert not any(word in answer.body for word in FILES), answer
            assert answer.body == b'<own/>' or answer.status in (
                404, 500, 502, 503), answer


@pytest.mark.parametrize('name', ['register', 'connect', 'status'])
def test_orders_that_change_the_answer(ask, name):
    """None slows it down to a byte a second, or gives it another encoding."""
    begin = time.monotonic()
    answer, _ = ask(name, *headers_of(NUMBERS.items()))
    assert answer.body == b'<own/>'
    assert time.monotonic() - begin < 3
    assert 'koi8-r' not in answer.headers['content-type']


@pytest.mark.parametrize('name', ['register', 'connect'])
def test_no_address_of_a_program_s_leads_on_within(ask, name):
    """CGI's local redirect (RFC 3875, section 6.2.2)."""
    answer, others = ask(name, b'Location: /status')
    assert not others and answer.body in (b'<own/>', b''), answer


def test_orders_do_not_reach_the_client(ask):
    answer, _ = ask('report', *headers_of(
        [*NUMBERS.items(), ('X-Accel-Redirect', '/hold/1.1')]))
    assert not [name for name in answer.headers
                if name.startswith('x-accel-')], answer.headers


@pytest.mark.parametrize('method,path,name', [
    ('POST', '/device/report', 'report'), ('POST', '/pair', 'pair'),
    ('GET', '/device/connect', 'connect'), ('GET', '/status', 'status')])
def test_a_request_that_kills_costs_one_worker(front, method, path, name):
    with front.program(name, None) as program:
        answer = Client(front.port).request(
            method, path, 'x' if method == 'POST' else None,
            {'Content-Type': 'application/xml'})
        assert answer.status in (500, 502, 503), answer
        assert len(program.seen) == program.accepted == 1
        # It is no reason to refuse the next one.
        program.answer = b'Content-Type: text/xml\r\n\r\n<own/>'
        answer = Client(front.port).request(method, path)
        assert answer.body == b'<own/>', answer


@pytest.mark.parametrize('answer', [
    b'', b'\r\n', b'Status: 200 OK', b'no header\r\n\r\nx', b'\x00' * 100,
    b'Status: 99999 x\r\n\r\n', b'Status: x\r\n\r\n',
    b'X: ' + b'y' * 70000 + b'\r\n\r\n<own/>'],
    ids=['empty', 'no headers', 'cut', 'no colon', 'NULs', 'large status',
         'no status', 'long'])
def test_a_broken_answer_is_told_as_one(front, answer):
    """It stays one answer, and the web server stays up."""
    with front.program('connect', answer) as program:
        got = raw(front.port, b'GET /device/connect HTTP/1.1\r\nHost: x\r\n'
                  b'Connection: close\r\n\r\n')
        assert program.accepted == 1
    assert len(statuses(got)) <= 1, got
    assert Client(front.port).request('GET', '/device/connect').status == 401
