"""The operator's command against the running system."""
import re
import subprocess
import threading

import pytest

from client import job, supply
from fulfilment import Reply
from system import eventually


def number(system, device):
    return system.sql("SELECT MAX(id) FROM registration WHERE device_id = "
                      "'%s'" % device.device_id)[0][0]


def well(system, *words):
    done = system.command(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_devices(system):
    pending, paired = system.pending(), system.paired()
    gone = system.paired()
    gone.instruct('end')
    lines = well(system, 'devices').splitlines()

    def line(device):
        found = [words for words in map(str.split, lines)
                 if device.device_id in words]
        return found[0] if found else []
    assert {'pending', 'stopped'} <= set(line(pending))
    assert {'paired', 'started'} <= set(line(paired))
    assert not line(gone)


@pytest.mark.parametrize('words', [
    ['devices'], ['orders'], ['orders', 'why', 'DEVICE'], ['doctor'],
    ['label', '7KQ4M2XW9T'], ['label', '--terminal', '-'],
    ['code', 'make', '9999'], ['-V'], ['-h']], ids=' '.join)
def test_output_that_is_lost_is_told(system, paired, words):
    words = [paired.device_id if word == 'DEVICE' else word for word in words]
    with open('/dev/full', 'wb') as full:
        done = subprocess.run(
            [str(system.prefix / 'bin' / 'tallystick'), '-c',
             str(system.conf), *words], input=b'7KQ4M2XW9T', stdout=full,
            stderr=subprocess.PIPE, timeout=20, **system.as_owner())
    assert done.returncode == 1
    assert done.stderr.endswith(b'standard output could not be written in '
                                b'full\n'), done.stderr


def test_devices_cannot_drive_the_terminal(system):
    """Nor turn, hide or break the lines of others."""
    device = system.pending(model='A\x7f\x9b\u202eB\u2066\u2028C\u200b'
                            '\ufeff\U000e0041D \u00e9\u5d16')
    line, = [line for line in well(system, 'devices').split('\n')
             if device.device_id in line]
    assert ' A???B??C???D \u00e9\u5d16 ' in line


def test_devices_end(system, receiver):
    """The device is told, the page says who, queued orders are cancelled."""
    device = system.paired()
    receiver.answer(device, Reply(500))
    order, = device.report(supply(1)).orders
    receiver.wait(device)
    held = []
    version = device.connect(0).version
    before = system.holding()
    thread = threading.Thread(target=lambda: held.append(
        device.connect_held(version)))
    thread.start()
    assert eventually(lambda: system.holding() > before)
    well(system, 'devices', 'end', number(system, device))
    thread.join(10)
    assert held[0].state == 'ended'
    assert device.connect(0).status == 410
    page = device.browser.see('/status')
    assert page.screen == 'released' and b'run this service' in page.body
    assert system.sql("SELECT state FROM supply_order WHERE uuid = '%s'"
                      % order) == [['cancelled']]
    for word in (number(system, device), '999999999', 'x'):
        assert system.command('devices', 'end', word).returncode == 1


def test_devices_admit(system):
    device = system.device()
    with system.configured(['register'], enrolment='listed'):
        assert device.try_register().status == 403
        well(system, 'devices', 'admit', device.device_id)
        assert device.device_id in well(system, 'devices', 'admitted')
        assert device.try_register().status == 201
        well(system, 'devices', 'dismiss', device.device_id)
        assert device.device_id not in well(system, 'devices', 'admitted')
        answer = device.try_register()
        assert (answer.status, answer.problem) == (403, 'not-admitted')


def test_orders_and_why(system, paired):
    paired.report(supply(18, 1), supply(77, 2, colorant='magenta'),
                  supply(-2, 3, colorant='black'))
    order, = paired.orders()
    assert order in well(system, 'orders')
    why = well(system, 'orders', 'why', paired.device_id)
    assert order in why and '18' in why and '77' in why and 'black' in why
    assert system.command('orders', 'why', 'no-such').returncode == 1


def test_orders_why_sees_past_strangers(system, paired):
    """Any number may register under the same DeviceId, with other codes."""
    paired.report(supply(60))
    for _ in range(16):
        system.pending(device_id=paired.device_id)
    why = well(system, 'orders', 'why', paired.device_id)
    assert 'paired since' in why and '60 % is above' in why
    assert ': pending. Nothing is ordered' in why


def test_orders_retry(system, receiver, paired):
    """A failed order goes out again under its id, and is no second one."""
    receiver.answer(paired, Reply(410))
    order, = paired.report(supply(5)).orders
    assert eventually(lambda: paired.orders()[order] == (1, 'failed'))
    version = paired.connect(0).version
    well(system, 'orders', 'retry', order)
    hooks = receiver.wait(paired, 2)
    assert [hook.headers['webhook-id'] for hook in hooks] == [order] * 2
    assert eventually(lambda: paired.orders() == {order: (1, 'delivered')})
    assert paired.connect(0).version > version
    for word in (order, 'x'):
        assert system.command('orders', 'retry', word).returncode == 1


def test_orders_retry_waits_no_longer(system, receiver, paired):
    """The receiver is well again, its next attempt far away."""
    receiver.answer(paired, Reply(503, {'Retry-After': '5000'}))
    order, = paired.report(supply(5)).orders
    row = "FROM supply_order WHERE uuid = '%s'" % order
    assert eventually(lambda: system.sql('SELECT last_answer ' + row)
                      == [['HTTP 503']])
    said = system.command('doctor').stdout
    assert re.search(r'WARN .* queued, [1-9]\d* of them after an attempt',
                     said), said
    assert re.search('WARN .* not delivered was answered: HTTP 503', said)
    version = paired.connect(0).version
    well(system, 'orders', 'retry', order)
    hooks = receiver.wait(paired, 2)
    assert [hook.headers['webhook-id'] for hook in hooks] == [order] * 2
    assert eventually(lambda: paired.orders() == {order: (1, 'delivered')})
    assert paired.connect(0).version == version + 1, 'of the delivery alone'
    assert system.command('orders', 'retry', order).returncode == 1


def test_doctor_tells_what_failed_and_why(system, receiver, paired):
    receiver.answer(paired, Reply(410))
    order, = paired.report(supply(5)).orders
    assert eventually(lambda: paired.orders()[order] == (1, 'failed'))
    said = system.command('doctor').stdout
    assert re.search(r'WARN .*[1-9]\d* orders failed', said), said
    assert re.search('WARN .* not delivered was answered: HTTP 410', said)
    assert '410' in system.command('orders').stdout
    paired.instruct('end')


def test_purge_expires_what_pends(system, device):
    held, before = [], system.holding()
    thread = threading.Thread(target=lambda: held.append(
        device.connect_held(device.version)))
    thread.start()
    assert eventually(lambda: system.holding() > before)
    system.sql("UPDATE registration SET expires_at = UTC_TIMESTAMP() WHERE "
               "device_id = '%s'" % device.device_id)
    well(system, 'purge')
    thread.join(10)
    assert held and held[0].state == 'ended', 'held while it expired'
    assert device.connect(0).status == 410


def test_purge_erases_codes(system):
    """What was matched, ten minutes later; what waits or pends stays."""
    def codes():
        return {row[0] for row in system.sql('SELECT HEX(code) FROM code')}
    pending, waiting = system.device(), system.browser()
    before = codes()
    pending.register()
    waits = system.device()
    waiting.submit(waits.code)
    kept = codes() - before
    assert len(kept) == 2
    paired = system.paired()
    matched = codes() - before - kept
    assert len(matched) == 1
    system.sql("UPDATE code SET erase_at = erase_at - INTERVAL 10 MINUTE")
    well(system, 'purge')
    assert kept <= codes() and not matched & codes()
    assert paired.connect(0).state == 'paired'
    assert waits.register().state == 'paired'
    system.browser().pair(pending)


def test_purge_removes_old_jobs(system, paired):
    old, new = job(), job()
    paired.report(old)
    system.sql('UPDATE job SET received_at = received_at - INTERVAL 400 DAY '
               "WHERE line = (SELECT line FROM registration WHERE device_id "
               "= '%s')" % paired.device_id)
    paired.report(new)
    well(system, 'purge')
    assert paired.report(new).counts == (0, 1)
    assert paired.report(old).counts == (1, 0)


def test_purge_walks_through_all(system):
    """In several steps, which begin and end inside of lines, too."""
    one, other = (number(system, system.paired()) for _ in range(2))
    rows = ("INSERT INTO job (line, job, kind, state, completed_at, "
            "received_at, impressions) SELECT %s, UNHEX(MD5(seq)), 'Print', "
            "'completed', received, received, 1 FROM (SELECT seq, "
            "UTC_TIMESTAMP() - INTERVAL IF(seq %% 3 = 0, 401, 399) DAY AS "
            "received FROM seq_1_to_%d) jobs;")
    system.sql(rows % (one, 3300) + rows % (other, 30))
    well(system, 'purge')
    assert system.sql(
        'SELECT line, COUNT(*), SUM(received_at < UTC_TIMESTAMP() - INTERVAL '
        '400 DAY) FROM job WHERE line IN (%s, %s) GROUP BY line ORDER BY line'
        % (one, other)) == [[one, '2200', '0'], [other, '20', '0']]


def test_purge_forgets(system):
    """Tokens 90 days after the end; what never was paired; after 400 days what
    browsers may see."""
    never, long, longer, lives = (system.pending(), system.paired(),
                                  system.paired(), system.paired())
    for device in (long, longer):
        device.instruct('end')
    age = ("UPDATE registration SET state = 'ended', code = NULL, ended_at = "
           'UTC_TIMESTAMP() - INTERVAL %d DAY WHERE device_id = \'%s\';')
    system.sql(age % (91, never.device_id) + age % (91, long.device_id)
               + age % (401, longer.device_id)
               + 'UPDATE holding SET held_since = held_since - INTERVAL 500 '
               'DAY')
    well(system, 'purge')
    assert number(system, never) == 'NULL'
    for device, held in (long, '1'), (longer, '0'), (lives, '1'):
        assert system.sql(
            'SELECT token IS NULL, (SELECT COUNT(*) FROM holding WHERE '
            'registration = id) FROM registration WHERE device_id = \'%s\''
            % device.device_id) == [[str(int(device is not lives)), held]]
    assert long.connect(0).status == 401


def test_devices_page_by_page(system):
    """More than one call gives."""
    begin = ("INSERT INTO registration (lineage, state, device_id, "
             "make_and_model, address, created_at, seen_at) SELECT "
             "UNHEX(MD5(seq)), 'paired', CONCAT('PAGE-', seq %% %d), 'Example', "
             "'ad', UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM seq_1_to_2500")
    system.sql(begin % 2499)
    try:
        lines = well(system, 'devices').splitlines()
    finally:
        system.sql("DELETE FROM registration WHERE device_id LIKE 'PAGE-%'")
    mine = [line.split() for line in lines if ' PAGE-' in line]
    assert len({words[0] for words in mine}) == len(mine) == 2500
    assert sum(line.startswith('ID ') for line in lines) == 1
    assert [words[1] for words in mine
            if words[-2:] == ['2', 'codes']] == ['PAGE-1', 'PAGE-1']


def test_doctor_finds_a_healthy_system_well(system):
    said = well(system, 'doctor')
    assert 'FAIL' not in said.replace('0 FAIL', ''), said
    assert len(said.splitlines()) > 10


def test_doctor_misses_a_walk(system):
    system.sql("UPDATE walk SET ended_at = ended_at - INTERVAL 3 DAY "
               "WHERE name = 'purge_jobs'")
    assert 'WARN  it is long ago' in well(system, 'doctor')
    well(system, 'purge')
    assert 'it is long ago' not in well(system, 'doctor')


def told(system, *words, **keys):
    """The doctor's lines that hold a word, and how it ended."""
    done = system.command('doctor', conf=system.configure(
        system.run / 'doctor.conf', keys))
    return done.returncode, [line for line in done.stdout.splitlines()
                             if any(word in line for word in words)]


@pytest.mark.parametrize('keys,level', [
    (dict(code_bits=35), 'OK'), (dict(code_bits=34), 'FAIL'),
    (dict(code_bits=20), 'FAIL'),
    (dict(code_bits=20, pending_per_address=0), 'FAIL'),
    (dict(code_bits=29, pending_per_address=0), 'WARN'),
    (dict(misses_per_address=326), 'OK'),
    (dict(misses_per_address=328), 'FAIL'),
    (dict(misses_per_address=1, pending_per_address=65535), 'FAIL'),
    (dict(code_bits=256, misses_per_address=1000), 'OK')])
def test_doctor_refuses_weak_settings(system, keys, level):
    """By the configuration alone: 200 places times 1 + 4 times 5 misses must
    fit into a quarter of 2 to the code's bits less 20."""
    places = keys.get('pending_per_address', 200) or 1
    beyond = places * (1 + 4 * keys.get('misses_per_address', 5))
    fits = beyond <= 2 ** (keys.get('code_bits', 40) - 20) // 4
    assert fits == (level != 'FAIL')
    status, lines = told(system, 'code-bits =', 'codes of ',
                         'pending-per-address =', **keys)
    assert lines and lines[0].split()[0] == level, lines
    assert status == 1 or level != 'FAIL'


def test_doctor_computes_the_chance_from_the_live_figures(system):
    """Figures of a busy service: real rows, and what the sum must be."""
    names = "device_id, make_and_model, address, state, created_at, seen_at,"
    rows = ("INSERT INTO registration (lineage, %s expires_at, ended_at) "
            "SELECT UNHEX(MD5(CONCAT('%%s', seq))), CONCAT('BUSY-', seq), 'B', "
            "X'0A000001', '%%s', UTC_TIMESTAMP() - INTERVAL %%d HOUR, "
            "UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 HOUR, NULL "
            "FROM seq_1_to_%%d" % names)
    count = ("SELECT SUM(pending_address IS NOT NULL AND expires_at > "
             "UTC_TIMESTAMP()), SUM(created_at > UTC_TIMESTAMP() - INTERVAL 2 "
             "DAY) FROM registration")
    try:
        # Long ago: they count for nothing.
        system.sql("UPDATE registration SET created_at = created_at - "
                   "INTERVAL 3 DAY")
        system.sql(rows % ('a', 'ended', 40, 8000))
        system.sql(rows % ('b', 'pending', 1, 3000))
        pending, registered = map(int, system.sql(count)[0])
        assert pending >= 3000 and registered == 11000
        fits = pending + 20 * registered
        assert 1 << 17 < fits <= 1 << 18
        status, lines = told(system, "chance of hitting a code")
        assert status == 0 and lines[-1].startswith('OK') and \
            'cannot pass 2^-20' in lines[-1]
        system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
                   "('service', 'a', UTC_TIMESTAMP(), 60000),"
                   "('early', 'b', UTC_TIMESTAMP(), 60000),"
                   "('ending', 'c', UTC_TIMESTAMP(), 3),"
                   "('service', 'd', UTC_TIMESTAMP() - INTERVAL 25 HOUR, 1<<40)")
        status, lines = told(system, "chance of hitting a code")
        used = 120000 + 3 * pending
        assert status == 0 and 'at most 2^%d ' % (
            (used - 1).bit_length() - 40) in lines[-1], lines
        system.sql(rows % ('c', 'ended', 30, 3000))
        beyond = pending + 20 * (registered + 3000)
        assert beyond > 1 << 18
        status, lines = told(system, "chance of hitting a code")
        assert status == 1 and lines[-1].startswith('FAIL'), lines
        assert '%d codes pend and %d devices' % (
            pending, registered + 3000) in lines[-1]
        assert '41 bits keep it' in lines[-1]
        status, lines = told(system, "chance of hitting a code", code_bits=41)
        assert lines[-1].startswith('OK'), lines
    finally:
        system.sql("DELETE FROM registration WHERE device_id LIKE 'BUSY-%'")
        system.sql("UPDATE registration SET created_at = created_at + "
                   "INTERVAL 3 DAY")


