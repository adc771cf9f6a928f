"""Transactions against others: deadlocks, rows changed since they were read,
locks that do not yield, duplicates. Whoever asked is answered right in the
end, with the effect of one, or 503 and nothing is done.

The others are sessions of the tests, which lock what the programs want.
"""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import job, new_address, new_code, supply
from store import Store
from system import eventually
from wired import Road, Wired


@pytest.fixture
def later():
    """later(call): begin it; .result() waits for it."""
    with ThreadPoolExecutor(8) as pool:
        yield pool.submit


# Both are closed before anybody waits for what waits for their locks.
@pytest.fixture
def other(system, later):
    """A session of the operator's account."""
    made = Store(system)
    yield made
    made.close()


@pytest.fixture
def third(system, later):
    made = Store(system)
    yield made
    made.close()


def registration_of(store, device):
    """(id, line) of the newest."""
    return store.sql("SELECT id, line FROM registration WHERE device_id = "
                     "'%s' ORDER BY id DESC LIMIT 1" % device.device_id)[0]


def episode_insert(line):
    return ("INSERT INTO episode (line, slot, episode, type, colorant, "
            "opened_at) VALUES (%s, 1, 1, 'toner', 'cyan', UTC_TIMESTAMP())"
            % line)


def order_insert(line, registration):
    return ("INSERT INTO supply_order (uuid, line, slot, episode, "
            "registration, reason, type, percent, created_at, changed_at, "
            "due_at) VALUES (UUID(), %s, 1, 1, %s, 'the test''s', 'toner', "
            "5, UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP() + "
            "INTERVAL 1 HOUR)" % (line, registration))


def watch(system, text):
    """Rows of what only the server's administrator may see."""
    done = system.mariadb('client-root', text)
    assert done.returncode == 0, done.stderr
    return [line.split('\t') for line in done.stdout.splitlines()]


def waits(system, holder):
    """Whether a call comes to wait for a lock of that session's. (Who looks
    more often than every 0.1 s is always shown the same.)"""
    return eventually(lambda: watch(
        system, "SELECT 1 FROM information_schema.INNODB_LOCK_WAITS w "
        "JOIN information_schema.INNODB_TRX t ON t.trx_id = "
        "w.blocking_trx_id WHERE t.trx_mysql_thread_id = "
        + holder.session), every_s=0.15)


def told(system, name, error, since):
    """How often a program's log has it, from that many bytes on."""
    log = (system.run / 'log' / (name + '.log')).read_text()[since:]
    return len(re.findall(r', try \d: %d ' % error, log))


def size(system, name):
    return len((system.run / 'log' / (name + '.log')).read_text())


def effects(system, device):
    """Jobs, episodes, orders, version, state, service."""
    return system.sql(
        "SELECT (SELECT COUNT(*) FROM job j WHERE j.line = r.line), "
        "(SELECT COUNT(*) FROM episode e WHERE e.line = r.line), "
        "(SELECT COUNT(*) FROM supply_order o WHERE o.line = r.line), "
        "r.version, r.state, r.service FROM registration r WHERE device_id = "
        "'%s' ORDER BY id DESC LIMIT 1" % device.device_id)[0]


def misses(system, address):
    return system.sql("SELECT spent FROM guess WHERE scope = 'address' AND "
                      "name = UNHEX('%02X%02X%02X%02X')" % tuple(
                          int(part) for part in address.split('.')))


# --- a deadlock


def test_deadlock(system, other, paired, later):
    """The report has its registration's row and wants the episode, the other
    the other way round: the report, which weighs less, is the victim."""
    registration, line = registration_of(other, paired)
    log = size(system, 'report')
    other.sql('START TRANSACTION')
    other.sql("INSERT INTO admitted_device SELECT CONCAT('weight-', seq), "
              "UTC_TIMESTAMP() FROM seq_1_to_500")
    other.sql(episode_insert(line))
    report = later(lambda: paired.report(job(), supply(5)))
    assert waits(system, other)
    other.sql('SELECT id FROM registration WHERE id = %s FOR UPDATE'
              % registration)
    other.sql('ROLLBACK')
    answer = report.result(20)
    assert answer.counts == (1, 0) and len(answer.orders) == 1
    assert told(system, 'report', 1213, log) == 1
    assert answer.version == paired.version + 1
    assert effects(system, paired)[:3] == ['1', '1', '1']


