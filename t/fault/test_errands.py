"""The courier and purge without memory, without descriptors, with failing
system calls, with a full log: see errands.py for what must hold."""
import contextlib
import pathlib
import resource
import time
from collections import Counter

import pytest

import means
from courier import courier, names  # noqa: F401
from errands import ERRANDS, Delivery
from injection import faults, places, traced
from scarce import scarce  # noqa: F401
from system import eventually

STRIDE = means.stride(397, 29)
STRIDE_CALLS = means.stride(97, 7)
# Through the work itself. Where memory never comes back a run waits some
# seconds for a database that it cannot tell anything.
STEP = {False: max(1, STRIDE // 29), True: max(1, STRIDE // 4)}
LIMIT_S = 30


@pytest.fixture(params=ERRANDS, ids=lambda kind: kind.__name__)
def errand(request, system, receiver, courier):
    return request.param(system, receiver, courier)


def tell(errand, what, ends):
    assert sum(ends.values()) > 0, 'nothing failed'
    print('%s: %d %s failed: %d done all the same, %d at the next run, and '
          '%d where it died' % (errand.words[0], sum(ends.values()), what,
                                ends[True], ends[False], ends['died']))


def attempt(errand, ends, what, **more):
    """Once, with the fault; out: how it ran."""
    errand.begin()
    begin = time.monotonic()
    run = errand.run(**more)
    assert time.monotonic() - begin < LIMIT_S, (what, run)
    try:
        done = errand.judge(run)
    except AssertionError as error:
        raise AssertionError('%s: %s: %r' % (what, error, run)) from error
    ends['died' if run.returncode < 0 and not done else done] += 1


@means.wanted('scarce')
@pytest.mark.parametrize('lasting', (False, True), ids=('once', 'for-ever'))
def test_each_allocation_fails(errand, scarce, lasting):
    library, control = scarce
    environment = {'LD_PRELOAD': str(library),
                   'SCARCE_FILE': str(control.path)}
    ends = Counter()

    def fail(nth):
        control.arm(nth, lasting)
        attempt(errand, ends, 'allocation %d' % nth, environment=environment)
    # What precedes main is the libraries'.
    control.arm(0)
    assert errand.run('--help', environment=environment).returncode == 64
    first = control.counted()[0]
    fail(0)
    total = control.counted()[0]
    assert ends.pop(True) == 1 and total > first + 500
    # Most are the start's; the end is the work.
    for nth in {*range(first + 1, total, STRIDE),
                *range(total - 120, total, STEP[lasting])}:
        fail(nth)
    tell(errand, 'allocations', ends)


@means.wanted('strace')
def test_each_call_fails(system, errand):
    trace = system.run / 'tmp' / 'trace'
    ends = Counter()

    def traced_run(what, *words):
        attempt(errand, ends, what,
                before=['strace', '-f', '-o', str(trace), *words])
        return pathlib.Path(trace).read_text(errors='replace')
    log = traced_run('nothing')
    assert ends.pop(True) == 1
    mine = ''.join(line for line in log.splitlines(True)
                   if line.split()[0] == log.split()[0])
    names = traced(mine)
    # What precedes main is the loader's.
    positions = list(places(names))[names.index('prctl'):]
    wanted = [(name, nth, fault) for name, nth in positions
              for fault in faults(name)]
    for name, nth, fault in wanted[::STRIDE_CALLS]:
        traced_run('%s %d %s' % (name, nth, fault), '-e', 'trace=' + name,
                   '-e', 'inject=%s:%s:when=%d' % (name, fault, nth))
    tell(errand, 'calls', ends)


def limited(pid, limit, most):
    kept = resource.prlimit(pid, limit)
    resource.prlimit(pid, limit, (most, kept[1]))
    return kept[0]


def descriptors(pid, most):
    return limited(pid, resource.RLIMIT_NOFILE, most)


@contextlib.contextmanager
def watching(errand, tmp_path):
    """It goes on by itself. yields its process and a function: its log."""
    log = tmp_path / 'log'
    with open(log, 'wb') as out, errand.start('--watch', out) as process:
        try:
            yield process, log.read_text
            assert process.poll() is None, log.read_text()
        finally:
            process.kill()


def starve(system, process, account):
    """It loses its connections, and may open nothing. out: what it may open
    otherwise."""
    kept = descriptors(process.pid, 3)
    done = system.mariadb('client-root', "KILL CONNECTION USER '%s'@localhost"
                          % account)
    assert done.returncode == 0, done
    return kept


@means.wanted('nofile', 'prlimit', 'faketime')
def test_no_descriptors(system, errand, tmp_path):
    """It says so, does nothing by halves, and goes on when it can."""
    errand.begin()
    with watching(errand, tmp_path) as (process, log):
        assert eventually(errand.is_done, 10), log()
        kept = starve(system, process, errand.account)
        errand.begin()
        assert eventually(lambda: 'error database' in log(), 20), log()
        time.sleep(1)
        assert not errand.is_done()
        descriptors(process.pid, kept)
        assert eventually(errand.is_done, 20), log()


@means.wanted('nofile', 'prlimit')
def test_no_descriptor_for_an_attempt(system, receiver, courier, tmp_path):
    """The database is there, and a connection to the target cannot be."""
    errand = Delivery(system, receiver, courier)
    errand.begin()
    with watching(errand, tmp_path) as (process, log):
        assert eventually(errand.is_done, 10), log()
        kept = descriptors(process.pid, 3)
        errand.begin()
        assert eventually(lambda: 'attempt 1: ' in log().split(
            'delivered', 1)[1], 20), log()
        assert not errand.is_done()
        assert len(receiver.of(errand.device)) == errand.seen
        descriptors(process.pid, kept)
        errand.release()
        assert eventually(errand.is_done, 20), log()


@means.wanted('nproc', 'prlimit')
def test_no_thread_for_a_name(system, receiver, courier, names,  # noqa: F811
                              tmp_path):
    """Names are looked up beside the work, by a thread of libcurl's."""
    errand = Delivery(system, receiver, courier)
    errand.clock = names('127.0.0.1')
    courier.configure(
        webhook_url=receiver.url.replace('127.0.0.1', 'shop.example'),
        webhook_allow='shop.example:%d' % receiver.port)
    errand.begin()
    assert errand.judge(errand.run(environment=errand.clock))
    with watching(errand, tmp_path) as (process, log):
        assert eventually(lambda: 'confined' in log(), 10)
        kept = limited(process.pid, resource.RLIMIT_NPROC, 0)
        errand.begin()
        assert eventually(lambda: 'attempt 1: ' in log(), 20), log()
        assert not errand.is_done(), log()
        assert len(receiver.of(errand.device)) == errand.seen
        limited(process.pid, resource.RLIMIT_NPROC, kept)
        errand.release()
        assert eventually(errand.is_done, 20), log()


@means.wanted('dev-full')
def test_a_full_log(errand):
    errand.begin()
    with open('/dev/full', 'wb') as full:
        assert errand.judge(errand.run(log=full))
