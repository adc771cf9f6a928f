"""The language of every screen: asked for, chosen, remembered, kept."""
import html
import re

import pytest

from client import Client, new_code
from test_problem import flood

SCREENS = ('enter-code', 'name-device', 'code-invalid', 'too-many-tries')


def spoken(page):
    """The language that a page says it is in, and says to be current."""
    text = page.body.decode()
    tag = re.search(r'<html lang="([A-Za-z-]+)" dir="(ltr|rtl)">', text)
    current = re.findall(r'value="([A-Za-z-]+)" aria-current="true"', text)
    assert current == [tag.group(1)], text
    return tag.group(1)


@pytest.fixture(scope='module')
def languages(system):
    folder = system.prefix / 'share' / 'tallystick' / 'www'
    return sorted(found.parent.name
                  for found in folder.glob('*/enter-code.html'))


@pytest.fixture(scope='module')
def other(languages):
    """A language that is not English, nor the beginning of another."""
    others = [tag for tag in languages if tag not in ('en', 'qps')]
    if not others:
        pytest.skip('built with English alone')
    return others[0]


def test_every_screen_offers_every_language(system, browser, languages):
    released = system.paired().browser
    pages = [browser.get('/%s/%s.html' % (tag, name)) for tag in languages
             for name in SCREENS]
    pages += [browser.get('/pair'), system.browser().submit(new_code()),
              system.paired(start=False).browser.see('/status'),
              released.see('/status'), released.release(),
              browser.call('POST', '/pair', 'x' * 20000),
              browser.post('/pair', {}, {'Sec-Fetch-Site': 'cross-site'})]
    for page in pages:
        offered = re.findall(r'<button type="submit" name="language" '
                             r'value="([A-Za-z-]+)"', page.body.decode())
        assert sorted(offered) == languages, page


def test_each_language_is_asked_for(browser, languages):
    for tag in languages:
        for wanted in (tag, 'xx,%s;q=0.9' % tag, tag.upper()):
            page = browser.get('/pair', **{'Accept-Language': wanted})
            assert spoken(page) == tag
            assert not [c for c in page.cookies if c.startswith('language')]


def test_a_choice_is_remembered_and_goes_first(browser, other):
    page = browser.get('/pair?language=' + other)
    assert spoken(page) == other
    cookie, = [c for c in page.cookies if c.startswith('language=')]
    value, *attributes = cookie.split('; ')
    assert value == 'language=' + other
    assert set(attributes) == {'Path=/', 'Max-Age=34560000', 'HttpOnly',
                               'SameSite=Lax'}
    for wanted in ('en', 'xx', other):
        assert spoken(browser.get('/', **{'Accept-Language': wanted})) == other
    assert spoken(browser.get('/pair?language=en')) == 'en'
    assert spoken(browser.get('/pair', **{'Accept-Language': other})) == 'en'


@pytest.mark.parametrize('chosen', ['xx', '', '../de', 'en,de', '*', 'e',
                                    'a' * 400, '%0d%0aX:y', '%65'])
def test_what_is_no_language_is_not_chosen(browser, other, chosen):
    page = browser.get('/pair?language=' + chosen,
                       **{'Accept-Language': other})
    assert page.status == 200 and spoken(page) == other
    assert 'language' not in browser.jar and 'x' not in page.headers
    page = browser.get('/en/name-device.html?language=' + chosen)
    assert page.status == 200 and spoken(page) == 'en'
    assert not page.cookies
    browser.jar['language'] = ('xx', '/')
    assert spoken(browser.get('/pair', **{'Accept-Language': other})) == other


def test_static_screens_lead_to_their_sister(browser, other):
    for name in SCREENS:
        answer = browser.get('/en/%s.html?registration=&language=%s'
                             % (name, other))
        assert answer.status == 303
        assert answer.headers['location'] == '/%s/%s.html' % (other, name)
        assert answer.headers['cache-control'] == 'no-store'
        assert set(answer.cookies[0].split('; ')) == {
            'language=' + other, 'Path=/', 'Max-Age=34560000', 'HttpOnly',
            'SameSite=Lax'}
        page = browser.follow(answer)
        assert (spoken(page), page.screen) == (other, name)
    assert spoken(browser.get('/pair')) == other


