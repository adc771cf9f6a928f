"""Each system call that a worker makes, from its start to its answer, fails
once in each way that it can, or the worker is killed in it. Never acknowledged
falsely, never the client's fault, never stuck."""
import time
from collections import Counter

import pytest

import means
from injection import faults, places, traced
from kinds import KINDS
from system import PROGRAMS
from worker import Worker

STRIDE = means.stride(31, 5)
STRIDE_START = means.stride(211, 23)
LIMIT_S = 20


def under(system, kind, words, lost=False):
    """One request to a fresh worker under strace. out: the answer, what
    strace wrote. lost: its database connection is gone by then. Without the
    filter of system calls: that sees an injected call as none that there is,
    and would kill the worker at each."""
    with Worker(system, kind.program, alone=True, conf={
            'system-call-filter': 'off'}, before=[
            'strace', '-o', '@/trace', *words]) as worker:
        one = kind(system)
        if lost and worker.try_call('PUT', '/') is not None:
            disconnect(system, kind.program)
        begin = time.monotonic()
        answer = one.send(worker)
        assert time.monotonic() - begin < LIMIT_S, 'stuck'
        return one, answer, worker.end()


def disconnect(system, program):
    """End all connections of a program to the database."""
    done = system.mariadb('client-root', "KILL CONNECTION USER "
                          "'tallystick-%s'@localhost" % program)
    assert done.returncode == 0, done.stderr


def endure(system, kind, name, nth, fault, ends, lost=False):
    one, answer, log = under(system, kind, [
        '-e', 'trace=' + name, '-e',
        'inject=%s:%s:when=%d' % (name, fault, nth)], lost)
    if 'INJECTED' not in log and 'killed by SIGKILL' not in log:
        # It made fewer of these calls this time.
        assert one.judge(answer), answer
        return
    try:
        done = one.judge(answer)
    except AssertionError as error:
        raise AssertionError('%s %d %s: %s' % (name, nth, fault, error)) \
            from error
    ends['done' if done else 'closed' if answer is None else '503'] += 1


def sweep(system, kind, positions, ends, lost=False, stride=STRIDE):
    wanted = [(name, nth, fault) for name, nth in positions
              for fault in faults(name)]
    assert wanted, 'no call to fail'
    offset = len(kind.__name__) % min(stride, len(wanted))
    for name, nth, fault in wanted[offset::stride]:
        endure(system, kind, name, nth, fault, ends, lost)
    assert sum(ends.values()) > 0, 'no call was failed'


def tell(kind, ends):
    print('%s: %d calls failed, %d acknowledged all the same, %d answered '
          '503, %d ended without an answer' % (
              kind.__name__, sum(ends.values()), ends['done'], ends['503'],
              ends['closed']))


@means.wanted('strace')
@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.__name__)
def test_each_call_of_a_request_fails(system, kind):
    one, answer, log = under(system, kind, [])
    assert one.judge(answer)
    names = traced(log)
    first = names.index('accept')
    ends = Counter()
    sweep(system, kind, list(places(names))[first:], ends)
    tell(kind, ends)


@means.wanted('strace')
@pytest.mark.parametrize('program', PROGRAMS)
def test_each_call_of_a_start_fails(system, program):
    """A worker that came up in part must not serve as if it were whole."""
    kind = next(kind for kind in KINDS if kind.program == program)
    names = traced(under(system, kind, [])[2])
    # What precedes main is the loader's.
    first = names.index('prctl')
    last = names.index('accept')
    ends = Counter()
    sweep(system, kind, list(places(names))[first:last], ends,
          stride=STRIDE_START)
    tell(kind, ends)


@means.wanted('strace')
@pytest.mark.parametrize('program', PROGRAMS)
def test_each_call_of_a_new_connection_fails(system, program):
    """The database was away; the worker connects again in the request."""
    kind = next(kind for kind in KINDS if kind.program == program)
    names = traced(under(system, kind, [], lost=True)[2])
    begun = [at for at, name in enumerate(names) if name == 'accept'][1]
    assert 'connect' in names[begun:], names[begun:]
    ends = Counter()
    sweep(system, kind, list(places(names))[begun:], ends, lost=True)
    tell(kind, ends)
