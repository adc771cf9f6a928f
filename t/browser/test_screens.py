"""Every screen in every language, light and dark, on a phone and on a
desktop: what axe-core finds, whether it fits, and a picture of each in the
folder screens of the build."""
import os
import pathlib

import pytest

from driver import DESKTOP, PHONE
from scenes import Scene

WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']
NARROW = (320, 640)
# Not for readers: they show whether there is room, and on both sides.
PSEUDO = 'qps'
REFUSALS = ('refused', 'unavailable', 'not-found')
TOO_LONG = """
    const field = document.querySelector('input[name="code"]');
    field.removeAttribute('maxlength');
    field.value = 'x'.repeat(20000);
    field.form.submit();
"""


def pytest_generate_tests(metafunc):
    if 'language' in metafunc.fixturenames:
        metafunc.parametrize('language', built())


def built():
    """The languages, known before there is a system."""
    prefix = os.environ.get('TALLYSTICK_PREFIX')
    if prefix is None:
        return ['en']
    www = pathlib.Path(prefix) / 'share' / 'tallystick' / 'www'
    return sorted(page.parent.name for page in www.glob('*/enter-code.html'))


@pytest.fixture(scope='module')
def album(system):
    build = os.environ.get('TALLYSTICK_BUILD')
    folder = (pathlib.Path(build) if build else system.run) / 'screens'
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def speaks(window, language):
    """As one who once used the switch of languages."""
    window.call('cookies', url=window.driver.base,
                jar={'language': language})


def inspect(window, scene, language, album):
    """All that can be wrong with what the window shows now."""
    wrong = []
    pseudo = language.startswith(PSEUDO)
    if window.look('document.documentElement.lang') != language:
        wrong.append('not in this language')
    for size in (NARROW, DESKTOP, PHONE):
        window.call('size', width=size[0], height=size[1])
        beyond = max(window.overflow(), window.cut())
        if beyond > 0:
            wrong.append('%d px too wide at %d' % (beyond, size[0]))
        for scheme in ('light', 'dark'):
            if size == NARROW or scheme == 'dark' and pseudo:
                continue
            window.call('colours', scheme=scheme)
            window.call('shot', path=str(album / language / (
                '%s-%s-%s.png' % (scene.name, 'phone' if size == PHONE
                                  else 'desktop', scheme))))
            if size == PHONE and not pseudo:
                wrong += ['%s: %s' % (scheme, found)
                          for found in window.call(
                              'axe', tags=WCAG,
                              without='[lang^="%s"]' % PSEUDO)]
    seen = window.call('seen')
    wrong += [text for text in seen['said']
              if not (scene.name in REFUSALS and 'Failed to load' in text)]
    wrong += ['asked elsewhere: ' + url for url in seen['asked']
              if not url.startswith(window.driver.base)]
    window.call('calm')
    return ['%s: %s' % (scene.name, text) for text in wrong]


def look_at(window, scene, language, album):
    (album / language).mkdir(exist_ok=True)
    if window.screen != scene.screen:
        return ['%s: %s came' % (scene.name, window.screen)]
    return inspect(window, scene, language, album)


@pytest.fixture
def window(chromium):
    with chromium.window() as window:
        yield window


def test_every_screen(window, stage, language, album):
    wrong = []
    for scene in stage:
        window.call('forget')
        window.resume(scene.browser)
        speaks(window, language)
        window.go(scene.path.format(language=language))
        wrong += look_at(window, scene, language, album)
    assert not wrong, '\n'.join(wrong)


def test_what_the_front_refuses(window, language, album):
    speaks(window, language)
    window.go('/pair')
    window.look('{%s}' % TOO_LONG)
    window.comes('refused')
    wrong = look_at(window, Scene('refused', 'refused', None, None), language,
                    album)
    window.go('/nothing-here')
    wrong += look_at(window, Scene('not-found', 'not-found', None, None),
                     language, album)
    assert not wrong, '\n'.join(wrong)


def test_when_a_program_is_away(window, system, album):
    wrong = []
    system.part('stop', 'status')
    try:
        for language in built():
            speaks(window, language)
            window.go('/status')
            wrong += look_at(window, Scene('unavailable', 'unavailable', None,
                                           None), language, album)
    finally:
        system.part('start', 'status')
    assert not wrong, '\n'.join(wrong)