def test_the_story_stays_in_the_language(system, device, other):
    browser = system.browser()
    browser.get('/pair?language=' + other)
    for page, screen in (
            (browser.submit('x'), 'code-invalid'),
            (browser.get('/pair'), 'enter-code'),
            (browser.submit(new_code()), 'code-unknown'),
            (browser.submit(device.code), 'operate-device'),
            (browser.see('/status'), 'operate-device')):
        assert (page.screen, spoken(page)) == (screen, other)
    device.instruct('start')
    page = browser.see('/status')
    assert (page.screen, spoken(page)) == ('status', other)
    page = browser.release()
    assert (page.screen, spoken(page)) == ('released', other)


def test_what_the_switch_sends_keeps_the_registration(system, other):
    first = system.paired()
    second = system.pending()
    first.browser.pair(second)
    registration = first.browser.see('/status').data('registration')
    assert second.instruct('end').status == 200
    page = first.browser.get('/status?registration=%s&language=%s'
                             % (registration, other))
    assert (spoken(page), page.screen) == (other, 'released')
    assert ('name="registration" value="%s"' % registration
            in page.body.decode()), 'the switch sends it again'
    # nginx's own screens know of none.
    page = first.browser.get('/status?registration=&language=en')
    assert page.status == 200 and spoken(page) == 'en'


def test_no_code_gets_into_the_switch(browser, other):
    code = new_code()
    page = browser.get('/pair?code=' + code)
    switch = re.search(r'<form class="languages".*?</form>',
                       page.body.decode(), re.S).group(0)
    assert code not in switch and 'action' not in switch
    page = browser.get('/pair?language=' + other)
    assert 'value="%s"' % code in page.body.decode(), 'it is not lost'
    browser.submit('AB"<1')
    page = browser.get('/pair?language=' + other)
    value = re.search(r'name="code" value="([^"]*)"', page.body.decode())
    assert html.unescape(value.group(1)) == 'AB"<1'


def test_refusals_of_the_programs(browser, other):
    browser.get('/pair?language=' + other)
    page = browser.post('/pair', {'code': 'x'},
                        {'Sec-Fetch-Site': 'cross-site'})
    assert (page.screen, spoken(page)) == ('refused', other)
    page = browser.call('PUT', '/status')
    assert (page.screen, spoken(page)) == ('refused', other)


@pytest.mark.parametrize('headers', [
    ('', None), ('xx', None), ('xx, {};q=0.8, en;q=0.5', 'other'),
    ('{}-AT', 'other'), ('en-GB,{}', None), ('en,{}', None),
    ('xx-{0}, x{0}', None), ('xx;q=1,\t{}', 'other')])
def test_refusals_of_nginx_go_by_the_browser(browser, other, headers):
    wanted, expected = headers
    page = browser.call('POST', '/pair', 'x' * 20000,
                        {'Accept-Language': wanted.format(other)})
    assert (page.status, page.screen) == (413, 'refused')
    assert spoken(page) == (other if expected else 'en')


def test_refusals_of_nginx_go_by_the_choice(system, browser, other):
    large = 'x' * 20000
    browser.jar['language'] = (other, '/')
    assert spoken(browser.call('POST', '/pair', large,
                               {'Accept-Language': 'en'})) == other
    assert spoken(browser.call('POST', '/pair?language=en', large)) == 'en'
    answer, _, _ = flood(system, Client(system.port).address,
                         '/pair?language=' + other, 429)
    assert (answer.screen, spoken(answer)) == ('unavailable', other)
    assert [c for c in answer.cookies if c.startswith('language=' + other)]


def test_what_nginx_cannot_read_is_refused_with_a_screen(browser, other):
    page = browser.get('/pair?code=' + 'A' * 30000)
    assert (page.status, page.screen) == (414, 'refused')
    page = browser.get('/pair', **{'Accept-Language': other,
                                   'X-Long': 'A' * 30000})
    assert (page.status, page.screen, spoken(page)) == (431, 'refused', other)
