"""Workers lock themselves in: what no request needs kills them, and what they
need goes on."""
import concurrent.futures
import re
import signal
import subprocess
import time

import pytest

from client import supply
from courier import courier  # noqa: F401
from database import Database
from system import PROGRAMS, eventually
from worker import Worker

HOLDS = ('no core file', 'no new process', '64 descriptors',
         '64 MiB of data', 'no new rights', 'no debugger')
FILTER = 'system calls filtered'
PLANTS = ('open', 'write', 'execve', 'fork', 'netlink', 'packet', 'ptrace',
          'dumpable', 'kill', 'unlink', 'openat2', 'io_uring', 'mprotect',
          'mmap', 'i386')
OFF = {'system-call-filter': 'off'}
# What a courier may do, too: it looks up names and reads certificates.
ABROAD = ('open', 'netlink', 'socket')
# What each program answers a stranger.
URLS = {'register': ('POST', '/device/register', 415),
        'connect': ('GET', '/device/connect', 401),
        'instruct': ('POST', '/device/instruct', 415),
        'report': ('POST', '/device/report', 415),
        'pair': ('GET', '/pair', 200), 'status': ('GET', '/status', 303)}


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


@pytest.mark.parametrize('name', PROGRAMS)
def test_a_worker_s_own_end_is_no_crime(system, name):
    with Worker(system, name, {'requests-max': '1'}) as worker:
        ask(worker)
        assert worker.ended() == 0
        assert 'worker %d ends' % worker.process.pid in worker.said()


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


def test_a_courier_is_locked_in(system, courier, planted):
    """From what would serve somebody who took it over; not from its work."""
    order, = system.paired().report(supply(5)).orders

    def attempt(plant, **keys):
        system.sql("UPDATE supply_order SET state = 'queued', lease_until = "
                   "NULL, due_at = created_at WHERE uuid = '%s'" % order)
        return courier({'LD_PRELOAD': str(planted), 'PLANTED': plant}, **keys)
    if attempt('dumpable').returncode == 0:
        pytest.skip('no filter here')
    for plant in {*PLANTS} - {*ABROAD}:
        done = attempt(plant)
        assert done.returncode == -signal.SIGSYS, (plant, done)
        assert 'planted ' not in done.stderr
        done = attempt(plant, system_call_filter='off')
        assert 'planted %s: ' % plant in done.stderr
        assert done.stdout.startswith('delivered 1,'), (plant, done)
    for plant in ABROAD:
        done = attempt(plant)
        assert re.search('planted %s: [0-9]+, error 0' % plant, done.stderr)
        assert done.stdout.startswith('delivered 1,'), (plant, done)


def test_a_courier_tells_what_holds(system):
    said = (system.run / 'log' / 'deliver.log').read_text()
    assert re.search('info confined: no core file, no new rights, no debugger'
                     ', system calls filtered$', said, re.M), said


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
                before = system.holding()
                waits = pool.submit(device.connect_held, version)
                assert eventually(lambda: system.holding() > before)
                assert device.instruct(action).service == service
                assert waits.result(10).service == service
    same_workers(system, PROGRAMS, story)
    assert system.logs().count(b'got lost') == lost


@pytest.fixture(scope='module')
def database(system):
    database = Database(system)
    yield database
    database.close()


def token_is_asked_of(worker):
    """Whether the store was asked: 401 for a token that nobody has."""
    return worker.call('GET', '/device/connect',
                       HTTP_AUTHORIZATION='Bearer ' + 'A' * 43)


def lose_connection(database):
    rows = database.sql("SELECT id FROM information_schema.processlist WHERE "
                        "user = 'tallystick-connect'").split()
    assert len(rows) == 1
    database.sql('KILL %s' % rows[0])


@pytest.mark.parametrize('plugin', ('mysql_native_password', 'ed25519'))
def test_a_connection_by_address_is_opened_again(system, database, plugin):
    database.account('tallystick-connect', plugin)
    with Worker(system, 'connect', {
            'database': database.tcp('tallystick-connect')}) as worker:
        for _ in range(3):
            assert token_is_asked_of(worker).status == 401
            lose_connection(database)
        assert token_is_asked_of(worker).status == 401
        assert worker.process.poll() is None


@pytest.mark.parametrize('plugin', ('mysql_native_password', 'ed25519'))
def test_a_database_that_comes_later_is_found(system, database, plugin):
    """With the plugin that its account asks for, which is a file."""
    database.account('tallystick-connect', plugin)
    database.stop()
    with Worker(system, 'connect', {
            'database': database.tcp('tallystick-connect')}) as worker:
        for _ in range(2):
            assert token_is_asked_of(worker).status == 503
        database.start()
        assert token_is_asked_of(worker).status == 401
        assert worker.process.poll() is None


def test_where_tls_takes_files_the_worker_ends(system, database):
    """With 503, and its successor reads them."""
    database.account('tallystick-connect', 'mysql_native_password')
    with Worker(system, 'connect', {
            'database': database.tls('tallystick-connect')}) as worker:
        for _ in range(2):
            for _ in range(3):
                assert token_is_asked_of(worker).status == 401
            lose_connection(database)
            assert token_is_asked_of(worker).status == 503
            assert worker.ended() == 0
            assert 'the worker ends' in worker.said()
            worker.start()
        assert token_is_asked_of(worker).status == 401


def test_where_a_name_takes_the_resolver_the_worker_ends(system, database):
    database.account('tallystick-connect', 'mysql_native_password')
    with Worker(system, 'connect', {'database': database.options(
            'tallystick-connect', 'host = localhost', 'protocol = 1',
            'port = %d' % database.port)}) as worker:
        assert token_is_asked_of(worker).status == 401
        lose_connection(database)
        assert token_is_asked_of(worker).status == 503
        assert worker.ended() == 0
        worker.start()
        assert token_is_asked_of(worker).status == 401


def test_a_connection_by_tls_is_opened_again_where_files_can_be(system,
                                                                database):
    """Lost within TLS it reads otherwise, and is as lost."""
    database.account('tallystick-connect', 'mysql_native_password')
    with Worker(system, 'connect', dict(OFF, database=database.tls(
            'tallystick-connect'))) as worker:
        for _ in range(3):
            assert token_is_asked_of(worker).status == 401
            lose_connection(database)
        assert token_is_asked_of(worker).status == 401
        assert 'database: statement 0, try 1: 2026 ' in worker.said()
