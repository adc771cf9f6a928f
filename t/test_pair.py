"""POST /pair: match, no match, who waits, which device."""

import pytest

from client import new_code, new_device_id


def minutes_pass(system, minutes=10):
    """Let what began at a match or a submission be that much older."""
    system.sql(
        'UPDATE code SET matched_at = matched_at - INTERVAL %d MINUTE, '
        'awaited_until = IF(awaited_until > UTC_TIMESTAMP(), '
        'awaited_until - INTERVAL %d MINUTE, awaited_until); '
        'UPDATE submission SET submitted_at = submitted_at - INTERVAL %d '
        'MINUTE, waits_until = waits_until - INTERVAL %d MINUTE, '
        'shown_until = shown_until - INTERVAL %d MINUTE' % ((minutes,) * 5))


# --- a match

def test_a_match_pairs_and_names_the_device(system, browser):
    device = system.pending(model='Müller <b>&amp; 9340</b>'.replace(
        '<b>', '&lt;b&gt;').replace('</b>', '&lt;/b&gt;'), serial='SN-98765')
    page = browser.pair(device)
    text = page.body.decode()
    assert 'Müller &lt;b&gt;&amp; 9340&lt;/b&gt;' in text
    assert '8765' in text and '98765' not in text, 'only the serial\'s end'
    assert browser.see('/status').screen == 'operate-device'
    answer = device.connect(device.version)
    assert (answer.state, answer.service) == ('paired', 'stopped')
    assert answer.version > device.version
    assert b'Token' not in answer.body


def test_the_screen_moves_on_once_the_instruction_came(browser, device):
    browser.pair(device)
    device.instruct('start')
    assert browser.see('/status').screen == 'status'


def test_without_a_serial_number_the_device_id_names_it(system, browser):
    device = system.pending(device_id='D.' + new_device_id() + '-XQ7Z')
    assert b'XQ7Z' in browser.pair(device).body


def test_the_code_is_erased_by_the_match(system, browser, device):
    browser.pair(device)
    rows = system.sql("SELECT code IS NULL FROM registration WHERE "
                      "device_id = '%s'" % device.device_id)
    assert rows == [['1']]


def test_the_other_order(system, browser):
    device = system.device()
    page = browser.submit(device.code)
    assert page.screen == 'code-unknown'
    answer = device.register()
    assert (answer.state, answer.service) == ('paired', 'stopped')
    assert browser.see('/status').screen == 'operate-device'
    assert device.instruct('start').status == 200
    assert browser.see('/status').screen == 'status'


def test_a_double_tap_gets_the_same_answer(system, browser, device):
    browser.get('/pair')
    kept = dict(browser.jar)
    browser.pair(device)
    version = device.connect(0).version
    browser.pair(device)
    # The second tap may have left before the first answer came.
    twin = system.browser()
    twin.jar = kept
    twin.pair(device)
    assert device.connect(0).version == version
    for one in (browser, twin):
        assert one.see('/status').screen == 'operate-device'


def test_after_ten_minutes_it_is_no_double_tap(system, browser, device):
    browser.pair(device)
    minutes_pass(system, 11)
    assert browser.submit(device.code).screen == 'code-unknown'
    assert device.connect(0).state == 'paired'


def test_another_terminal_is_no_double_tap(system, browser, device):
    browser.pair(device)
    other = system.browser()
    assert other.submit(device.code).screen == 'code-unknown'


# --- no match

def test_a_miss_changes_nothing(browser, device):
    before = device.connect(0)
    assert browser.submit(new_code()).screen == 'code-unknown'
    after = device.connect(0)
    assert (after.state, after.version) == ('pending', before.version)
    assert browser.pair(device)


def test_code_unknown_lets_the_user_correct_it(browser):
    code = new_code()
    page = browser.submit(code)
    assert page.screen == 'code-unknown' \
        and b'"pair?after=code-unknown"' in page.body
    assert code.encode() not in page.body
    assert b'value="%s"' % code.encode() in browser.get('/pair').body


