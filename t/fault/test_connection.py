"""The connection to MariaDB, as it is on the wire: under which settings, for
how long a silent server is awaited, what is told of a server that has lost its
quorum, and what a server that is none of ours gets out of us."""
import contextlib
import functools
import re
import socket
import threading
import time

import pytest

from client import job
from database import Database
from line import Line
from proxy import Proxy, both_ways, pump
from system import PROGRAMS
from wire import error_packet
from wired import Wired, bearer
from worker import Worker

SETTINGS = {
    'sql_mode': 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,'
                'ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
    'time_zone': '+00:00', 'tx_isolation': 'READ-COMMITTED',
    'autocommit': '1', 'innodb_snapshot_isolation': '1',
    'wsrep_sync_wait': '1',
    'innodb_lock_wait_timeout': '3', 'max_statement_time': '4.000000',
    'character_set_client': 'utf8mb4', 'character_set_results': 'utf8mb4',
    'character_set_connection': 'utf8mb4',
    'collation_connection': 'utf8mb4_bin',
}
FOUND_ROWS, LOCAL_FILES, MULTI_STATEMENTS = 2, 128, 1 << 16


@pytest.fixture
def report(system):
    with Wired(system, 'report') as worker:
        worker.ready()
        yield worker


def settings(session):
    names = sorted(SETTINGS)
    row, = session.ask('SELECT ' + ', '.join('@@' + name for name in names))
    return dict(zip(names, row))


@pytest.mark.parametrize('name', PROGRAMS)
def test_settings(system, name):
    """As the server has them, and none that the account could turn against
    us."""
    with Wired(system, name) as worker:
        worker.ready()
        session = worker.wire.sessions[-1]
        assert settings(session) == SETTINGS
        flags = int.from_bytes(session.login[:4], 'little')
        assert flags & (FOUND_ROWS | LOCAL_FILES | MULTI_STATEMENTS) == 0


class Other(Line):
    """To a server that says other words than ours, and is asked others."""

    def __init__(self, system, ours, other):
        assert len(ours) == len(other)
        self.ours, self.other = ours.encode(), other.encode()
        super().__init__(system)

    def change(self, piece):
        return piece.replace(self.ours, self.other)


def diagnosed(system, word, ours, other):
    """The doctor's lines about an other server."""
    with Other(system, ours, other) as line:
        said = system.command('doctor', conf=system.configure(
            system.run / 'other.conf', line.conf())).stdout
    return [line for line in said.splitlines() if word in line]


def test_doctor_misses_a_setting(system):
    """An older server takes all but the one that it does not know."""
    name = 'innodb_snapshot_isolation'
    assert diagnosed(system, name, name, name) == []
    told, = diagnosed(system, name, name, name[:-1] + 'x')
    assert told.startswith('WARN') and 'update MariaDB' in told


def test_a_server_that_knows_no_cluster(system):
    """All the others are set."""
    words = 'wsrep_sync_wait', 'wsrep_sync_waix'
    assert diagnosed(system, 'innodb_snapshot_isolation', *words) == []
    told, = diagnosed(system, 'MariaDB', *words)
    assert told.startswith('OK')


@pytest.mark.parametrize('other,level', [
    ('10.6.20-', 'FAIL'), ('10.11.16-', 'WARN'), ('10.11.17-', 'OK'),
    ('11.0.1-', 'OK')])
def test_doctor_reads_the_release(system, other, level):
    ours, = system.sql('SELECT VERSION()')[0]
    line, = diagnosed(system, 'MariaDB', ours, other + ours[len(other):])
    assert line.startswith(level), line


def test_settings_of_another_connection(report, paired):
    """Never opened behind our back: all is set and prepared again."""
    report.wire.cut_answer(7)
    assert report.report(paired, job()).counts == (0, 1)
    first, second = report.wire.sessions
    assert settings(second) == SETTINGS
    assert first.queries[-1] in second.queries
    assert second.login[:8] == first.login[:8]


def test_settings_a_server_has_otherwise(system, paired):
    """Whatever its administrator has set for all."""
    change = ("SET GLOBAL autocommit = %d, GLOBAL sql_mode = %s, "
              "GLOBAL innodb_lock_wait_timeout = %d")
    was, = system.mariadb('client-root', 'SELECT @@global.sql_mode, '
                          '@@global.innodb_lock_wait_timeout').stdout \
        .splitlines()
    mode, wait = was.split('\t')
    try:
        system.mariadb('client-root', change % (0, "''", 50))
        with Wired(system, 'connect') as worker:
            worker.ready()
            assert settings(worker.wire.sessions[-1]) == SETTINGS
    finally:
        system.mariadb('client-root', change % (1, "'%s'" % mode, int(wait)))


@pytest.mark.parametrize('number', [1047, 1180])
def test_no_quorum(report, paired, number):
    """503 at once, asked once, and the next request asks anew."""
    calls, sessions = report.wire.calls, len(report.wire.sessions)
    report.wire.answer_instead(error_packet(number))
    begun = time.monotonic()
    answer = report.report(paired, job())
    assert time.monotonic() - begun < 2
    assert answer.status == 503 and answer.problem == 'unavailable'
    assert int(answer.headers['retry-after']) >= 1
    assert report.wire.calls == calls + 1
    assert report.report(paired, job()).counts == (1, 0)
    assert len(report.wire.sessions) == sessions + 1


