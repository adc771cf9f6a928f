"""The clock an hour back, and a day on. The database decides times, so its clock
is set, while all runs; and apart from it a worker's own, by which it seals what
was typed, and the courier's, which it signs with. What has a time to live ends too early or at
its time, and is never extended by more than its own length; no order stays
behind, none is sent under two ids."""
import os
import subprocess
import time

import pytest

import means
from client import FORM, job, new_address, new_code, supply
from courier import Couriers, due_now, settled
from fulfilment import Reply, off
from room import arguments
from system import System, eventually
from worker import Worker

pytestmark = means.wanted('faketime')
HOUR, DAY = 3600, 86400


class Clock:
    """A wall clock for who runs in this environment; the monotonic one goes
    on. read: how often libfaketime looks at it."""

    def __init__(self, system, name, **read):
        self.system = system
        self.file = system.run / 'tmp' / name
        self.environment = dict(
            read, LD_PRELOAD=means.FAKETIME,
            FAKETIME_TIMESTAMP_FILE=str(self.file),
            FAKETIME_DONT_FAKE_MONOTONIC='1')
        self.set(0)

    def set(self, seconds):
        whole = self.file.with_suffix('.new')
        whole.write_text('%+d\n' % seconds)
        whole.chmod(0o644)
        whole.replace(self.file)
        self.offset = seconds


class DatabaseClock(Clock):
    """mariadbd's."""

    def __init__(self, system):
        super().__init__(system, 'clock', FAKETIME_CACHE_DURATION='1')
        command = arguments(system, 'mariadbd')
        system.part('stop', 'mariadbd')
        with open(system.run / 'log' / 'mariadbd.log', 'ab') as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
                env=dict(os.environ, **self.environment),
                **system.as_owner())
        assert eventually(system.healthy, 30)

    def settled(self, seconds):
        """Set, and the database knows it."""
        self.set(seconds)
        assert eventually(lambda: abs(
            int(self.system.sql('SELECT UNIX_TIMESTAMP()')[0][0])
            - time.time() - seconds) < 5, 10)

    def close(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope='module')
def system(receiver):
    system = System(receiver=receiver)
    system.clock = DatabaseClock(system)
    yield system
    system.clock.close()
    system.stop()


@pytest.fixture
def clock(system):
    yield system.clock
    system.clock.settled(0)
    system.sql('DELETE FROM guess')


def purged(system):
    """What the watching purge does each minute."""
    done = system.command('purge')
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize('seconds', (-HOUR, DAY))
def test_all_goes_on(system, clock, receiver, seconds):
    """Paired devices and sessions have no end that a clock could bring."""
    device = system.paired()
    known = job()
    assert device.report(known, supply(70)).counts == (1, 0)
    clock.settled(seconds)
    assert device.connect(0).service == 'started'
    assert device.report(known, supply(60)).counts == (0, 1)
    assert device.browser.see('/status').screen == 'status'
    assert device.report(job(), supply(5)).status == 200
    hooks = receiver.wait(device)
    assert len(hooks) == 1
    # Of the courier's own clock, anew for each attempt.
    assert abs(off(hooks[0])) < 60
    purged(system)
    assert device.connect(0).service == 'started'
    assert system.paired().report(job()).status == 200
    clock.settled(0)
    assert device.browser.see('/status').screen == 'status'
    assert device.report(known, supply(50)).counts == (0, 1)
    assert system.healthy()


def test_a_day_on_what_pends_is_gone(system, clock):
    """Early, never late: its code pairs nothing, its token is told 410, the
    submission waits no more; all may begin anew."""
    pending, waited = system.pending(), system.device()
    browser = system.browser()
    assert browser.submit(waited.code).screen == 'code-unknown'
    clock.settled(DAY)
    assert pending.connect(0).status == 410
    assert system.browser().submit(pending.code).screen == 'code-unknown'
    assert waited.register().state == 'pending'


def test_an_hour_back_what_pends_is_not_longer_lived_than_an_hour(system,
                                                                  clock):
    pending = system.pending()
    browser = system.browser()
    assert browser.submit('ABCDEFGH').screen == 'code-unknown'
    clock.settled(-HOUR)
    purged(system)
    left, = system.sql(
        "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), expires_at) FROM "
        "registration WHERE device_id = '%s'" % pending.device_id)
    assert 0 < int(left[0]) <= HOUR, left
    left, = system.sql("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), "
                       "MAX(waits_until)) FROM submission")
    assert 0 < int(left[0]) <= 600, left
    # It is still what it was.
    system.browser().pair(pending)
    assert pending.connect(0).state == 'paired'


