"""Sessions, /status and its release."""
import re

import pytest

from client import new_code, supply
from system import eventually

DAYS_400 = 400 * 24 * 60 * 60


def cookie(answer, name):
    found = [c for c in answer.cookies if c.startswith(name + '=')]
    assert len(found) == 1, answer.cookies
    return found[0].split('; ')


def test_cookies_are_bound_to_the_browser(browser, device):
    terminal = cookie(browser.get('/pair'), 'terminal')
    session = cookie(browser.post('/pair', {'code': device.code}), 'session')
    for value in (terminal, session):
        assert len(value[0].split('=')[1]) == 43, '256 random bits'
        assert set(value[1:]) == {'Path=/', 'Max-Age=%d' % DAYS_400,
                                  'HttpOnly', 'SameSite=Lax'}


def test_the_terminal_keeps_its_name(browser):
    browser.get('/')
    assert browser.get('/pair').cookies == []
    answer = browser.post('/pair', {'code': new_code()})
    assert not any(c.startswith('terminal=') for c in answer.cookies)


def test_cookies_over_tls(system, browser, device):
    with system.configured(['pair', 'status'],
                           base_url='https://tallystick.example'):
        terminal = cookie(browser.get('/pair'), '__Host-terminal')
        session = cookie(browser.post('/pair', {'code': device.code}),
                         '__Host-session')
        assert browser.see('/status').screen == 'operate-device'
        typed = cookie(browser.post('/pair', {'code': 'abc'}),
                       '__Secure-typed')
        assert b'value="abc"' in browser.see('/pair').body
        chosen = cookie(browser.get('/pair?language=de'), '__Host-language')
        assert b'lang="de"' in browser.get('/pair').body
    for value in (terminal, session):
        assert 'Secure' in value and 'Path=/' in value
        assert 'HttpOnly' in value and 'SameSite=Lax' in value
    assert set(typed[1:]) == {'Secure', 'Path=/pair', 'Max-Age=600',
                              'HttpOnly', 'SameSite=Lax'}
    assert set(chosen[1:]) == {'Secure', 'Path=/', 'Max-Age=%d' % DAYS_400,
                               'HttpOnly', 'SameSite=Lax'}


def test_a_fresh_session_each_time_and_the_old_one_is_void(system, browser):
    first, second = system.pending(), system.pending()
    browser.pair(first)
    old = browser.jar['session']
    browser.pair(second)
    assert browser.jar['session'] != old
    thief = system.browser()
    thief.jar['session'] = old
    assert thief.get('/status').headers['location'].endswith('/pair')
    # What it held went over: the newest is shown, the others linked.
    page = browser.see('/status')
    link = re.search(r'href="(?:\.\./)?(status\?registration=\d+)"',
                     page.body.decode())
    assert link, page.body
    other = browser.see('/' + link.group(1))
    assert other.screen == 'operate-device'
    assert first.device_id[-4:].encode() in other.body
    assert second.device_id[-4:].encode() in page.body


def test_a_value_sent_in_is_never_adopted(system, device):
    planted = 'P' * 43
    victim = system.browser()
    victim.jar = {'session': (planted, '/'), 'terminal': (planted, '/')}
    victim.pair(device)
    assert victim.jar['session'][0] != planted
    attacker = system.browser()
    attacker.jar['session'] = (planted, '/')
    assert attacker.get('/status').status == 303


def test_a_waiting_submission_gets_a_session_too(browser):
    browser.submit(new_code())
    first = browser.jar['session']
    assert browser.see('/status').screen == 'code-unknown'
    browser.submit(new_code())
    assert browser.jar['session'] != first


def test_a_miss_does_not_lose_what_was_held(browser, device):
    browser.pair(device)
    browser.submit(new_code())
    page = browser.see('/status')
    assert page.screen == 'code-unknown'
    assert b'registration=' in page.body, 'the paired one is linked'


def test_without_a_session(browser):
    answer = browser.get('/status')
    assert answer.status == 303
    assert answer.headers['location'] == '/pair'
    for value in ('x', 'S' * 43, 'S' * 5000):
        browser.jar['session'] = (value, '/')
        assert browser.get('/status').status in (303, 400), value[:50]


