"""What a receiver may answer an order, and what comes of it: only the status
and Retry-After count, and nothing that it sends holds a courier for long."""
import email.utils
import gzip
import threading
import time

import pytest
from client import supply
from courier import courier, due_now, order_row  # noqa: F401
from receiver import RawReceiver, endless, silence, status, words
from system import eventually

LINE = b'HTTP/1.1 '
LENGTHLESS = b'\r\nConnection: close\r\n\r\n'
BOMB = gzip.compress(b'\0' * (64 << 20))
# By attempt 1: again after 5 s and up to a tenth more; a second for rounding.
SOON = (5, 7)
TIME_S = 20         # of an attempt
BUSY_S = 12         # what a busy machine may add


def encoded(line, header, body):
    return words(LINE + line + b'\r\n' + header + b'\r\nContent-Length: %d'
                 % len(body) + LENGTHLESS + body)


# name: (answer, state of the order afterwards)
ANSWERS = {
    'created': (status(b'201 Created'), 'delivered'),
    'last of 2xx': (status(b'299 Odd'), 'delivered'),
    'before 2xx': (status(b'199 Odd'), 'queued'),
    'choices': (status(b'300 Choose', b'Location: /x'), 'queued'),
    'moved': (status(b'308 Moved', b'Location: /x'), 'queued'),
    'not modified': (status(b'304 Same'), 'queued'),
    'proxy asks': (status(b'407 Who', b'Proxy-Authenticate: Basic realm="x"'),
                   'queued'),
    'asks': (status(b'401 Who', b'WWW-Authenticate: Negotiate'), 'queued'),
    'gone': (status(b'410 Gone', b'Retry-After: 5'), 'failed'),
    'too early': (status(b'425 Wait'), 'queued'),
    'four digits': (status(b'2000 OK'), 'queued'),
    'no number': (status(b'OK 200'), 'queued'),
    'nothing': (words(), 'queued'),
    'old': (words(b'fine\r\n'), 'queued'),
    'noise': (words(bytes(range(256)) * 16), 'queued'),
    'switches': (status(b'101 Switching', b'Upgrade: x'), 'queued'),
    'cut within the body': (words(
        LINE + b'200 OK\r\nContent-Length: 50\r\n\r\nx'), 'delivered'),
    'gone, cut within the body': (words(
        LINE + b'410 Gone\r\nContent-Length: 50\r\n\r\nx'), 'failed'),
    'gone, cut within the head': (words(
        LINE + b'410 Gone\r\nX: y'), 'failed'),
    'gone, bad chunks': (words(LINE + b'410 Gone\r\nTransfer-Encoding: '
                               b'chunked\r\n\r\nzz\r\n'), 'failed'),
    'cut within the head': (words(LINE + b'500 No\r\nX: y'), 'queued'),
    'bad chunks': (words(LINE + b'200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
                         b'zz\r\n'), 'delivered'),
    'length that is none': (words(
        LINE + b'500 No\r\nContent-Length: -1' + LENGTHLESS), 'queued'),
    'endless body, taken': (endless(LINE + b'200 OK' + LENGTHLESS,
                                    b'x' * 65536), 'delivered'),
    'endless body': (endless(LINE + b'500 No' + LENGTHLESS, b'x' * 65536),
                     'queued'),
    'endless head': (endless(LINE + b'500 No\r\n', b'X-Y: z\r\n' * 4096),
                     'queued'),
    'endless head, taken': (endless(LINE + b'200 OK\r\n',
                                    b'X-Y: z\r\n' * 4096), 'delivered'),
    'endless line': (endless(LINE + b'500 No\r\nX-Y: ', b'z' * 65536),
                     'queued'),
    'endless hints': (endless(b'', (LINE + b'103 Hints\r\n\r\n') * 2048),
                      'queued'),
    'endless cookies': (endless(LINE + b'500 No\r\n',
                                b'Set-Cookie: a=%s\r\n' % (b'b' * 4000)),
                        'queued'),
    'bomb': (encoded(b'500 No', b'Content-Encoding: gzip', BOMB), 'queued'),
    'bomb in transfer': (words(
        LINE + b'500 No\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%x\r\n'
        % len(BOMB) + BOMB + b'\r\n0\r\n\r\n'), 'queued'),
    'drip of a body, taken': (endless(
        LINE + b'200 OK\r\nContent-Length: 9999\r\n\r\n', b'x', 0.5),
        'delivered'),
    'drip of a body': (endless(
        LINE + b'500 No\r\nContent-Length: 9999\r\n\r\n', b'x', 0.5),
        'queued'),
    'drip of a head': (endless(LINE + b'500 No\r\nX-Y: ', b'z', 0.5),
                       'queued'),
    'drip of a line': (endless(LINE, b'2', 0.5), 'queued'),
    'drip of hints': (endless(b'', LINE + b'103 Hints\r\n\r\n', 0.5),
                      'queued'),
    'silence': (silence, 'queued'),
}
SLOW = {name for name in ANSWERS if 'drip' in name or name == 'silence'}


