"""The switch of languages, by keyboard, with and without JavaScript: every
screen speaks the language, and nothing that was typed is lost or told."""
import pytest

from client import new_code
from driver import Driver

FIELD = 'input[name="code"]'
CURRENT = 'form.languages [aria-current]'


@pytest.fixture(scope='module', params=[True, False],
                ids=['script', 'no-script'])
def driver(request, system):
    driver = Driver('chromium', system.base, request.param)
    yield driver
    driver.stop()


@pytest.fixture(scope='module')
def languages(system):
    return sorted(found.parent.name for found in (
        system.prefix / 'share' / 'tallystick' / 'www').glob(
            '*/enter-code.html'))


def switch(window, tag):
    window.follow('form.languages button[value="%s"]' % tag)
    assert window.wait('document.documentElement.lang === "%s" && '
                       'document.readyState === "complete"' % tag) is not None
    assert window.look('document.querySelector("%s").value' % CURRENT) == tag


def test_every_language_is_chosen_and_kept(driver, system, languages, device):
    with driver.window() as window:
        window.go('/pair')
        for tag in languages:
            switch(window, tag)
            assert window.screen == 'enter-code'
            assert window.look('document.documentElement.dir') == (
                'rtl' if tag == 'qps-Arab' else 'ltr')
            assert window.overflow() <= 0, tag
        tag = [tag for tag in languages if tag != 'en'][0]
        switch(window, tag)
        window.enter(FIELD, device.code)
        window.press('Enter')
        window.comes('operate-device')
        assert window.look('document.documentElement.lang') == tag
        device.instruct('start')
        window.comes('status')
        assert window.look('document.documentElement.lang') == tag
        switch(window, 'en')
        assert window.screen == 'status'


def test_nothing_typed_is_lost_or_told(driver, languages):
    tag, code = languages[0], new_code()
    with driver.window() as window:
        window.go('/pair')
        window.enter(FIELD, code + '?')
        window.press('Enter')
        window.comes('code-invalid')
        switch(window, tag)
        assert window.screen == 'code-invalid'
        assert window.value(FIELD) == code + '?'
        if driver.script:
            window.enter(FIELD, code[:4])
            switch(window, 'en')
            assert window.value(FIELD) == code[:4]
            switch(window, tag)
            assert window.value(FIELD) == code[:4]
            assert window.look('sessionStorage.length') == 0
        for url in window.call('seen')['asked']:
            assert code[:4] not in url, url
