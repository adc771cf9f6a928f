"""Hostile and broken senders: an answer to each, and no worker down."""
import random
import socket
import time

import pytest

from client import Client, instruction, job, job_report, new_code, \
    new_device_id, registration_request, supply
from system import PROGRAMS


@pytest.fixture(autouse=True)
def nobody_down(system):
    """Each worker that was there before is there afterwards, or had served as
    many as it may."""
    before = {name: set(system.workers(name)) for name in PROGRAMS}
    yield
    assert system.healthy()
    for name, pids in before.items():
        said = (system.run / 'log' / (name + '.log')).read_text()
        for pid in pids - set(system.workers(name)):
            assert 'worker %d ends' % pid in said, name


DEEP = '<a xmlns="urn:x">' * 400 + '</a>' * 400
WIDE = '<a xmlns="urn:x" %s/>' % ' '.join('a%d="1"' % i for i in range(400))


@pytest.mark.parametrize('inside', [
    DEEP, WIDE, '<a xmlns="urn:x">%s</a>' % ('x' * 60000),
    '<?target %s?>' % ('x' * 30000), '<!--%s-->' % ('x' * 30000),
    '<![CDATA[%s]]>' % (']' * 30000), '&#0;', '&#x110000;', '&other;',
    '&lt;' * 4000, '<x:a/>', '<a xmlns="">'], ids=lambda text: text[:12])
def test_documents(system, inside):
    client = Client(system.port)
    good = registration_request(new_device_id(), new_code())
    for body in (good.replace('<Code>', inside + '<Code>'),
                 good.replace('<Code>', '<Code>' + inside),
                 inside + good):
        answer = client.post_xml('/device/register', body)
        assert answer.status in (201, 400, 422), answer
        if answer.status != 201:
            assert answer.problem in ('malformed', 'invalid')


def test_entities_never_expand(system):
    lol = ''.join('<!ENTITY l%d "%s">' % (i, ('&l%d;' % (i - 1)) * 10)
                  for i in range(1, 10))
    body = '<!DOCTYPE a [<!ENTITY l0 "lol">%s]><a>&l9;</a>' % lol
    begin = time.monotonic()
    for text in (body, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
                 '<!DOCTYPE a [<!ENTITY e SYSTEM "/etc/passwd">]><a>&e;</a>'):
        answer = Client(system.port).post_xml('/device/register', text)
        assert (answer.status, answer.problem) == (400, 'malformed')
        assert b'root:' not in answer.body
    assert time.monotonic() - begin < 5


def test_mutated_messages(system, paired):
    """Valid messages with bytes changed, cut, doubled: always an answer that
    doc/protocol.md names, and never 5xx."""
    seed = random.randrange(2 ** 32)
    print('seed %d' % seed)
    chance = random.Random(seed)
    valid = [
        ('/device/register', registration_request(new_device_id(),
                                                  new_code(), serial='S')),
        ('/device/instruct', instruction('stop')),
        ('/device/report', job_report([job(), job(number=(1, 2)),
                                       supply(50, serial='S', spares=1)], 7))]
    client = Client(system.port)
    seen = set()
    for count in range(400):
        path, text = chance.choice(valid)
        raw = bytearray(text.encode())
        for _ in range(chance.randrange(1, 3)):
            at = chance.randrange(len(raw))
            what = chance.randrange(6)
            if what == 0:
                raw[at] = chance.randrange(256)
            elif what > 3:
                # A letter or digit for another: often as good.
                raw[at] = chance.choice(b'0123456789ABCDEFabcdef-')
            elif what == 1:
                del raw[at:at + chance.randrange(1, 20)]
            elif what == 2:
                raw[at:at] = raw[at:at + chance.randrange(1, 60)]
            else:
                raw[at:at] = chance.choice([b'<', b'&', b'"', b'\xc3', b'>',
                                            b'</Job>', b'xmlns=""'])
            raw = raw or bytearray(b'x')
        if count % 40 == 0:
            client = Client(system.port)
        answer = client.post_xml(path, bytes(raw), paired.token)
        seen.add(answer.status)
        assert answer.status in (200, 201, 400, 422), (bytes(raw), answer)
        if answer.status in (400, 422):
            assert answer.problem in ('malformed', 'invalid')
    assert seen & {200, 201} and {400, 422} <= seen


