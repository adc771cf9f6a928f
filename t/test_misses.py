"""The guess budgets: by address, by service, by ending; the front's."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import fastcgi
from client import FORM, new_address, new_code, new_device_id, \
    registration_request
from worker import Worker

# Half of 2^20, what 40 bits allow in a day.
TYPED = 1 << 19
ALARM = 'warning the day\'s guess budget is spent'


def miss(browser, count=5):
    for _ in range(count):
        assert browser.submit(new_code()).screen == 'code-unknown'


def window_passes(system, minutes):
    system.sql("UPDATE guess SET since = since - INTERVAL %d MINUTE "
               "WHERE scope = 'address'" % minutes)


def test_five_misses_close_an_address_for_any_code(system, browser, device):
    miss(browser)
    assert browser.submit(device.code).screen == 'too-many-tries'
    assert device.connect(0).state == 'pending'
    # Neither another terminal at the same address helps ...
    other = system.browser()
    other.address = browser.address
    assert other.submit(device.code).screen == 'too-many-tries'
    # ... nor does it touch another address.
    system.browser().pair(device)


@pytest.mark.parametrize('minutes,screen', [(9, 'too-many-tries'),
                                            (10, 'operate-device')])
def test_ten_minutes_since_the_first(system, browser, device, minutes,
                                     screen):
    miss(browser, 1)
    window_passes(system, minutes)
    if minutes < 10:
        miss(browser, 4)
    else:
        miss(browser, 1)
        miss(browser, 3)
    assert browser.submit(device.code).screen == screen


def test_a_success_forgives_none(system, browser):
    miss(browser, 4)
    browser.pair(system.pending())
    miss(browser, 1)
    assert browser.submit(system.pending().code).screen == 'too-many-tries'


def test_a_miss_counts_even_if_it_is_paired_later(system, browser):
    device = system.device()
    assert browser.submit(device.code).screen == 'code-unknown'
    assert device.register().state == 'paired'
    miss(browser, 4)
    assert browser.submit(system.pending().code).screen == 'too-many-tries'


def test_the_same_code_again_is_another_miss(browser, device):
    code = new_code()
    for _ in range(5):
        assert browser.submit(code).screen == 'code-unknown'
    assert browser.submit(device.code).screen == 'too-many-tries'


def test_what_is_no_code_is_no_miss(browser, device):
    for _ in range(8):
        assert browser.submit('abc').screen == 'code-invalid'
    browser.pair(device)


def test_matches_and_questions_are_no_misses(system, browser):
    code = new_code()
    system.pending(code=code)
    device = system.pending(code=code)
    for _ in range(6):
        assert browser.submit(code).screen == 'name-device'
    assert browser.submit(code, device.device_id).screen == 'operate-device'


def test_a_wrong_device_is_a_miss(system, browser):
    code = new_code()
    system.pending(code=code)
    device = system.pending(code=code)
    for _ in range(5):
        assert browser.submit(code, 'QQQQ').screen == 'code-unknown'
    assert browser.submit(code, device.device_id).screen == 'too-many-tries'


def test_a_throttled_submission_does_not_wait(system, browser):
    device = system.device()
    miss(browser)
    assert browser.submit(device.code).screen == 'too-many-tries'
    assert device.register().state == 'pending'


def test_throttled_sets_no_session(system, browser):
    miss(browser)
    fresh = system.browser()
    fresh.address = browser.address
    assert fresh.submit(new_code()).screen == 'too-many-tries'
    assert 'session' not in fresh.jar


def test_throttling_is_told_in_the_log_with_the_address(system, browser):
    told = b'security: too many tries from %s\n' % browser.address.encode()
    miss(browser)
    assert told not in system.logs()
    assert browser.submit(new_code()).screen == 'too-many-tries'
    assert told in system.logs()


def submit_from(system, address, code, **more):
    answer = fastcgi.call(system.run / 'pair.sock', 'POST', '/pair',
                          'code=' + code, address, CONTENT_TYPE=FORM, **more)
    assert answer.status == 303, answer
    return answer.headers['location'].rsplit('/', 1)[1]


def test_an_ipv6_64_is_one_address(system, device):
    network = '2001:db8:0:%x:' % system.port
    for host in range(5):
        assert submit_from(system, network + ':%x' % (host + 1),
                           new_code()) == 'status'
    assert submit_from(system, network + 'ffff::1', device.code) == \
        'pair?after=too-many-tries'
    other = '2001:db8:1:%x::1' % system.port
    assert submit_from(system, other, device.code) == 'status'
    assert device.connect(0).state == 'paired'


def spend(system, units=1 << 40, scope='service'):
    """So many units are spent; the test's end gives them back."""
    system.sql("REPLACE INTO guess (scope, name, since, spent) VALUES "
               "('%s', 'test', UTC_TIMESTAMP(), %d)" % (scope, units))


