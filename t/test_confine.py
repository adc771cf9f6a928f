"""Workers lock themselves in: what no request needs kills them, and what they
need goes on."""
import concurrent.futures
import re
import shutil
import signal
import subprocess
import time

import pytest

from system import HERE, PROGRAMS, eventually
from worker import Worker

HOLDS = ('no core file', 'no new process', '64 descriptors',
         '64 MiB of data', 'no new rights', 'no debugger')
FILTER = 'system calls filtered'
PLANTS = ('open', 'execve', 'fork', 'netlink', 'packet', 'ptrace',
          'dumpable', 'kill', 'unlink', 'openat2', 'io_uring', 'mprotect',
          'mmap', 'i386')
OFF = {'system-call-filter': 'off'}
# What each program answers a stranger.
URLS = {'register': ('POST', '/device/register', 415),
        'connect': ('GET', '/device/connect', 401),
        'instruct': ('POST', '/device/instruct', 415),
        'report': ('POST', '/device/report', 415),
        'pair': ('GET', '/pair', 200), 'status': ('GET', '/status', 303)}


@pytest.fixture(scope='module')
def planted(system):
    """t/planted.c, compiled, where the workers' account can read it."""
    compiler = shutil.which('cc')
    if compiler is None:
        pytest.skip('there is no C compiler')
    library = system.folder / 'planted.so'
    subprocess.run([compiler, '-shared', '-fPIC', '-o', str(library),
                    str(HERE / 'planted.c'), '-ldl'], check=True)
    library.chmod(0o755)
    return library


def ask(worker, **more):
    method, path, status = URLS[worker.name]
    answer = worker.call(method, path, **more)
    assert answer.status == status, answer
    return answer


def filtered(worker):
    """Skips where the build or the kernel has no filter."""
    ask(worker)
    if FILTER not in worker.said():
        pytest.skip('no filter here: ' + worker.said())


@pytest.mark.parametrize('name', PROGRAMS)
def test_what_holds_is_read_back_and_logged(system, name):
    with Worker(system, name) as worker:
        ask(worker)
        said = re.search(r'info confined: (.*)', worker.said()).group(1)
        for words in HOLDS:
            assert words in said
        assert FILTER in said and 'not confined' not in worker.said()
        status = subprocess.run(
            ['cat', '/proc/%d/status' % worker.process.pid],
            capture_output=True, text=True).stdout
        assert 'Seccomp:\t2' in status and 'NoNewPrivs:\t1' in status
        limits = subprocess.run(
            ['cat', '/proc/%d/limits' % worker.process.pid],
            capture_output=True, text=True).stdout
        for resource, most in (('core file size', 0), ('processes', 0),
                               ('open files', 64),
                               ('data size', 64 * 1024 * 1024)):
            assert re.search(r'Max %s +%d +%d ' % (resource, most, most),
                             limits), limits


def test_what_does_not_hold_is_logged(system):
    with Worker(system, 'connect', OFF) as worker:
        ask(worker)
        assert re.search('warning not confined: .*64 MiB of data.*' + FILTER,
                         worker.said()), worker.said()
        assert re.search('info confined: .*no core file.*no debugger',
                         worker.said())


@pytest.mark.parametrize('name', PROGRAMS)
@pytest.mark.parametrize('plant', ('open', 'execve'))
def test_a_planted_call_kills(system, planted, name, plant):
    with Worker(system, name, preload=planted) as worker:
        filtered(worker)
        ask(worker, PLANTED='socket')
        assert 'planted socket: ' in worker.said()
        with pytest.raises(ConnectionError):
            ask(worker, PLANTED=plant)
        assert worker.ended() == -signal.SIGSYS
        assert 'planted %s:' % plant not in worker.said()
        worker.start()
        ask(worker)


@pytest.mark.parametrize('plant', [plant for plant in PLANTS
                                   if plant not in ('open', 'execve')])
def test_other_planted_calls_kill(system, planted, plant):
    with Worker(system, 'report', preload=planted) as worker:
        filtered(worker)
        with pytest.raises(ConnectionError):
            ask(worker, PLANTED=plant)
        assert worker.ended() == -signal.SIGSYS


def test_without_the_filter_the_same_calls_pass(system, planted):
    with Worker(system, 'report', OFF, preload=planted) as worker:
        for plant in PLANTS:
            ask(worker, PLANTED=plant)
            assert 'planted %s: ' % plant in worker.said()
        for passed in ('open', 'fork', 'netlink', 'kill', 'mprotect'):
            assert re.search('planted %s: [0-9]+, error 0' % passed,
                             worker.said()), worker.said()


def same_workers(system, names, act):
    """What act returns; it must not cost a worker."""
    before = {name: set(system.workers(name)) for name in names}
    came = act()
    assert {name: set(system.workers(name)) for name in names} == before
    return came


@pytest.mark.parametrize('means', ('kill', 'restart'))
def test_a_lost_database_connection_is_opened_again(system, means):
    """By the same, locked workers."""
    def lose():
        if means == 'restart':
            system.part('restart', 'mariadbd')
            return
        rows = system.mariadb(
            'client-root', "SELECT id FROM information_schema.processlist "
            "WHERE user LIKE 'tallystick-%' AND user <> "
            "'tallystick-deliver'").stdout.split()
        assert len(rows) >= len(PROGRAMS)
        system.mariadb('client-root', ''.join('KILL %s;' % row
                                              for row in rows))

    def story():
        for _ in range(3):
            lose()
            assert eventually(system.healthy, 20)
            device = system.paired()
            for _ in range(20):
                assert device.report().status == 200
            assert device.browser.see('/status').screen == 'status'
            assert system.device().try_register().status == 201
    assert eventually(system.healthy, 20)
    same_workers(system, PROGRAMS, story)


def test_a_lost_wake_up_socket_is_opened_again(system):
    """Of each instruct worker; who is not woken would wait for 50 s."""
    device = system.paired()
    lost = system.logs().count(b'got lost')

    def story():
        system.part('restart', 'nginx')
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for action, service in (('stop', 'stopped'),
                                    ('start', 'started')) * 12:
                version = device.connect(0).version
                waits = pool.submit(device.connect_held, version)
                time.sleep(0.05)
                assert device.instruct(action).service == service
                assert waits.result(10).service == service
    same_workers(system, PROGRAMS, story)
    assert system.logs().count(b'got lost') == lost