def test_doctor_tells_of_spent_budgets(system):
    system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
               "('service', 'a', UTC_TIMESTAMP(), 1 << 19),"
               "('early', 'b', UTC_TIMESTAMP(), (1 << 18) - 255)")
    status, lines = told(system, 'guess budget of 524288 is spent',
                         'budget of 262144 for codes that wait is spent')
    assert status == 0 and [line[:4] for line in lines] == ['WARN'] * 2


def test_doctor_tells_of_codes_too_weak_to_wait(system):
    _, lines = told(system, 'to wait for its device', code_bits=31)
    assert [line[:4] for line in lines] == ['WARN']
    assert not told(system, 'to wait for its device', code_bits=32)[1]
    assert not told(system, 'to wait for its device', code_bits=31,
                    early_codes='off')[1]


def test_doctor_tells_of_a_courier_that_dies_of_an_order(system, paired):
    """Claimed again and again; no attempt is ever recorded."""
    system.part('stop', 'deliver')
    try:
        paired.report(supply(5))
        sentence = 'no attempt has come to an end'
        of_it = ("UPDATE supply_order SET %%s WHERE uuid = '%s'"
                 % list(paired.orders())[0])
        system.sql(of_it % 'created_at = created_at - INTERVAL 6 MINUTE')
        assert not told(system, sentence)[1]
        system.sql(of_it % 'lease_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND')
        status, lines = told(system, sentence)
        assert status == 1 and lines[0].startswith('FAIL') and \
            lines[0].split()[1].isdigit()
        system.sql(of_it % 'attempts = 1')
        assert not told(system, sentence)[1]
    finally:
        system.part('start', 'deliver')


def test_doctor_warns(system):
    """Of a store that would lose what was acknowledged."""
    change = 'SET GLOBAL innodb_flush_log_at_trx_commit = %d'
    root = system.mariadb('client-root', change % 2)
    assert root.returncode == 0, root.stderr
    try:
        said = [line for line in system.command('doctor').stdout.splitlines()
                if 'innodb_flush_log_at_trx_commit' in line]
        assert said and not said[0].startswith('OK')
    finally:
        system.mariadb('client-root', change % 1)


@pytest.mark.parametrize('words', [['nonsense'], ['devices', 'nonsense'],
                                   ['orders', 'why'], []])
def test_usage(system, words):
    done = system.command(*words)
    assert done.returncode not in (0, 1) and 'usage' in done.stderr.lower()