def code_locked(system, device):
    """Whoever types its code waits."""
    return system.locked("UPDATE code c JOIN registration r ON r.code = c.code "
                         "SET c.erase_at = c.erase_at WHERE r.device_id = '%s'"
                         % device.device_id)


def test_the_budget_of_the_whole_service(system, browser, device):
    """Once spent, owners get in by naming the device."""
    spend(system)
    assert browser.submit(device.code).screen == 'name-device'
    assert device.connect(0).state == 'pending'
    assert browser.submit(device.code, device.device_id[-4:]).screen == \
        'operate-device'
    assert device.connect(0).state == 'paired'


def led(worker, code, device=''):
    """Where a code leads that is typed to this one worker."""
    answer = worker.call('POST', '/pair', 'code=%s&device=%s' % (code, device),
                         new_address(), CONTENT_TYPE=FORM)
    assert answer.status == 303, answer
    return answer.headers['location'].rpartition('after=')[2]


@pytest.fixture
def nearly_spent(system, device):
    """The next miss is the last that is compared."""
    spend(system, TYPED - 1)


def spent_by_a_miss(worker, device):
    assert led(worker, new_code()).endswith('/status')
    assert led(worker, new_code()) == 'name-device'


def spent_by_a_hit_s_rival(worker, device):
    """It is spent while the hit waits for its code's row."""
    with code_locked(worker.system, device) as release, \
            ThreadPoolExecutor() as pool:
        asked = pool.submit(led, worker, device.code)
        time.sleep(0.5)
        assert not asked.done()
        spend(worker.system)
        release()
        assert asked.result() == 'name-device'


def spent_on_an_ending(worker, device):
    spend(worker.system)
    for _ in range(5):
        led(worker, new_code(), device.device_id[-4:])
    assert ALARM not in worker.said()
    assert led(worker, device.code, device.device_id[-4:]) == 'name-device'


def spent_by_rivals_on_an_ending(worker, device):
    """While the miss waits."""
    spend(worker.system)
    with code_locked(worker.system, device) as release, \
            ThreadPoolExecutor() as pool:
        asked = pool.submit(led, worker, device.code, 'QQQQ')
        time.sleep(0.5)
        assert not asked.done()
        worker.system.sql("INSERT INTO guess (scope, name, since, spent) "
                          "VALUES ('ending', 'QQQQ', UTC_TIMESTAMP(), 5)")
        release()
        assert asked.result() == 'name-device'


@pytest.mark.parametrize('befalls', [
    spent_by_a_miss, spent_by_a_hit_s_rival, spent_on_an_ending,
    spent_by_rivals_on_an_ending])
def test_a_spent_budget_is_told_in_the_log(system, nearly_spent, device,
                                           befalls):
    """Once, however many ask; it is no address's doing."""
    with Worker(system, 'pair') as worker:
        befalls(worker, device)
        assert worker.said().count(ALARM) == 1
        codes = [device.code, *(new_code() for _ in range(9))]
        assert {led(worker, code) for code in codes} == {'name-device'}
        assert worker.said().count(ALARM) == 1
        assert all(code not in worker.said() for code in codes)


def test_two_devices_with_a_code_are_no_alarm(system):
    code = new_code()
    system.pending(code=code)
    system.pending(code=code)
    with Worker(system, 'pair') as worker:
        assert led(worker, code) == 'name-device'
        assert ALARM not in worker.said()