# --- changed since it was read


def test_changed_since_it_was_read(system, other, paired, later):
    """A double tap of a code that waits: one statement reads what the first
    tap holds and then wants a row that came and went meanwhile. (Its name is
    random, and taken from the wire.)"""
    browser, code = paired.browser, new_code()
    sent = browser.cookies_for('/pair')
    registration, _ = registration_of(other, paired)

    def come(call):
        # Head, kind, statement, flags, count, nulls, types of the ten; then
        # the third of 16 bytes each.
        session = call[4 + 1 + 4 + 1 + 4 + 2 + 1 + 20:][2 * 17 + 1:][:16]
        other.sql("SET @session = UNHEX('%s'); START TRANSACTION; "
                  "INSERT INTO holding VALUES (@session, %s, "
                  "UTC_TIMESTAMP())" % (session.hex(), registration))
    with Wired(system, 'pair') as worker:
        address = new_address()
        assert worker.pair(code, sent, address=address).status == 303
        worker.wire.meet(come)
        tap = later(lambda: worker.pair(code, sent, address=address))
        assert waits(system, other)
        other.sql('DELETE FROM holding WHERE session = @session; COMMIT')
        answer = tap.result(20)
        assert answer.headers['location'].endswith('/status')
        assert worker.said().count(', try 1: 1020 ') == 1
        assert ', try 2:' not in worker.said()
    browser.keep(answer.cookies)
    assert browser.see('/status?registration=%s' % registration).screen \
        == 'status'
    # One of each tap.
    assert misses(system, address) == [['2']]
    assert system.sql('SELECT COUNT(*) FROM holding WHERE registration = %s'
                      % registration) == [['2']]


# --- a lock that yields late, or never


def test_lock_that_yields_late(system, other, paired, later):
    """The first try gives up after three seconds, with its jobs stored
    already: they must not stay when it is all done again."""
    _, line = registration_of(other, paired)
    log = size(system, 'report')
    other.sql('START TRANSACTION')
    other.sql(episode_insert(line))
    report = later(lambda: paired.report(job(), supply(5)))
    assert eventually(lambda: told(system, 'report', 1205, log) == 1)
    other.sql('ROLLBACK')
    answer = report.result(20)
    assert answer.counts == (1, 0) and len(answer.orders) == 1
    assert answer.version == paired.version + 1
    assert effects(system, paired)[:3] == ['1', '1', '1']


def test_locks_that_never_yield(system, other, later):
    """Five tries, each undone whole, then 503; and afterwards all is as if
    nobody had asked."""
    reporting, releasing = system.paired(), system.paired()
    starting = system.paired(start=False)
    starting.report(supply(5))
    releasing.report(supply(60))
    pairing = system.pending()
    devices = (reporting, starting, releasing, pairing)
    rows = {device: registration_of(other, device) for device in devices}
    before = {device: effects(system, device) for device in devices}
    matched = ("SELECT COUNT(*) FROM code WHERE matched_registration = %s"
               % rows[pairing][0])
    logs = {name: size(system, name)
            for name in ('report', 'instruct', 'status', 'pair')}
    other.sql('START TRANSACTION')
    other.sql(episode_insert(rows[reporting][1]))
    other.sql(order_insert(rows[starting][1], rows[starting][0]))
    # An order of its line that would be cancelled, of another slot's.
    other.sql(order_insert(rows[releasing][1], rows[releasing][0]))
    other.sql('SELECT id FROM registration WHERE id = %s FOR UPDATE'
              % rows[pairing][0])
    browser = system.browser()
    calls = [later(call) for call in (
        lambda: reporting.report(job(), supply(5)),
        lambda: starting.instruct('start'),
        lambda: releasing.browser.post('/status', {'action': 'end'}),
        lambda: browser.post('/pair', {'code': pairing.code}))]
    answers = [call.result(40) for call in calls]
    other.sql('ROLLBACK')
    for answer in answers:
        assert answer.status == 503, answer
        assert int(answer.headers['retry-after']) >= 1
    for name, since in logs.items():
        assert told(system, name, 1205, since) == 5
    assert {device: effects(system, device) for device in devices} == before
    assert system.sql(matched) == [['0']]
    assert reporting.report(job(), supply(5)).counts == (1, 0)
    assert len(starting.instruct('start').orders) == 1
    assert releasing.browser.release().screen == 'released'
    browser.pair(pairing)


