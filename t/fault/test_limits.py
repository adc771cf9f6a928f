"""No descriptors, no room for the log, files of bounded size: what a worker
cannot have costs it a 503 or nothing, and it goes on when it can."""
import contextlib
import os
import resource
import socket
import threading
import time

import pytest

import means
from kinds import KINDS, Form, Report
from line import Line
from system import eventually
from worker import Worker

STORED = [kind for kind in KINDS if kind is not Form]


def name(kind):
    return kind.__name__


def descriptors(worker, most):
    kept = resource.prlimit(worker.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(worker.process.pid, resource.RLIMIT_NOFILE,
                     (most, kept[1]))
    return kept[0]


@means.wanted('nofile', 'prlimit')
@pytest.mark.parametrize('kind', STORED, ids=name)
def test_none_left_for_the_database(system, kind):
    """The connection is lost while the answer is awaited, and its descriptor
    must not be had again: 503; and served by the same worker once it may."""
    with Line(system) as line, Worker(
            system, kind.program, conf=line.conf(), followed=True) as worker:
        worker.ready()
        one = kind(system)
        answers = []
        line.open.clear()
        thread = threading.Thread(target=lambda: answers.append(
            one.send(worker)))
        thread.start()
        assert eventually(lambda: line.held, 5)
        kept = descriptors(worker, 3)
        line.cut()
        line.open.set()
        thread.join(20)
        assert answers[0] is None or answers[0].status == 503, answers
        with contextlib.suppress(ProcessLookupError):
            descriptors(worker, kept)
        assert one.send(worker).status == kind.status
        assert one.judge(None) is False


@means.wanted('nofile', 'prlimit')
def test_none_left_for_a_request(system):
    """It cannot accept: it ends, and its successor serves."""
    with Worker(system, 'report', followed=True) as worker:
        worker.ready()
        one = Report(system)
        descriptors(worker, 3)
        first = worker.process.pid
        assert eventually(lambda: one.send(worker) is not None
                          and worker.process.pid != first)
        assert one.judge(None) is False


@means.wanted('dev-full')
@pytest.mark.parametrize('kind', KINDS, ids=name)
def test_a_full_log(system, kind):
    with Worker(system, kind.program, log='/dev/full') as worker:
        one = kind(system)
        assert one.judge(one.send(worker))


@means.wanted('fsize')
def test_a_log_that_may_not_grow(system, tmp_path):
    """At its bound a file would kill who writes to it (SIGXFSZ)."""
    log = tmp_path / 'log'
    log.write_bytes(bytes(4096))
    with Worker(system, 'report', log=log,
                before=['prlimit', '--fsize=4096']) as worker:
        for _ in range(3):
            one = Report(system)
            assert one.judge(one.send(worker)), worker.process.poll()
        assert log.stat().st_size == 4096, 'the limit did not bite'


@pytest.fixture(params=('pipe', 'socket'))
def clogged(request, tmp_path):
    """Where a log goes that nobody reads, full already."""
    if request.param == 'pipe':
        path = tmp_path / 'log'
        os.mkfifo(path)
        end = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(end, bytes(4096))
        yield path
        os.close(end)
    else:
        near, far = socket.socketpair()
        with contextlib.suppress(BlockingIOError):
            while True:
                near.send(bytes(4096), socket.MSG_DONTWAIT)
        with far:
            yield near.detach()


@pytest.mark.parametrize('kind', (Report, Form), ids=name)
def test_a_log_that_nobody_reads(system, clogged, kind):
    """A logger that hangs, at a pipe or as the journal has it: what does not
    go in is lost, and no request waits for it."""
    with Worker(system, kind.program, log=clogged) as worker:
        one = kind(system)
        begin = time.monotonic()
        assert one.judge(one.send(worker))
        assert time.monotonic() - begin < 5