def test_the_budget_is_exact_however_many_come_at_once(system):
    """Of forty addresses' misses the three that are left are compared."""
    system.pending()
    system.sql("DELETE FROM guess WHERE scope = 'service'")
    pending = int(system.sql("SELECT COUNT(*) FROM registration WHERE "
                             "pending_address IS NOT NULL")[0][0])
    spend(system, TYPED - 3 * pending)
    browsers = [system.browser() for _ in range(40)]
    with ThreadPoolExecutor(40) as pool:
        screens = [page.screen for page in pool.map(
            lambda browser: browser.submit(new_code()), browsers)]
    assert sorted(screens) == ['code-unknown'] * 3 + ['name-device'] * 37
    # Who was not compared has lost no try of his address.
    assert int(system.sql("SELECT COUNT(*) FROM guess WHERE scope = 'address'"
                          " AND HEX(name) IN (%s)" % ', '.join(
                              "'%02X%02X%02X%02X'" % tuple(map(
                                  int, browser.address.split('.')))
                              for browser in browsers))[0][0]) == 3


def test_a_hit_takes_its_place_among_the_misses(system, device):
    """Once it waits for the code's row the budget is spent: no match."""
    with code_locked(system, device) as release:
        with ThreadPoolExecutor(1) as pool:
            page = pool.submit(system.browser().submit, device.code)
            time.sleep(0.5)
            assert not page.done()
            spend(system)
            release()
            assert page.result().screen == 'name-device'
    assert device.connect(0).state == 'pending'
    assert system.sql("SELECT COUNT(*) FROM holding h JOIN registration r ON "
                      "r.id = h.registration WHERE r.device_id = '%s'"
                      % device.device_id) == [['0']]


def test_two_devices_are_told_of_in_their_place(system, device):
    """While the code's row is waited for the address spends its tries."""
    system.pending(code=device.code)
    browser = system.browser()
    with code_locked(system, device) as release:
        with ThreadPoolExecutor(1) as pool:
            page = pool.submit(browser.submit, device.code)
            time.sleep(0.5)
            assert not page.done()
            system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
                       "('address', UNHEX('%02X%02X%02X%02X'), "
                       "UTC_TIMESTAMP(), 5)" % tuple(
                           map(int, browser.address.split('.'))))
            release()
            assert page.result().screen == 'too-many-tries'


@pytest.mark.parametrize('hours,screen', [(23, 'name-device'),
                                          (24, 'code-unknown')])
def test_a_day_since_the_last_of_the_hour(system, browser, hours, screen):
    """Not since the hour began: else its last misses would count 23 hours."""
    spend(system, TYPED - 1)
    system.sql("UPDATE guess SET name = DATE_FORMAT(UTC_TIMESTAMP(), "
               "'%Y%m%d%H'), since = UTC_TIMESTAMP() - INTERVAL 59 MINUTE "
               "WHERE scope = 'service'")
    miss(browser, 1)
    system.sql("UPDATE guess SET name = 'then', since = since - INTERVAL %d "
               "HOUR WHERE scope = 'service'" % hours)
    assert browser.submit(new_code()).screen == screen


def test_each_ending_has_a_budget_of_its_own(system, device):
    """As many misses as an address has; whose they are does not matter."""
    other = system.pending()
    spend(system)
    ending = device.device_id[-4:]
    for _ in range(5):
        assert system.browser().submit(new_code(), 'X' + ending).screen == \
            'code-unknown'
    assert system.browser().submit(new_code(), ending).screen == 'name-device'
    owner = system.browser()
    assert owner.submit(other.code, other.device_id[-6:]).screen == \
        'operate-device'
    # Else the budget would be none: not even the right code is compared.
    page = system.browser().submit(device.code, ending)
    assert page.screen == 'name-device'
    assert b'whole serial number' in page.body
    assert device.connect(0).state == 'pending'
    # But whoever knows more of the number has a budget of its own.
    assert system.browser().submit(device.code, device.device_id).screen == \
        'operate-device'


def test_the_long_ending_has_a_budget_as_well(system, device):
    spend(system)
    for extra in ('', 'A', 'AB', 'ABC', 'ABCD'):
        assert system.browser().submit(
            new_code(), extra + device.device_id[-8:]).screen == \
            'code-unknown'
    assert system.browser().submit(device.code, device.device_id).screen == \
        'too-many-tries'
    assert device.connect(0).state == 'pending'
    # It does not cost the short one's.
    assert system.browser().submit(device.code, device.device_id[-7:]
                                   ).screen == 'operate-device'