@pytest.mark.parametrize('minutes,state', [(9, 'paired'), (10, 'pending')])
def test_a_submission_waits_ten_minutes(system, browser, minutes, state):
    device = system.device()
    browser.submit(device.code)
    minutes_pass(system, minutes)
    assert device.register().state == state


def test_two_terminals_that_wait_are_both_asked_again(system):
    device = system.device()
    one, two = system.browser(), system.browser()
    waiting = one.submit(device.code)
    asked = two.submit(device.code)
    for page in (asked, one.see('/status')):
        assert page.screen == 'code-unknown'
        assert b'again' in page.body and page.body != waiting.body
    assert device.register().state == 'pending', 'paired with one of two'
    for browser in (one, two):
        page = browser.see('/status')
        assert page.screen == 'code-unknown'
        assert b'again' in page.body and page.body != waiting.body
    one.pair(device)
    assert two.submit(device.code).screen == 'code-unknown'


def test_who_was_asked_again_waits_no_more(system):
    """Not even when the other one's time is over and the device calls
    again."""
    device = system.device()
    one, two = system.browser(), system.browser()
    one.submit(device.code)
    minutes_pass(system, 6)
    two.submit(device.code)
    assert device.register().state == 'pending'
    minutes_pass(system, 5)
    assert device.register().state == 'pending'
    assert two.see('/status').screen == 'code-unknown'


def test_the_same_terminal_twice_is_one_that_waits(system, browser):
    device = system.device()
    browser.submit(device.code)
    browser.submit(device.code)
    assert device.register().state == 'paired'
    assert browser.see('/status').screen == 'operate-device'


def test_after_a_match_its_code_waits_for_nobody(system, device):
    system.browser().pair(device)
    late = system.browser()
    assert late.submit(device.code).screen == 'code-unknown'
    twin = system.device(code=device.code)
    assert twin.register().state == 'pending'
    minutes_pass(system, 11)
    later = system.browser()
    later.pair(twin)
    # Ten minutes on, such a submission waits again.
    minutes_pass(system, 11)
    last = system.browser()
    last.submit(device.code)
    assert system.device(code=device.code).register().state == 'paired'


def test_waiting_submissions_lapse_with_the_match(system, device):
    waits = system.browser()
    page = waits.submit(device.code, new_device_id())
    assert page.screen == 'code-unknown', 'named another device'
    system.browser().pair(device)
    other = system.device(code=device.code)
    assert other.register().state == 'pending', 'paired with a lapsed one'
    assert waits.see('/status').screen == 'code-unknown'


def others_register(system, count):
    """As if so many devices had."""
    system.sql("UPDATE code SET awaited_to = awaited_to - LEAST(awaited_to, "
               "%d) WHERE awaited_until > UTC_TIMESTAMP()" % count)


@pytest.mark.parametrize('others,state', [(4094, 'paired'), (4095, 'pending')])
def test_a_terminal_waits_for_so_many_registrations(system, browser, others,
                                                    state):
    """Each is a guess at its code: the 64th part of a day's budget."""
    device = system.device()
    browser.submit(device.code)
    others_register(system, others)
    page = browser.see('/status')
    assert (b'stopped waiting' in page.body) == (state == 'pending')
    assert device.register().state == state
    if state == 'pending':
        browser.pair(device)
    assert browser.see('/status').screen == 'operate-device'


def test_real_registrations_are_what_it_waits_for(system, browser):
    browser.submit(new_code())
    left = ("SELECT MAX(awaited_to) - (SELECT MAX(id) FROM registration) "
            "FROM code")
    assert system.sql(left) == [['4095']]
    for _ in range(3):
        system.pending()
    assert system.sql(left) == [['4092']]


