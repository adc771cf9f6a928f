"""No database, a slow one, one that only reads: 503 in bounded time, nothing
acknowledged that is not so, no crowd at its door, and all as before within
seconds of its return."""
import contextlib
import os
import signal
import threading
import time

import pytest

import means
from client import job, supply
from kinds import KINDS, Form, Order, Pair, Register, Report
from line import Line
from system import eventually
from worker import Worker

STORED = [kind for kind in KINDS if kind is not Form]
CONNECT_S = 2
# then 5 s for an answer, and what two cores with other work may add
LIMIT_S = CONNECT_S + 5 + 5


def name(kind):
    return kind.__name__


@contextlib.contextmanager
def behind(system, kind, **more):
    """A worker whose database is reached by a line of its own."""
    with Line(system) as line, Worker(system, kind.program, conf=line.conf(),
                                      followed=True, **more) as worker:
        worker.ready()
        yield line, worker


def timed(call):
    begin = time.monotonic()
    answer = call()
    return answer, time.monotonic() - begin


def refused(answer, seconds):
    assert answer is not None and answer.status == 503, answer
    assert int(answer.headers['retry-after']) >= 1
    assert seconds < LIMIT_S, seconds


@pytest.mark.parametrize('kind', STORED, ids=name)
def test_no_socket(system, kind):
    """Told at once; found again by the next request."""
    with behind(system, kind) as (line, worker):
        one = kind(system)
        line.gone()
        answer, seconds = timed(lambda: one.send(worker))
        refused(answer, seconds)
        assert seconds < CONNECT_S
        line.listen()
        assert one.send(worker).status == kind.status
        assert one.judge(None) is False


@pytest.mark.parametrize('kind', (Report, Pair)[:1 if means.stride(2, 1) == 2 else 2],
                         ids=name)
def test_a_server_that_says_nothing(system, kind):
    """It takes connections, and that is all: then 503 within the time-outs,
    for each request anew, and the worker stays."""
    with behind(system, kind) as (line, worker):
        one = kind(system)
        line.open.clear()
        refused(*timed(lambda: one.send(worker)))
        refused(*timed(lambda: one.send(worker)))
        pid = worker.process.pid
        line.open.set()
        line.cut()
        assert one.send(worker).status == kind.status
        assert worker.process.pid == pid
        assert one.judge(None) is False


@pytest.mark.parametrize('kind', STORED, ids=name)
def test_single_bytes(system, kind):
    """Short reads at every place: the same answer."""
    with behind(system, kind) as (line, worker):
        line.bytes = 1
        one = kind(system)
        assert one.judge(one.send(worker))


@pytest.mark.parametrize('delay_s', (0.2, 1))
def test_a_slow_line(system, delay_s):
    """What comes within the time-outs counts."""
    with behind(system, Report) as (line, worker):
        line.delay_s = delay_s
        one = Report(system)
        assert one.judge(one.send(worker))


def test_a_wrong_password(system):
    """Until it is put right, and then without help: a worker that is refused
    ends, and its successor reads the option file anew."""
    with Line(system) as line:
        right = line.option_file.read_text()
        line.option_file.write_text(right.replace(
            'password = ', 'password = not'))
        with Worker(system, 'report', conf=line.conf(),
                    followed=True) as worker:
            one = Report(system)
            answer = one.send(worker)
            assert answer is None or answer.status == 503
            line.option_file.write_text(right)
            assert eventually(lambda: (one.send(worker) or answer).status
                              == 200, 30, 0.2)
            assert one.judge(None) is False


@pytest.mark.parametrize('kind', (Register, Report, Pair), ids=name)
def test_no_crowd_at_the_door(system, kind):
    """While the database is away a request opens few connections: no more than
    one each, and none in between."""
    with behind(system, kind) as (line, worker):
        one = kind(system)
        line.gone()
        for _ in range(20):
            refused(*timed(lambda: one.send(worker)))
        before = line.connections
        line.listen()
        time.sleep(0.5)
        assert line.connections == before, 'connected without a request'
        assert one.send(worker).status == kind.status
        assert line.connections == before + 1
        assert one.judge(None) is False