def order_for(system, raw, *answers):
    device = system.paired()
    device.order, = device.report(supply(9)).orders
    raw.answers[device.device_id] = list(answers)
    return device


def run_out(process, limit_s):
    """Until it ends. out: the most memory that it held, MiB."""
    end, held = time.monotonic() + limit_s, 0
    while process.poll() is None and time.monotonic() < end:
        with open('/proc/%d/status' % process.pid) as text:
            found = [int(line.split()[1]) / 1024 for line in text
                     if line.startswith('VmHWM')]
        held = max([held, *found])
        time.sleep(0.1)
    return held


def test_answers_of_every_kind(system, courier, raw):  # noqa: F811
    """All at once, by one courier."""
    devices = {name: order_for(system, raw, answer)
               for name, (answer, _) in ANSWERS.items()}
    process = courier.start(**raw.named())
    begin = time.monotonic()
    held = run_out(process, 60)
    assert process.returncode == 0
    print('all answered after %.1f s, the courier held %.0f MiB at most'
          % (time.monotonic() - begin, held))
    assert held < 60
    for name, (_, wanted) in ANSWERS.items():
        device = devices[name]
        state, answer = order_row(system, device.order, 'state, last_answer')
        assert state == wanted, (name, state, answer)
        sent = raw.sent[device.device_id]
        assert sent.count < 16 << 20, (name, sent.count)
        if name in SLOW:
            assert eventually(lambda: sent.seconds), name
            assert TIME_S - 1 < sent.seconds < TIME_S + BUSY_S, (
                name, sent.seconds)
        elif sent.seconds is not None:
            assert sent.seconds < TIME_S - 1, (name, sent.seconds)
        device.instruct('end')


FAR = 10 * 365 * 86400
ASKED = {
    '30': (30, 31), ' 31 ': (31, 32), '1': SOON, '0': SOON, '-5': SOON,
    '-99999999999999999999': SOON, 'soon': SOON, '': SOON, '1.5': SOON,
    '0x7fffffff': SOON, '86400': (86400, 86401), '86401': (86400, 86401),
    '4294967297': (86400, 86401), '99999999999999999999999': SOON,
    'Thu, 01 Jan 1970 00:00:00 GMT': SOON,
    'Sun, 22 Nov 2099 12:00:00 GMT': (86400, 86401),
}


def later(value):
    """An answer. in: what it asks for; a number is a date, so many seconds
    from then on."""
    def answer(connection):
        text = value if isinstance(value, str) else email.utils.formatdate(
            time.time() + value, usegmt=True)
        status(b'503 Later', b'Retry-After: ' + text.encode())(connection)
    return answer