@pytest.mark.parametrize('hours,state', [(23, 'pending'), (24, 'paired')])
def test_an_ending_s_day_begins_with_its_last_miss(system, device, hours,
                                                   state):
    spend(system)
    ending = device.device_id[-4:]
    for _ in range(4):
        system.browser().submit(new_code(), ending)
    system.sql("UPDATE guess SET since = since - INTERVAL 12 HOUR WHERE "
               "scope = 'ending'")
    system.browser().submit(new_code(), ending)
    system.sql("UPDATE guess SET since = since - INTERVAL %d HOUR WHERE "
               "scope = 'ending'" % hours)
    system.browser().submit(device.code, ending)
    assert device.connect(0).state == state


def test_while_it_is_spent_no_code_waits(system, browser):
    """A stranger's device can say that it has any number."""
    device = system.device()
    spend(system)
    page = browser.submit(device.code, device.device_id)
    assert page.screen == 'code-unknown' and b'stopped waiting' in page.body
    assert device.register().state == 'pending'
    assert browser.submit(device.code, device.device_id).screen == \
        'operate-device'


def test_misses_spend_the_budget_of_the_service(system, browser):
    system.pending()
    before = spent(system)
    miss(browser, 2)
    pending = int(system.sql("SELECT COUNT(*) FROM registration WHERE "
                             "state = 'pending'")[0][0])
    assert spent(system) - before == 2 * pending


def spent(system):
    return int(system.sql("SELECT COALESCE(SUM(spent), 0) FROM guess WHERE "
                          "scope = 'service'")[0][0])


def test_a_screen_is_no_try(browser):
    assert {browser.get('/pair').status for _ in range(30)} == {200}


def test_the_front_lets_a_burst_of_twenty_through(system, browser):
    """A second limit above: one a second, burst 20."""
    screens = []
    for _ in range(40):
        answer = browser.post('/pair', {'code': 'abc'})
        screens.append(answer.status)
        if answer.status == 429:
            break
    assert answer.status == 429 and answer.screen == 'unavailable', screens
    assert 20 <= len(screens) - 1 <= 30
    assert int(answer.headers['retry-after']) >= 1
    assert 'content-security-policy' in answer.headers
    assert system.browser().get('/pair').status == 200


def test_registering_tells_nothing_about_guesses(system, browser):
    """A device's request costs no terminal's budget."""
    for _ in range(7):
        body = registration_request(new_device_id(), new_code())
        assert browser.request('POST', '/device/register', body, {
            'Content-Type': 'application/xml'}).status == 201
    browser.pair(system.pending())


def test_many_pending_are_counted_once_in_ten_seconds(system):
    """Counting them anew for each miss would let strangers buy the database's time."""
    facts = ("device_id, make_and_model, address, state, created_at, seen_at, "
             "expires_at)")
    values = ("'Example', X'0A000001', 'pending', UTC_TIMESTAMP(), "
              "UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 HOUR FROM "
              "seq_1_to_1100")
    system.sql("INSERT INTO registration (lineage, %s SELECT UNHEX(MD5(seq)), "
               "CONCAT('MANY', seq), %s" % (facts, values))
    counted = "SELECT spent FROM guess WHERE scope = 'pending' AND name = ''"
    spent = ("SELECT COALESCE(SUM(spent), 0) FROM guess WHERE "
             "scope = 'service'")
    try:
        system.browser().submit(new_code())
        first = int(system.sql(counted)[0][0])
        units = int(system.sql(spent)[0][0])
        assert first >= 1100 and units >= first
        system.sql("INSERT INTO registration (lineage, %s SELECT UNHEX(MD5("
                   "CONCAT('x', seq))), CONCAT('MORE', seq), %s"
                   % (facts, values))
        system.browser().submit(new_code())
        # Those that came since are counted by their numbers.
        assert int(system.sql(spent)[0][0]) >= units + first + 1100
        assert int(system.sql(counted)[0][0]) == first
        system.sql("UPDATE guess SET since = since - INTERVAL 11 SECOND "
                   "WHERE scope = 'pending'")
        system.browser().submit(new_code())
        assert int(system.sql(spent)[0][0]) >= units + 2 * first + 2200
    finally:
        system.sql("DELETE FROM registration WHERE device_id LIKE 'MANY%' OR "
                   "device_id LIKE 'MORE%'")