def raw_request(system, data):
    with socket.create_connection(('127.0.0.1', system.port), 20,
                                  source_address=(Client(0).address, 0)) as s:
        s.sendall(data)
        got = b''
        while True:
            piece = s.recv(65536)
            if not piece:
                return got
            got += piece


@pytest.mark.parametrize('head', [
    b'', b'Content-Length: -1', b'Content-Length: 99999999999999999999',
    b'Content-Length: 5\r\nContent-Length: 6', b'Proxy: evil:1',
    b'Cookie: ' + b'a=b; ' * 1000, b'Authorization: Bearer \xff\xfe\x80',
    b'Content-Type: ' + b'x' * 7000, b'X: ' + b'y' * 9000,
    b'Transfer-Encoding: chunked', b'Content-Encoding: gzip',
    b'Authorization: Bearer ' + b'%n%s' * 100, b'Host: a\r\nHost: b',
], ids=lambda head: repr(head[:24]))
@pytest.mark.parametrize('target', [b'POST /device/report',
                                    b'GET /device/connect', b'POST /pair',
                                    b'GET /status'])
def test_heads(system, head, target):
    got = raw_request(system, target + b' HTTP/1.1\r\nConnection: close\r\n'
                      + (b'' if b'Host' in head else b'Host: x\r\n')
                      + (head + b'\r\n' if head else b'') + b'\r\n'
                      + (b'0\r\n\r\n' if b'chunked' in head else b''))
    assert 200 <= int(got.split()[1]) < 500, got[:300]


def test_chunked_bodies_are_read_whole(system, paired):
    body = job_report([job(), supply(60)]).encode()
    chunks = b''.join(b'%x\r\n%s\r\n' % (len(body[at:at + 50]),
                                         body[at:at + 50])
                      for at in range(0, len(body), 50)) + b'0\r\n\r\n'
    got = raw_request(system, (
        'POST /device/report HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
        'Authorization: Bearer %s\r\nContent-Type: application/xml\r\n'
        'Transfer-Encoding: chunked\r\n\r\n' % paired.token).encode()
        + chunks)
    assert got.startswith(b'HTTP/1.1 200'), got
    assert b'<Accepted>1</Accepted>' in got


def test_slow_senders_cost_no_worker(system, paired):
    """More of them than there are workers; others are served at once."""
    slow = []
    try:
        for _ in range(40):
            s = socket.create_connection(
                ('127.0.0.1', system.port), 20,
                source_address=(Client(0).address, 0))
            s.sendall(b'POST /device/report HTTP/1.1\r\nHost: x\r\n'
                      b'Content-Type: application/xml\r\nAuthorization: '
                      b'Bearer x\r\nContent-Length: 5000\r\n\r\n<Job')
            slow.append(s)
        begin = time.monotonic()
        for _ in range(10):
            assert paired.report().status == 200
        assert time.monotonic() - begin < 2
    finally:
        for s in slow:
            s.close()


def test_forms_by_strangers(system):
    browser = system.browser()
    for body in (b'code=' + b'%00' * 50, b'&' * 5000, b'=' * 5000,
                 b'code=%u0041BCDEF', b'code=AB&code=CD', b'code',
                 b'code=' + b'%ef%bc%a1' * 70, b'\x00\xff\xfe' * 100):
        browser.roam()
        answer = browser.call('POST', '/pair', body, {
            'Content-Type': 'application/x-www-form-urlencoded'})
        assert answer.status in (303, 400), (body, answer)
    for cookie in ('session=' + 'A' * 43 + '; ' * 500, 'session', '=;=;=',
                   'session="' + 'A' * 43 + '"', 'typed=' + 'A' * 3000):
        for path in ('/pair', '/status'):
            answer = browser.request('GET', path, headers={'Cookie': cookie})
            assert answer.status in (200, 303, 400), (cookie, answer)