def test_a_call_that_takes_too_long(system, other, third, paired, later):
    """Two locks, neither held for long: the server ends the call. Nothing of
    it stays, and it is not repeated."""
    registration, line = registration_of(other, paired)
    before = effects(system, paired)
    log = size(system, 'report')
    other.sql('START TRANSACTION')
    other.sql('SELECT id FROM registration WHERE id = %s FOR UPDATE'
              % registration)
    third.sql('START TRANSACTION')
    third.sql(episode_insert(line))
    report = later(lambda: paired.report(job(), supply(5)))
    assert waits(system, other)
    other.sql('DO SLEEP(2.3); ROLLBACK')
    answer = report.result(20)
    assert answer.status == 503, answer
    assert told(system, 'report', 1969, log) == 1
    assert effects(system, paired) == before
    third.sql('ROLLBACK')
    assert paired.report(job(), supply(5)).counts == (1, 0)


# --- duplicates, and what ended meanwhile


def test_somebody_else_orders_first(system, other, paired, later):
    """A duplicate: the repeat finds the order and opens none."""
    registration, line = registration_of(other, paired)
    paired.report(supply(70))
    log = size(system, 'report')
    other.sql('START TRANSACTION')
    other.sql(order_insert(line, registration))
    report = later(lambda: paired.report(job(), supply(5)))
    assert waits(system, other)
    other.sql('COMMIT')
    answer = report.result(20)
    assert answer.counts == (1, 0)
    assert told(system, 'report', 1062, log) == 1
    assert effects(system, paired)[:3] == ['1', '1', '1']
    # Nothing has told its document of an order that no report opened.
    other.sql("DELETE FROM supply_order WHERE line = %s" % line)


def test_ended_while_it_is_paired(system, other, device, browser, later):
    """Found as pending, ended when it is to be changed: the repeat says what
    is so then, and counts the miss once."""
    registration, _ = registration_of(other, device)
    log = size(system, 'pair')
    browser.get('/pair')
    other.sql('START TRANSACTION')
    other.sql('SELECT c.code FROM code c JOIN registration r USING (code) '
              'WHERE r.id = %s FOR UPDATE' % registration)
    pair = later(lambda: browser.submit(device.code))
    assert waits(system, other)
    other.sql("UPDATE registration SET state = 'ended', ended_by = 'expired',"
              " code = NULL, place = NULL, version = version + 1, ended_at ="
              " UTC_TIMESTAMP() WHERE id = %s" % registration)
    other.sql('COMMIT')
    assert pair.result(20).screen == 'code-unknown'
    assert told(system, 'pair', 1644, log) == 1
    assert device.connect(0).status == 410
    assert misses(system, browser.address) == [['1']]


# --- an attempt that is recorded while its device is paired anew


@pytest.fixture
def courier(system):
    """A wire, and how a courier of our own goes by it."""
    system.part('stop', 'deliver')
    road = Road(system)
    yield road.wire, lambda: system.command('deliver', conf=road.conf)
    road.close()
    system.part('start', 'deliver')