def test_a_duplicate_for_ever(report, paired):
    """A broken invariant: five tries, a pause between, no more."""
    seen = []

    def again(*_):
        seen.append(time.monotonic())
        report.wire.answer_instead(error_packet(1062, 'who knows', '23000'))
        report.wire.plan, plan = again, report.wire.plan
        return plan(*_)
    report.wire.plan = again
    answer = report.report(paired, job())
    report.wire.plan = None
    assert answer.status == 503
    assert len(seen) == 5 and seen[-1] - seen[0] < 2
    assert 'who knows' not in report.said()
    assert report.report(paired, job()).counts == (1, 0)


def test_a_silent_server(report, paired):
    """Five seconds, then another connection; what was done is done once."""
    go_on = threading.Event()
    report.wire.hold_answer(go_on)
    begun = time.monotonic()
    answer = report.report(paired, job())
    assert 4 < time.monotonic() - begun < 15
    go_on.set()
    assert answer.counts == (0, 1)


def test_a_server_that_does_not_greet(report, paired):
    """Two seconds, then 503."""
    report.wire.mute.set()
    report.wire.cut_request(0)
    begun = time.monotonic()
    answer = report.report(paired, job())
    assert 1 < time.monotonic() - begun < 10
    assert answer.status == 503
    report.wire.mute.clear()
    assert report.report(paired, job()).counts == (1, 0)


def test_no_file_of_ours(report, paired):
    """A server may ask any client for any file, at its first query: it gets
    none."""
    got = []
    report.wire.cut_request(0)
    report.wire.ask_for_file('/etc/hostname', got)
    assert report.report(paired, job()).status == 503
    assert report.wire.query_plan is None
    assert got in ([], [b''])
    assert report.report(paired, job()).counts == (1, 0)


def test_no_network_in_the_clear(system, paired):
    """By TCP without TLS nothing is asked, and 503 is told."""
    with Wired(system, 'report', tcp=True) as worker:
        answer = worker.report(paired, job())
        assert answer.status == 503
        assert 'has no verified TLS' in worker.said()
        assert worker.wire.calls == 0
        assert re.search('127.0.0.2', worker.said())


@pytest.fixture(scope='module')
def database(system):
    database = Database(system)
    database.account('tallystick-connect', 'mysql_native_password')
    yield database
    database.close()


class Tap(Proxy):
    """A network's way to a database, which keeps what goes there, and may
    say that there is no TLS."""

    def __init__(self, port, host, has_tls):
        self.target, self.has_tls, self.heard = port, has_tls, bytearray()
        self.listen(host=host)

    def serve(self, near, _):
        with socket.create_connection(('127.0.0.1', self.target)) as far:
            greeting = bytearray(far.recv(4096))
            if not self.has_tls:
                # Behind version, thread, scramble: 0x0800, the low byte first.
                greeting[greeting.index(0, 5) + 15] &= ~8
            near.sendall(greeting)
            both_ways(near, far, functools.partial(
                pump, heard=self.heard.extend), pump)


AUTHORITY, OTHER = 'ssl-ca = %s/ca.pem', 'ssl-ca = %s/other-ca.pem'
VERIFIED = 'ssl-verify-server-cert = 1'
UNVERIFIED = 'has no verified TLS: set ssl-ca and ssl-verify-server-cert=1'


@pytest.mark.parametrize('lines,host,has_tls,problem', [
    ((AUTHORITY, VERIFIED), '127.0.0.2', True, None),
    ((), '127.0.0.2', True, UNVERIFIED),
    (('ssl-enforce = 1',), '127.0.0.2', True, UNVERIFIED),
    ((AUTHORITY,), '127.0.0.2', True, UNVERIFIED),
    ((OTHER, VERIFIED), '127.0.0.2', True,
     'TLS/SSL error: self.signed certificate'),
    ((AUTHORITY, VERIFIED), '127.0.0.3', True,
     'TLS/SSL error: Validation of SSL server certificate failed'),
    ((AUTHORITY, VERIFIED), '127.0.0.2', False,
     'TLS/SSL error: SSL is required, but the server does not support it'),
], ids=('right', 'none', 'any', 'no-name', 'authority', 'name', 'stripped'))
def test_only_the_server_that_was_meant(system, database, lines, host,
                                        has_tls, problem):
    """On a network: with TLS, by that authority, and of that name. Who says
    that he wants TLS says nothing in the clear, not even who he is."""
    tap = Tap(database.port, host, has_tls)
    options = database.options(
        'tallystick-connect', 'host = ' + host, 'port = %d' % tap.port,
        *(line.replace('%s', str(database.folder)) for line in lines))
    with contextlib.closing(tap), Worker(
            system, 'connect', {'database': options}) as worker:
        answer = worker.call('GET', '/device/connect', **bearer('A' * 43))
        assert answer.status == (503 if problem else 401)
        assert problem is None or re.search(problem, worker.said())
        assert (b'tallystick' in tap.heard) is (lines == ())
