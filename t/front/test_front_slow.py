"""Who sends or reads slowly costs the web server memory, not workers."""
import contextlib
import socket
import statistics
import threading
import time

from client import Client
from system import eventually

CLIENTS = 200
HEAD = (b'POST /device/report HTTP/1.1\r\nHost: x\r\nContent-Type: '
        b'application/xml\r\nContent-Length: 2000\r\n\r\n')


@contextlib.contextmanager
def crowd(front, begin, piece=b'', every_s=0.1, count=CLIENTS):
    """So many connections that sent so much, then a piece again and again;
    20 bytes in 0.1 s are 200 a second."""
    lines, over = [], threading.Event()

    def drip():
        while not over.wait(every_s):
            for line in lines:
                with contextlib.suppress(OSError):
                    line.sendall(piece)

    address = None
    for at in range(count):
        if at % 50 == 0:
            address = Client(0).address
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.bind((address, 0))
        line.settimeout(10)
        line.connect(('127.0.0.1', front.port))
        line.sendall(begin)
        lines.append(line)
    thread = threading.Thread(target=drip)
    if piece:
        thread.start()
    try:
        yield lines
    finally:
        over.set()
        if piece:
            thread.join()
        for line in lines:
            line.close()


def seconds(front, count=30):
    """How long an ordinary request takes, of real programs."""
    times = []
    for _ in range(count):
        client = Client(front.port)
        begin = time.monotonic()
        assert client.request('GET', '/device/connect').status == 401
        times.append(time.monotonic() - begin)
    return statistics.median(times)


def test_slow_bodies(front):
    before = seconds(front)
    with front.program('report') as program:
        with crowd(front, HEAD, b'x' * 20) as lines:
            time.sleep(0.5)
            during = seconds(front)
            assert program.accepted == 0, 'a worker waits for bytes'
            assert not program.seen
            # They are no fakes: one that sends the rest is answered.
            lines[0].sendall(b'x' * 2000)
            assert eventually(lambda: program.seen, 3)
    assert during < before + 2, (before, during)


def test_slow_heads(front):
    before = seconds(front)
    with front.program('report') as program:
        with crowd(front, HEAD[:40], b'X: yyyyyyyyyyyyyyyy\r\n'):
            time.sleep(0.5)
            during = seconds(front)
            assert program.accepted == 0
    assert during < before + 2, (before, during)


def test_slow_readers(front):
    """The program is done long before they are, even with an answer that is
    more than the kernel keeps of a Unix socket (and than any of ours)."""
    answer = (b'Content-Type: application/xml\r\n\r\n<a>' + b'x' * 300000
              + b'</a>')
    request = b'GET /device/report HTTP/1.1\r\nHost: x\r\n\r\n'
    with front.program('report', answer) as program:
        with crowd(front, request):
            assert eventually(lambda: program.answered == CLIENTS, 10), \
                program.answered
        assert program.accepted == CLIENTS


def test_who_never_ends_is_let_go(front, can):
    """Ten seconds for a head, ten between two pieces of a body."""
    for idle in reversed(front.idle):
        idle.join(25)
        if idle.kind == 'head':
            can('head in time')
        assert 5 <= idle.seconds <= 15, (idle.kind, idle.seconds)
