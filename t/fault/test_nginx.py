"""nginx without descriptors and without a place for bodies: a device is told
to come again, or waits; nothing is acknowledged that is not stored; and it
goes on by itself."""
import concurrent.futures
import contextlib
import os
import resource
import uuid

import pytest

import means
from client import job, supply
from system import HERE, children, eventually

UNAVAILABLE = HERE.parent / 'www' / 'problem' / 'unavailable.xml'
pytestmark = means.wanted('nofile', 'prlimit')


def open_now(pid):
    return {int(name) for name in os.listdir('/proc/%d/fd' % pid)}


@contextlib.contextmanager
def descriptors(system, free):
    """Each worker may open so many more. A limit is a number that none may
    reach, and some below it are free."""
    kept = {}
    for pid in children(system.pid('nginx')):
        taken = open_now(pid)
        numbers = [number for number in range(max(taken) + free + 2)
                   if number not in taken]
        kept[pid] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE,
                         (numbers[free], kept[pid][1]))
    try:
        yield
    finally:
        for pid, limits in kept.items():
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


def said(system, sentence):
    return sentence.encode() in system.logs()


def test_none_for_a_connection(system, paired):
    """Who comes waits at the door, and is let in once there is room."""
    report = [job(uuid.uuid4()) for _ in range(7)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with descriptors(system, 0):
            answer = pool.submit(paired.report, *report)
            assert eventually(lambda: said(
                system, 'accept4() failed (24: Too many open files)'))
            with pytest.raises(concurrent.futures.TimeoutError):
                answer.result(2)
        assert answer.result(10).counts == (7, 0)
    assert system.healthy()


def test_none_for_a_program(system, paired):
    """One for the client, and none for the program, nor for a document that
    says so: 503 all the same; what was sent is stored when it is sent again."""
    report = [job(uuid.uuid4()) for _ in range(7)]
    with descriptors(system, 1):
        for answer in (
                paired.report(*report), paired.request('GET', '/device/other'),
                # Refused before its address is known.
                paired.request('GET', '/device/connect',
                               headers={'X-Long': 'x' * 9000})):
            assert (answer.status, answer.problem) == (503, 'unavailable')
            assert int(answer.headers['retry-after']) >= 1
            assert answer.headers['x-content-type-options'] == 'nosniff'
            assert answer.body == UNAVAILABLE.read_bytes()
        assert paired.browser.get('/status').status >= 500
    assert said(system, 'socket() failed (24: Too many open files)')
    assert paired.report(*report).counts == (7, 0)
    assert paired.browser.see('/status').screen == 'status'
    assert system.healthy()


@pytest.fixture
def closed(system):
    """The folders of temporary files take nothing."""
    folders = [system.run / name for name in ('temp-body', 'temp-fastcgi')]
    for folder in folders:
        folder.chmod(0)
        assert os.getuid() == 0 or not os.access(folder, os.W_OK)
    yield
    for folder in folders:
        folder.chmod(0o700)


def test_no_place_for_bodies(system, paired, closed):
    """None is wanted: the largest bodies stay in memory, and so do answers
    that are read slowly."""
    report = [job(uuid.uuid4()) for _ in range(1000)]
    assert paired.report(*report, supply(70)).counts == (1000, 0)
    assert paired.browser.see('/status').screen == 'status'