def test_misses_are_not_forgiven_an_hour_back(system, clock):
    """Nor held longer than their window."""
    browser = system.browser()
    for at in range(5):
        assert browser.submit('MNBVCXY%d' % at).screen == 'code-unknown'
    assert browser.submit('MNBVCXZZ').screen == 'too-many-tries'
    clock.settled(-HOUR)
    assert browser.submit('MNBVCXZZ').screen == 'too-many-tries'
    purged(system)
    assert browser.submit('MNBVCXZZ').screen == 'too-many-tries'
    ahead, = system.sql("SELECT COALESCE(MAX(TIMESTAMPDIFF(SECOND, "
                        "UTC_TIMESTAMP(), since)), 0) FROM guess")
    assert int(ahead[0]) <= 0, ahead


def test_a_lost_answer_is_not_renewed_an_hour_later(system, clock):
    """Who knows DeviceId and code gets the pairing's token within 10 minutes
    of the match: an hour back must not make it 70."""
    device = system.pending()
    browser = system.browser()
    browser.pair(device)
    clock.settled(-HOUR)
    assert device.register().state == 'pending'
    clock.settled(0)


def test_what_was_paired_last_is_first_an_hour_back(system, clock):
    """What this browser held before lies ahead of now, and is older still."""
    browser = system.browser()
    first, second = system.pending(), system.pending()
    browser.pair(first)
    clock.settled(-HOUR)
    browser.pair(second)
    page = browser.see('/status').body.decode()
    newest, older = (page.index(device.device_id[-4:])
                     for device in (second, first))
    assert newest < older
    # Of a code that is typed then it is told as well.
    assert browser.submit(new_code()).screen == 'code-unknown'
    assert browser.see('/status').screen == 'code-unknown'


def test_a_code_used_waits_again_in_time(system, clock):
    """Ten minutes after its match, not an hour and ten."""
    device, browser = system.pending(), system.browser()
    browser.pair(device)
    browser.release()
    clock.settled(-HOUR)
    page = browser.submit(device.code)
    assert page.screen == 'code-unknown'
    assert b'stopped waiting' not in page.body


def test_no_code_is_kept_for_longer_than_a_day(system, clock):
    clock.settled(DAY)
    device = system.pending()
    assert device.register().state == 'pending'
    clock.settled(-HOUR)
    purged(system)
    left, = system.sql("SELECT MAX(TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), "
                       "erase_at)) FROM code")
    assert 0 < int(left[0]) <= DAY, left


@pytest.mark.parametrize('seconds,kept', ((0, True), (-30, True),
                                          (-HOUR, False), (DAY, False)))
def test_what_was_typed_by_a_worker_s_clock(system, planted, seconds, kept):
    """A worker of another machine whose clock differs: what was typed comes
    back to the form, or the form is empty. Nothing else is by its clock."""
    device, code = system.pending(), 'AAAA-BB%'
    filled = b'value="%s"' % code.encode()
    with Worker(system, 'pair') as own, Worker(
            system, 'pair', preload=planted, CLOCK=str(seconds)) as other:
        answer = own.call('POST', '/pair', 'code=AAAA-BB%25',
                          CONTENT_TYPE=FORM)
        assert answer.status == 303
        cookies = '; '.join(cookie.split(';')[0] for cookie in answer.cookies)
        assert filled in own.call('GET', '/pair', HTTP_COOKIE=cookies).body
        again = other.call('GET', '/pair', HTTP_COOKIE=cookies)
        assert (filled in again.body) is kept
        answer = other.call('POST', '/pair', 'code=' + device.code,
                            CONTENT_TYPE=FORM, address=new_address())
        assert answer.headers['location'].endswith('/status')
    assert device.connect(0).state == 'paired'


@pytest.mark.parametrize('seconds', (-HOUR, DAY))
def test_no_order_stays_behind(system, clock, receiver, seconds):
    """Placed before the clock was set, tried after: within the minute of the
    next purge; once, or again under its one id."""
    device = system.paired()
    system.part('stop', 'deliver')
    order, = device.report(supply(5)).orders
    clock.settled(seconds)
    purged(system)
    system.part('start', 'deliver')
    assert len(receiver.wait(device, limit_s=10)) == 1
    assert eventually(lambda: device.orders()[order][1] == 'delivered')
    clock.settled(0)
    purged(system)
    time.sleep(1)
    assert [hook.headers['webhook-id'] for hook in receiver.of(device)] == [
        order]


