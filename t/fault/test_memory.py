"""No memory: each allocation of each kind of request fails, once and from
then on. Never acknowledged falsely, never the client's fault; the worker may
end, which costs nobody else."""
import contextlib
import pathlib
import resource
import subprocess
from collections import Counter

import pytest

import means
from client import job
from kinds import KINDS, Report, Status
from scarce import scarce  # noqa: F401
from system import PROGRAMS
from worker import Worker

STRIDE = means.stride(13, 1)
STRIDE_START = means.stride(997, 23)


def scarce_worker(system, program, scarce):
    library, control = scarce
    return Worker(system, program, preload=library, followed=True,
                  SCARCE_FILE=str(control.path))


def torture(worker, control, one, nth, lasting, ends):
    """Fail the n-th allocation of a request. out: whether it had one."""
    control.arm(0)
    worker.ready()
    control.arm(nth, lasting)
    answer = one.send(worker)
    refused = control.counted()[1]
    control.arm(0)
    try:
        done = one.judge(answer)
    except AssertionError as error:
        raise AssertionError('allocation %d%s: %s' % (
            nth, ' and all that follow' if lasting else '', error)) \
            from error
    if refused > 0:
        ends['done' if done else 'closed' if answer is None else '503'] += 1
    else:
        assert done, 'undisturbed, and not acknowledged: %r' % answer
    return refused > 0


@means.wanted('scarce')
@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.__name__)
def test_each_allocation_fails(system, scarce, kind):
    control = scarce[1]
    with scarce_worker(system, kind.program, scarce) as worker:
        ends = Counter()
        for lasting in (False, True):
            nth = 1
            while torture(worker, control, kind(system), nth, lasting, ends):
                nth += STRIDE
            assert nth > 3, 'it asks for no memory'
        print('%s: %d allocations failed, %d acknowledged all the same, %d '
              'answered 503, %d ended the worker'
              % (kind.__name__, sum(ends.values()), ends['done'], ends['503'],
                 ends['closed']))


@means.wanted('scarce')
@pytest.mark.parametrize('lasting', (False, True), ids=('once', 'for-ever'))
@pytest.mark.parametrize('program', PROGRAMS)
def test_each_allocation_of_a_start_fails(system, scarce, program, lasting):
    """A worker that came up in part must not serve as if it were whole, and
    none may stand still."""
    library, control = scarce
    kind = next(kind for kind in KINDS if kind.program == program)
    ends = Counter()

    def start(nth):
        one = kind(system)
        control.arm(nth, lasting)
        with Worker(system, program, alone=True, preload=library,
                    SCARCE_FILE=str(control.path)) as worker:
            answer = one.send(worker)
            calls, refused = control.counted()
            control.arm(0)
            assert one.judge(answer) or refused > 0, worker.said()
            if refused > 0 and answer is None and worker.ended() > 0:
                assert worker.said().strip(), 'no word of it'
        ends['503' if answer is not None and answer.status == 503
             else 'ended' if answer is None else 'served'] += 1
        return calls
    # What precedes main is the libraries'.
    control.arm(0)
    none = subprocess.run(
        [str(system.prefix / 'libexec' / 'tallystick' / program)],
        env={'LD_PRELOAD': str(library), 'SCARCE_FILE': str(control.path),
             'TALLYSTICK_CONF': '/nowhere'}, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=30, **system.as_owner())
    assert '/nowhere' in none.stderr, none
    first = control.counted()[0]
    last = start(0)
    assert ends.pop('served') == 1 and last > first + 1000
    for nth in range(first + 1, last, STRIDE_START):
        start(nth)
    assert ends['ended'] > 0 or not lasting
    print('%s: %d allocations of a start failed: %s'
          % (program, sum(ends.values()), dict(ends)))


@means.wanted('scarce')
def test_none_for_the_reader(system, scarce):
    """libxml2 has lost what it could not enlarge: after the 503 the worker
    ends by itself, and its successor serves. The message is invalid, so that
    503 can come of nothing behind the reader."""
    control = scarce[1]
    ends = Counter()
    with scarce_worker(system, 'register', scarce) as worker:
        for nth in range(1, 1000):
            worker.ready()
            first = worker.process
            control.arm(nth)
            answer = worker.try_call('POST', '/device/register',
                                     '<a xmlns="urn:tallystick:1"/>')
            refused = control.counted()[1]
            control.arm(0)
            if refused == 0:
                break
            worker.ready()
            ends[answer and answer.status, first.poll()] += 1
    assert answer.status == 422
    assert {status for status, _ in ends} == {None, 503}
    assert ends[503, 0] > 9 and ends[503, None] == 0, ends


@means.wanted('scarce')
def test_the_front_says_unavailable_for_a_worker_that_ended(system, scarce):
    """As a problem document, or a screen; and the next request is served."""
    control = scarce[1]
    device = system.paired()
    control.arm(0)
    with scarce_worker(system, 'report', scarce) as worker, \
            worker.in_front():
        worker.ready()
        control.arm(1, True)
        answer = device.report(job())
        assert (answer.status, answer.problem) in (
            (502, 'unavailable'), (503, 'unavailable'))
        assert int(answer.headers['retry-after']) >= 1
        control.arm(0)
        assert device.report(job()).status == 200
    with scarce_worker(system, 'status', scarce) as worker, \
            worker.in_front():
        worker.ready()
        control.arm(1, True)
        answer = device.browser.get('/status')
        assert (answer.status, answer.screen) == (503, 'unavailable')
        control.arm(0)
        assert device.browser.see('/status').screen == 'status'


class Large(Report):
    """Needs memory that no earlier request left behind."""
    count = 900


@means.wanted('as', 'prlimit')
@pytest.mark.parametrize('kind', (Large, Status),
                         ids=lambda kind: kind.__name__)
def test_little_address_space(system, kind):
    """A worker that runs may have no more than it has, or a little more; and
    it, or its successor, serves again once it may."""
    refused = 0
    with Worker(system, kind.program, followed=True) as worker:
        for more in (0, 4096, 65536, 1 << 18):
            worker.ready()
            status = pathlib.Path('/proc/%d/status' % worker.process.pid)
            size = int(status.read_text().split('VmSize:')[1].split()[0])
            limit(worker, size * 1024 + more)
            one = kind(system)
            answer = one.send(worker)
            limit(worker, resource.RLIM_INFINITY)
            refused += not one.judge(answer)
        assert refused > 0, 'the limit did not bite'


def limit(worker, size):
    """Of the address space; of nobody if the worker ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(worker.process.pid, resource.RLIMIT_AS,
                         (size, resource.RLIM_INFINITY))
