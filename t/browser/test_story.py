"""The pairing as a person does it, in both browsers, with and without
JavaScript, by keyboard alone."""
import json

import pytest

from client import NS, new_code, supply
from driver import DESKTOP, PHONE, Driver

FIELD = 'input[name="code"]'
NAME = 'input[name="device"]'
TO_PAIR = 'main a[href*="pair"]'
END = 'form:has(input[name="action"][value="end"]) button'
BROWSERS = [(name, script) for name in ('chromium', 'firefox')
            for script in (True, False)]
# A refresh every 5 seconds, and the page's own way.
MOVE_ON_MS = {True: 1000, False: 7000}


@pytest.fixture(scope='module', params=BROWSERS, ids=lambda browser: '%s%s' % (
    browser[0], '' if browser[1] else '-no-script'))
def driver(request, system):
    name, script = request.param
    driver = Driver(name, system.base, script)
    yield driver
    driver.stop()


@pytest.fixture
def window(driver):
    with driver.window() as window:
        yield window
        quiet(window)


def quiet(window):
    """Nothing came from elsewhere, nothing complained, every page is safe."""
    seen = window.call('seen')
    assert seen['said'] == []
    for url in seen['asked']:
        assert url.startswith(window.driver.base + '/'), url
    assert seen['got']
    for got in seen['got']:
        assert got['status'] < 400, got
        kind = got['headers'].get('content-type', '')
        if 'location' not in got['headers'] and 'event-stream' not in kind:
            policy = got['headers']['content-security-policy']
            assert 'unsafe' not in policy and "default-src 'self'" in policy


def letters(text):
    return text.upper().replace('-', '').replace(' ', '')


def typed(window, code, path='/pair'):
    window.go(path)
    assert window.screen == 'enter-code'
    window.enter(FIELD, code)
    window.press('Enter')


def paired(window, device):
    typed(window, device.code)
    window.comes('operate-device')
    assert device.device_id[-4:] in window.text()


def release(window):
    """What it takes: to open what hides it, and to confirm."""
    for _ in range(3):
        if window.screen == 'released':
            return
        if not window.there(END):
            window.follow('details:not([open]) > summary')
        window.follow(END)
        window.wait("document.body.dataset.screen === 'released'", 3)
    window.comes('released')


@pytest.mark.parametrize('size', [PHONE, DESKTOP], ids=['phone', 'desktop'])
def test_from_code_to_release(driver, device, size):
    with driver.window(size) as window:
        window.go('/')
        assert window.look('document.activeElement.name') == 'code', \
            'the field is not ready to type'
        paired(window, device)
        assert window.data('service') == 'stopped'
        window.wait('performance.now() > 2500')

        assert device.instruct('start').status == 200
        waited = window.comes('status')
        assert waited <= MOVE_ON_MS[driver.script], waited
        assert window.data('service') == 'started'

        version = window.data('version')
        answer = device.report(supply(60, index=1), supply(7, index=2,
                               colorant='magenta', unit='percent'))
        assert answer.status == 200
        assert answer.xml.find(NS + 'Order') is not None
        if driver.script:
            assert window.wait('document.body.dataset.version !== %s'
                               % json.dumps(version), 5) is not None
        else:
            window.go('/status')
        assert window.look('[...document.querySelectorAll("[data-supply]")]'
                           '.map((e) => [e.dataset.supply, '
                           'e.dataset.percent])') == [['1', '60'],
                                                      ['2', '7']]
        release(window)
        assert device.connect(0).status == 410
        quiet(window)


def test_not_my_device(window, device):
    paired(window, device)
    release(window)
    assert device.connect(0).status == 410


def test_code_first_then_the_device(window, system):
    device = system.device()
    typed(window, device.code)
    window.comes('code-unknown')
    device.register()
    window.comes('operate-device', 7)
    assert device.device_id[-4:] in window.text()


def test_the_mistake_is_there_to_be_corrected(window, device):
    wrong = device.code[:-1] + '?'
    typed(window, wrong)
    window.comes('code-invalid')
    assert window.value(FIELD).upper() == wrong

    other = new_code()
    window.enter(FIELD, other)
    window.press('Enter')
    window.comes('code-unknown')
    window.follow(TO_PAIR)
    window.comes('enter-code')
    assert letters(window.value(FIELD)) == other

    # In groups and small letters, as it stands on a label.
    groups = ' '.join((device.code[:5], device.code[5:])).lower()
    window.enter(FIELD, groups)
    window.press('Enter')
    window.comes('operate-device')
    for url in window.call('seen')['asked'] + [window.url]:
        assert not any(code in url.upper() for code in (
            wrong[:-1], other, device.code)), url


def test_one_code_on_two_devices(window, system):
    mine = system.pending()
    system.pending(code=mine.code)
    typed(window, mine.code)
    window.comes('name-device')
    assert window.there(NAME)
    window.enter(NAME, mine.device_id[-4:].lower())
    window.press('Enter')
    window.comes('operate-device')
    assert mine.device_id[-4:] in window.text()


def test_too_many_tries(window, device):
    for _ in range(5):
        typed(window, new_code())
        window.comes('code-unknown')
    typed(window, device.code)
    window.comes('too-many-tries')
    assert device.connect(0).state == 'pending'
    assert letters(window.value(FIELD)) == device.code, 'typed for nothing'


def test_the_link_of_a_qr_code_pairs_nothing(window, device):
    window.go('/pair?code=' + device.code)
    assert window.screen == 'enter-code'
    assert letters(window.value(FIELD)) == device.code
    assert device.connect(0).state == 'pending'
    window.follow(FIELD)
    window.comes('operate-device')
    assert device.code not in window.url