def test_retry_after(system, courier, raw):  # noqa: F811
    """Honoured when it asks for later, up to a day; nonsense is not, nor what
    stands behind the 8 KiB that are read."""
    asked = {**ASKED, 100: (99, 101), -100: SOON, FAR: (86400, 86401)}
    devices = {value: order_for(system, raw, later(value)) for value in asked}
    twice = order_for(system, raw, status(
        b'429 Many', b'Retry-After: 40', b'Retry-After: 50'))
    behind = order_for(system, raw, status(
        b'503 Later', b'X-Y: ' + b'z' * 8192, b'Retry-After: 40'))
    fine = order_for(system, raw, status(b'200 OK', b'Retry-After: 40'))
    done = courier(**raw.named())
    assert done.returncode == 0, done.stderr
    asked.update(twice=(40, 51), behind=SOON)
    for value, device in dict(devices, twice=twice, behind=behind).items():
        state, due = order_row(
            system, device.order,
            "state, TIMESTAMPDIFF(SECOND, '1970-01-01', due_at)")
        wait_s = int(due) - raw.of(device)[0]
        least, most = asked[value]
        assert state == 'queued'
        assert least - 1 <= wait_s <= most + BUSY_S, (value, wait_s)
        device.instruct('end')
    assert order_row(system, fine.order, 'state') == ['delivered']


@pytest.mark.parametrize('answer', [
    status(b'410 Gone'), status(b'503 Later', b'Retry-After: 5000')],
    ids=['gone', 'later'])
def test_retry_outlives_what_is_in_flight(system, courier, raw,  # noqa: F811
                                          answer):
    """The operator asks for an attempt anew while one is not answered yet."""
    asked = threading.Event()

    def held(connection):
        asked.wait(TIME_S - 5)
        answer(connection)
    device = order_for(system, raw, status(
        b'503 Later', b'Retry-After: 5000'), held)
    courier.start('--watch', **raw.named())
    assert eventually(lambda: order_row(
        system, device.order, 'attempts, lease_until IS NULL') == ['1', '1'])
    due_now(system, device.order)
    assert eventually(lambda: len(raw.of(device)) == 2)
    done = system.command('orders', 'retry', device.order)
    assert done.returncode == 0, done.stderr
    version = device.connect(0).version
    asked.set()
    assert eventually(lambda: len(raw.of(device)) == 3)
    assert eventually(lambda: order_row(
        system, device.order, 'state, attempts') == ['delivered', '1'])
    assert device.connect(0).version == version + 1, 'of the delivery alone'


def test_nothing_is_kept_between_attempts(system, courier, raw,  # noqa: F811
                                          tmp_path):
    """No cookie, no password of a .netrc, no proxy of the environment; each
    attempt under the same id, signed at its own time."""
    proxy = RawReceiver()
    device = order_for(system, raw, status(
        b'401 Who', b'Set-Cookie: a=b; Path=/', b'WWW-Authenticate: Basic '
        b'realm="x"', b'Alt-Svc: h2="127.0.0.1:%d"' % proxy.port))
    (tmp_path / '.netrc').write_text('default login a password b\n')
    for path in (tmp_path / '.netrc', tmp_path, *tmp_path.parents):
        if path.owner() == tmp_path.owner():
            path.chmod(0o755)
    environment = {'HOME': str(tmp_path)}
    for name in ('http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy',
                 'ALL_PROXY'):
        environment[name] = 'http://127.0.0.1:%d' % proxy.port
    courier.start('--watch', environment=environment, **raw.named())
    assert eventually(lambda: len(raw.of(device)) == 2, 20)
    first, second = [head for head in raw.heads
                     if head['webhook-id'] == device.order]
    assert set(second) == {'host', 'user-agent', 'accept', 'content-type',
                           'content-length', 'webhook-id',
                           'webhook-timestamp', 'webhook-signature'}
    assert first['webhook-id'] == second['webhook-id'] == device.order
    assert int(second['webhook-timestamp']) - int(
        first['webhook-timestamp']) >= 5
    assert first['webhook-signature'] != second['webhook-signature']
    assert not proxy.times and not proxy.heads
    proxy.stop()