def test_paired_anew_while_an_attempt_is_recorded(system, courier, other,
                                                  later):
    """The courier looks for the pairing in force and finds none; then one
    comes, and only then the courier writes. It looks again."""
    wire, deliver = courier
    for _ in range(3):      # its claim takes these, too
        system.paired().report(supply(5))
    old = system.paired()
    order, = old.report(supply(5)).orders
    device = system.device(device_id=old.device_id, code=old.code)

    def record(_):
        old.browser.release()
        device.register()
        other.sql('LOCK TABLES supply_order READ')
    wire.only = order.encode()
    wire.meet(record)
    run = later(deliver)
    assert eventually(lambda: watch(
        system, "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE "
        "LIKE 'Waiting for table metadata lock' AND INFO LIKE "
        "'%FROM supply_order%'"))
    system.browser().pair(device)
    version = device.connect(0).version
    assert device.orders() == {order: (1, 'cancelled')}
    other.sql('UNLOCK TABLES')
    assert run.result(60).returncode == 0
    assert device.orders() == {order: (1, 'delivered')}
    assert device.connect(0).version == version + 1


# --- the same clients, two ways to change a number


def changed_by_many(system, call, clients=6, times=150):
    """out: how many changes were acknowledged."""
    def run(_):
        done = system.mariadb('tallystick', 'SET tx_isolation = '
                              "'READ-COMMITTED';" + (call + ';') * times)
        assert done.returncode == 0, done.stderr
        return sum(int(line) for line in done.stdout.split())
    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(run, range(clients)))


def test_no_update_is_lost(system, other):
    """Read and then write loses what was acknowledged, in this very run; a
    change under a condition, whose row count is the proof, loses nothing."""
    other.sql('CREATE OR REPLACE TABLE fault_number (id INT PRIMARY KEY, '
              'v INT NOT NULL) ENGINE = InnoDB')
    for name, change in (
            ('naive', 'WHERE id = 1; SELECT 1'),
            ('proved', 'WHERE id = 1 AND v = v_was; SELECT ROW_COUNT()')):
        other.sql('DELIMITER //\nCREATE OR REPLACE PROCEDURE fault_%s() '
                  'BEGIN DECLARE v_was INT; START TRANSACTION; SELECT v INTO '
                  'v_was FROM fault_number WHERE id = 1; UPDATE '
                  'fault_number SET v = v_was + 1 %s; COMMIT; END//\n'
                  'DELIMITER ;\nDO 0' % (name, change))
    try:
        lost = {}
        for name in ('naive', 'proved'):
            other.sql('REPLACE INTO fault_number VALUES (1, 0)')
            acknowledged = changed_by_many(system, 'CALL fault_%s' % name)
            value, = other.sql('SELECT v FROM fault_number')[0]
            lost[name] = acknowledged - int(value)
            print('%s: %d acknowledged, %d lost' % (name, acknowledged,
                                                    lost[name]))
        assert lost['naive'] > 0, 'not sensitive: read and write lost nothing'
        assert lost['proved'] == 0
    finally:
        other.sql('DROP PROCEDURE fault_naive; DROP PROCEDURE fault_proved; '
                  'DROP TABLE fault_number')


def test_no_instruction_is_lost(system, other):
    """The same clients call the real thing: each change of state that was
    acknowledged has a version of its own, and no version is without one."""
    device = system.paired(start=False)
    registration, _ = registration_of(other, device)
    token = other.sql('SELECT HEX(token) FROM registration WHERE id = %s'
                      % registration)[0][0]
    calls = ''.join("CALL instruct(UNHEX('%s'), '%s', 20, 40);" % (
        token, action) for action in ('start', 'stop'))

    def run(_):
        done = system.mariadb('tallystick', calls * 100)
        assert done.returncode == 0, done.stderr
        return [row.split('\t')[1] for row in done.stdout.splitlines()]
    with ThreadPoolExecutor(6) as pool:
        left = [int(version) for versions in pool.map(run, range(6))
                for version in versions if version != '0']
    version = device.connect(0).version
    print('%d changes acknowledged' % len(left))
    assert sorted(left) == list(range(device.version, version))
    assert len(left) > 100