def test_thirty_two_registrations_at_most(system, browser):
    devices = []
    for _ in range(33):
        browser.roam()
        devices.append(system.pending())
        browser.pair(devices[-1])
    page = browser.see('/status').body.decode()
    assert len(re.findall(r'status\?registration=\d+', page)) == 31
    held = system.sql(
        "SELECT COUNT(*) FROM holding h JOIN registration r ON r.id = "
        "h.registration WHERE r.device_id IN ('%s')"
        % "','".join(device.device_id for device in devices))
    assert held == [['32']]


# --- the page

def test_the_status_page(system):
    device = system.paired(serial='SN0815')
    device.report(supply(59, 1, capacity=99), supply(-2, 2, colorant='black'),
                  supply(300, 3, colorant='magenta'),
                  supply(0, 7, colorant='&lt;i&gt;gray'), supply(100, 8))
    # The courier's news may come between: then the next look agrees.
    for _ in range(20):
        page = device.browser.see('/status')
        if int(page.data('version')) == device.connect(0).version:
            break
    assert int(page.data('version')) == device.connect(0).version
    assert page.screen == 'status'
    assert page.data('state') == 'paired' and page.data('service') == 'started'
    found = dict(re.findall(
        r'data-supply="(\d+)"[^>]* data-percent="([a-z0-9]+)"',
        page.body.decode()))
    assert found == {'1': '59', '2': 'unknown', '3': found['3'], '7': '0',
                     '8': '100'}
    assert found['3'] in ('100', 'unknown'), 'at most 100'
    assert b'&lt;i&gt;gray' in page.body and b'<i>gray' not in page.body
    assert page.headers['cache-control'] == 'no-store'
    device.instruct('stop')
    page = device.browser.see('/status')
    assert (page.screen, page.data('service')) == ('status', 'stopped')


def test_the_status_page_shows_orders(paired):
    order, = paired.report(supply(4)).orders
    assert order.encode() in paired.browser.see('/status').body


# --- the release

def test_release(paired):
    page = paired.browser.release()
    assert page.screen == 'released' and b'You released it' in page.body
    assert paired.report().status == 410
    assert paired.browser.release().screen == 'released', 'a repeat'


def test_release_of_one_among_several(system, browser):
    first, second = system.pending(), system.pending()
    browser.pair(first)
    browser.pair(second)
    number = system.sql("SELECT id FROM registration WHERE device_id = '%s'"
                        % first.device_id)[0][0]
    browser.release(number)
    assert first.connect(0).status == 410
    assert second.connect(0).state == 'paired'


def test_release_of_a_stranger_s_registration(system, browser, device):
    browser.pair(device)
    stranger = system.paired()
    number = system.sql("SELECT id FROM registration WHERE device_id = '%s'"
                        % device.device_id)[0][0]
    stranger.browser.release(number)
    assert device.connect(0).state == 'paired'
    assert stranger.connect(0).state == 'paired'


@pytest.mark.parametrize('fields', [{}, {'action': ''}, {'action': 'start'},
                                    {'action': 'end', 'registration': 'x'}])
def test_other_actions_change_nothing(paired, fields):
    answer = paired.browser.post('/status', fields)
    assert answer.status in (400, 422) and answer.screen == 'refused'
    assert paired.connect(0).state == 'paired'


def test_released_tells_who_ended_it(system):
    by_device, by_operator = system.paired(), system.paired()
    by_device.instruct('end')
    page = by_device.browser.see('/status')
    assert page.screen == 'released' and b'at the printer' in page.body
    system.sql("CALL end_registration((SELECT id FROM registration WHERE "
               "device_id = '%s'), 'operator', @ended)"
               % by_operator.device_id)
    page = by_operator.browser.see('/status')
    assert page.screen == 'released' and b'run this service' in page.body
    assert by_operator.connect(0).status == 410


def test_after_a_release_the_device_can_be_paired_again(system, paired):
    paired.browser.release()
    assert paired.register().state == 'pending'
    paired.browser.roam()
    system.sql('UPDATE code SET matched_at = NULL')
    paired.browser.pair(paired)
    assert eventually(lambda: paired.connect(0).state == 'paired', 2)