@pytest.mark.parametrize('left,state', [(256, 'paired'), (255, 'pending')])
def test_waiting_has_a_budget_of_its_own(system, browser, left, state):
    """A quarter of 2^20; once it is spent the device comes first."""
    system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
               "('early', 'test', UTC_TIMESTAMP(), (1 << 18) - %d)" % left)
    device = system.device()
    page = browser.submit(device.code)
    assert page.screen == 'code-unknown'
    assert (b'stopped waiting' in page.body) == (state == 'pending')
    assert device.register().state == state
    browser.pair(device)


BUDGET = 1 << 18        # a day's, of codes of 40 bits


def waiting_cost(system):
    return int(system.sql("SELECT COALESCE(SUM(spent), 0) FROM guess WHERE "
                          "scope = 'early'")[0][0])


def test_typed_again_it_costs_what_it_adds(system, browser):
    """To wait for so many from now on, of which some were paid for."""
    code = new_code()
    for _ in range(2):
        browser.submit(code)
        assert waiting_cost(system) == 4096
    others_register(system, 4000)
    browser.submit(code)
    assert waiting_cost(system) == 4096 + (BUDGET - 4096) // 64 - 96
    assert system.device(code=code).register().state == 'paired'


def test_the_more_wait_the_less_each(system):
    """A 64th of what is left, 256 at least while there are as many."""
    left = BUDGET
    for _ in range(5):
        system.browser().submit(new_code())
        left -= left // 64
        assert waiting_cost(system) == BUDGET - left


@pytest.fixture
def settled(system):
    """No wait of another test is over and not given back yet."""
    system.sql('UPDATE code SET awaited_to = NULL')


def test_what_did_not_come_is_given_back(system, settled, browser):
    """When a wait is over: matched, or past its time."""
    matched, other = system.device(), system.browser()
    browser.submit(matched.code)
    other.submit(new_code())
    assert matched.register().state == 'paired'
    system.pending()
    minutes_pass(system, 11)
    assert waiting_cost(system) > 8000
    newest = int(system.sql('SELECT MAX(id) FROM registration')[0][0])
    left, = system.sql('SELECT SUM(awaited_to) + COUNT(awaited_to) * (1 - %d) '
                       'FROM code' % newest)
    for _ in range(2):
        assert system.command('purge').returncode == 0
        assert waiting_cost(system) == 4096 + 4032 - int(left[0])
        assert 0 < waiting_cost(system) < 20


def test_what_is_waited_for_is_not_given_back(system, settled, browser):
    device = system.device()
    browser.submit(device.code)
    assert system.command('purge').returncode == 0
    assert waiting_cost(system) == 4096
    assert device.register().state == 'paired'


def test_who_comes_second_costs_nothing(system, browser):
    """Nobody is waited for while two terminals wait."""
    code = new_code()
    browser.submit(code)
    system.browser().submit(code)
    assert waiting_cost(system) == 4096


def test_typed_again_when_the_budget_is_spent_it_waits_on(system, browser):
    """For as many as it waited for already."""
    code = new_code()
    browser.submit(code)
    system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
               "('early', 'test', UTC_TIMESTAMP(), 1 << 18)")
    system.pending()
    page = browser.submit(code)
    assert b'stopped waiting' not in page.body
    others_register(system, 4093)
    device = system.device(code=code)
    assert device.register().state == 'paired'


def test_what_waiting_cost_comes_back_after_a_day(system, browser):
    system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
               "('early', 'test', UTC_TIMESTAMP() - INTERVAL 1 DAY, 1 << 18)")
    device = system.device()
    browser.submit(device.code)
    assert device.register().state == 'paired'


def test_two_terminals_wait_alike(system, browser):
    """Neither later than the other, and nobody for a third."""
    device = system.device()
    other = system.browser()
    browser.submit(device.code)
    minutes_pass(system, 6)
    other.submit(device.code)
    minutes_pass(system, 5)
    for one in (browser, other):
        assert b'in another browser' in one.see('/status').body
    minutes_pass(system, 6)
    browser.submit(device.code)
    assert device.register().state == 'paired'