@pytest.mark.parametrize('seconds', (-HOUR, DAY))
def test_a_lease_is_kept_and_ends(system, clock, receiver, seconds):
    """In flight while the clock is set. An hour back: nobody takes it over
    before the attempt ends, and were its courier dead it would be free within
    two minutes. A day on: another may send it too, under the same id."""
    device = system.paired()
    receiver.answer(device, Reply(204, wait_s=3))
    order, = device.report(supply(5)).orders
    assert receiver.wait(device)
    clock.settled(seconds)
    purged(system)
    if seconds < 0:
        left, = system.sql(
            "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), lease_until) "
            "FROM supply_order WHERE uuid = '%s'" % order)
        assert 20 < int(left[0]) <= 120, left
    assert eventually(lambda: device.orders()[order][1] == 'delivered')
    hooks = receiver.of(device)
    assert {hook.headers['webhook-id'] for hook in hooks} == {order}
    assert len(hooks) == 1 or seconds > 0


def test_an_attempt_put_off_is_made_again(system, clock, receiver):
    """Refused once, due again in seconds: a day on it comes at once, an hour
    back an hour late at most."""
    device = system.paired()
    receiver.answer(device, Reply(500))
    order, = device.report(supply(5)).orders
    assert eventually(lambda: system.sql(
        "SELECT attempts FROM supply_order WHERE uuid = '%s'" % order)
        == [['1']])
    clock.settled(-HOUR)
    purged(system)
    left, = system.sql(
        "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), due_at) FROM "
        "supply_order WHERE uuid = '%s'" % order)
    assert int(left[0]) <= HOUR + 15, left
    clock.settled(DAY)
    assert len(receiver.wait(device, 2, limit_s=10)) == 2


@pytest.fixture
def courier_clock(system):
    """Of the one courier that runs."""
    clock = Clock(system, 'courier-clock', FAKETIME_NO_CACHE='1')
    system.part('stop', 'deliver')
    couriers = Couriers(system)
    couriers.start('--watch', environment=clock.environment)
    yield clock
    couriers.end()
    system.part('start', 'deliver')


@pytest.mark.parametrize('seconds', (-HOUR, DAY))
def test_the_courier_s_own_clock(system, receiver, courier_clock, seconds):
    """Set while one order is in flight: what is sent when is the database's
    to say. Only the signature tells the courier's time, so that a receiver
    refuses what comes then; once the clock is right it comes again, under
    its one id, and is taken once."""
    device, other = system.paired(), system.paired()
    receiver.answer(device, Reply(204, wait_s=2))
    order, = device.report(supply(5)).orders
    hook, = receiver.wait(device)
    assert abs(off(hook)) < 60
    courier_clock.set(seconds)
    late, = other.report(supply(5)).orders
    assert abs(off(receiver.wait(other)[0]) - seconds) < 60
    assert eventually(lambda: device.orders()[order][1] == 'delivered')
    settled(system, late)
    row, = system.sql("SELECT state, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), "
                      "due_at) FROM supply_order WHERE uuid = '%s'" % late)
    # The second try is due at once, the third in five minutes.
    assert row[0] == 'queued' and -60 < int(row[1]) <= 330, row
    courier_clock.set(0)
    settled(system, late)
    due_now(system, late)
    assert eventually(lambda: other.orders()[late][1] == 'delivered')
    taken = [hook for hook in receiver.of(other) if abs(off(hook)) < 60]
    assert len(receiver.of(device)) == len(taken) == 1
    assert {hook.headers['webhook-id'] for hook in receiver.of(other)} == {
        late}


def test_a_spent_budget_is_told_each_minute(system):
    """While it lasts; by the worker's own clock, which no date changes."""
    line = "the day's guess budget is spent"
    clock = Clock(system, 'ahead', FAKETIME_CACHE_DURATION='1')
    # Its monotonic one jumps here.
    del clock.environment['FAKETIME_DONT_FAKE_MONOTONIC']
    system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
               "('service', 'test', UTC_TIMESTAMP(), 1 << 40)")
    with Worker(system, 'pair', conf={'system-call-filter': 'off'},
                **clock.environment) as worker:
        def told():
            worker.call('POST', '/pair', 'code=' + new_code(), new_address(),
                        CONTENT_TYPE=FORM)
            return worker.said().count(line)
        assert [told() for _ in range(5)] == [1] * 5
        clock.set(61)
        assert eventually(lambda: told() == 2)
        assert [told() for _ in range(5)] == [2] * 5