@pytest.fixture
def stopped(system):
    """Stop the whole database for so many seconds, while the test goes on."""
    pid = system.pid('mariadbd')
    timers = []

    def stop(seconds):
        os.kill(pid, signal.SIGSTOP)
        timer = threading.Timer(seconds, os.kill, (pid, signal.SIGCONT))
        timer.start()
        timers.append(timer)
    yield stop
    for timer in timers:
        timer.cancel()
    os.kill(pid, signal.SIGCONT)
    assert eventually(system.healthy, 20)


@means.wanted('signals')
@pytest.mark.parametrize('seconds', (1, 2) if means.stride(2, 1) == 2
                         else (1, 2, 7, 10))
def test_a_stopped_database_process(system, stopped, seconds):
    """Short: the answer comes late. Long: 503 in time. Either way what was
    sent has the effect of one."""
    kinds = [kind(system) for kind in (Report, Order, Register, Pair)]
    device = system.paired()
    known = job()
    stopped(seconds)
    begin = time.monotonic()
    answer = device.report(known, supply(50))
    took = time.monotonic() - begin
    assert took < LIMIT_S, took
    assert answer.status in (200, 503), answer
    if seconds < 4:
        assert answer.status == 200
    while time.monotonic() < begin + seconds + 0.1:
        time.sleep(0.05)
    # By itself within seconds.
    answers = []
    assert eventually(lambda: (answers.append(device.report(known))
                               or answers[-1].status == 200))
    assert answers[-1].counts == (0, 1)
    for one in kinds:
        assert one.judge(one.again())


def test_other_programs_are_not_held(system):
    """Whose database hangs hangs alone: the form, and other programs."""
    with behind(system, Report) as (line, worker), worker.in_front():
        device = system.paired()
        line.open.clear()
        held = []
        thread = threading.Thread(target=lambda: held.append(
            device.report(job())))
        thread.start()
        assert eventually(lambda: line.held)
        for _ in range(5):
            assert system.browser().get('/pair').status == 200
            assert device.connect(0).status == 200
        assert thread.is_alive()
        thread.join(LIMIT_S + 5)
        assert held[0].status in (503, 504) and \
            held[0].problem == 'unavailable'


@pytest.mark.parametrize('kind', STORED, ids=name)
def test_a_database_that_only_reads(system, kind):
    """As while a replica is promoted: what would write says 503, and what only
    reads may go on."""
    with Worker(system, kind.program, followed=True) as worker:
        worker.ready()
        one = kind(system)
        set_global(system, 'read_only', 1)
        try:
            answer = one.send(worker)
        finally:
            set_global(system, 'read_only', 0)
        if answer.status != 503:
            assert name(kind) in ('Status', 'Events'), answer
        one.judge(answer)


def set_global(system, variable, value):
    done = system.mariadb('client-root', 'SET GLOBAL %s = %s'
                          % (variable, value))
    assert done.returncode == 0, done.stderr


def test_too_many_connections(system):
    """The account may have one, and another worker has it: 503, and served
    once there is room."""
    with behind(system, Report) as (line, worker):
        one = Report(system)
        bound(system, 1)
        try:
            system.mariadb('client-root', "KILL CONNECTION USER "
                           "'tallystick-report'@localhost")
            assert system.paired().report(job()).status == 200
            refused(*timed(lambda: one.send(worker)))
        finally:
            bound(system, 0)
        assert one.send(worker).status == 200
        assert one.judge(None) is False


def bound(system, most):
    done = system.mariadb('client-root', "ALTER USER 'tallystick-report'@"
                          "localhost WITH MAX_USER_CONNECTIONS %d" % most)
    assert done.returncode == 0, done.stderr