def test_early_codes_can_be_turned_off(system, browser):
    device = system.device()
    browser.submit(device.code)
    with system.configured(['register'], early_codes='off'):
        assert device.register().state == 'pending'
    assert browser.submit(device.code).screen == 'operate-device'


# --- which device

@pytest.fixture
def twins(system):
    """Two lineages that pend with one code; also told by serial number."""
    code = new_code()
    return (system.pending(code=code, device_id='X-' + new_device_id()
                           + '.a1b2', serial='SER/11-22.33'),
            system.pending(code=code, device_id='X-' + new_device_id()
                           + '.C3D4', serial='SER/44-55.66'))


@pytest.mark.parametrize('which,ending', [
    (0, 'A1B2'), (0, 'a1b2'), (1, 'c3d4'), (0, ' A1-B2 '), (0, '2233'),
    (0, '22.33'), (1, '445566'), (1, '5566')])
def test_name_device(system, browser, twins, which, ending):
    code = twins[0].code
    page = browser.submit(code)
    assert page.screen == 'name-device'
    assert b'name="device"' in page.body
    assert [twin.connect(0).state for twin in twins] == ['pending'] * 2
    assert browser.submit(code, ending).screen == 'operate-device'
    states = [twin.connect(0).state for twin in twins]
    assert states[which] == 'paired' and states[1 - which] == 'pending'
    # The other one's code is now its own alone.
    assert system.browser().submit(code).screen == 'operate-device'


def test_name_device_takes_the_whole_device_id(browser, twins):
    assert browser.submit(twins[1].code, twins[1].device_id).screen == \
        'operate-device'
    assert twins[1].connect(0).state == 'paired'


def test_name_device_compares_only_with_those_named(browser, twins):
    assert browser.submit(twins[0].code, 'QQQQ').screen == 'code-unknown'
    assert [twin.connect(0).state for twin in twins] == ['pending'] * 2


@pytest.mark.parametrize('ending', ['1B2', '2', '!!!!', '--b2'])
def test_less_than_four_characters_name_nothing(browser, twins, ending):
    assert browser.submit(twins[0].code, ending).screen == 'name-device'
    assert [twin.connect(0).state for twin in twins] == ['pending'] * 2


def test_name_device_remembers_the_code(browser, twins):
    browser.submit(twins[0].code)
    assert browser.submit('', 'C3D4').screen == 'operate-device'
    assert twins[1].connect(0).state == 'paired'


def test_one_device_under_two_codes_is_asked_by_code(system, browser):
    one = system.pending()
    two = system.pending(device_id=one.device_id)
    browser.pair(two)
    assert one.connect(0).state == 'pending'
    assert two.connect(0).state == 'paired'


# --- no code at all

@pytest.mark.parametrize('code', [
    '', 'abc', 'ABCDE', '!!!!!!!!!!', 'x' * 65, '<script>', 'ABCD,EFGH',
    'AB' * 200, '------', 'Ärger9', '日本語日本語日本語'],
    ids=ascii)
def test_code_invalid(browser, code):
    assert browser.submit(code).screen == 'code-invalid'


def test_code_invalid_sets_no_session(browser):
    browser.submit('abc')
    assert 'session' not in browser.jar
    assert browser.get('/status').headers['location'].endswith('/pair')


def test_a_form_without_a_code_is_code_invalid(browser):
    assert browser.follow(browser.post('/pair', {})).screen == 'code-invalid'


def test_pair_takes_multipart_forms_too(browser, device):
    body = ('--xx\r\nContent-Disposition: form-data; name="code"\r\n\r\n'
            '%s\r\n--xx--\r\n' % device.code)
    answer = browser.call('POST', '/pair', body, {
        'Content-Type': 'multipart/form-data; boundary=xx'})
    assert browser.follow(answer).screen == 'operate-device'
