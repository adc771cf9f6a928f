"""The screens on which a code is typed: the mistake beside the field, what
was typed in it, and the check character."""
import html
import re
import subprocess

import pytest

from client import Client, new_code, told

VALUES = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*'
BOUND = 30 * 1024
SCREENS = ('enter-code', 'code-invalid', 'name-device', 'too-many-tries')


def field(page, name='code'):
    """A field's attributes."""
    tag = re.search(r'<input[^>]* name="%s"[^>]*>' % name,
                    page.body.decode()).group(0)
    return {key: html.unescape(value)
            for key, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}


def told_beside(page, name='code'):
    """What the field's aria-describedby leads to, as text."""
    text = page.body.decode()
    words = ''
    for part in field(page, name)['aria-describedby'].split():
        assert text.count('id="%s"' % part) == 1, part
        inner = text.split('id="%s"' % part)[1].split('</div>')[0]
        words += re.sub(r'<[^>]*>', '', inner.split('>', 1)[1])
    return ' '.join(words.split())


@pytest.mark.parametrize('typed,sentence', [
    ('', 'Nothing was typed'), (' - ', 'Nothing was typed'),
    ('7kq4', 'too short'), ('x' * 65, 'too long'),
    ('7KQ4,M2XW', 'only letters and digits'),
    ('日本語日本語日本語', 'only letters and digits'),
    ('<script>alert("1")', 'only letters and digits')], ids=ascii)
def test_the_mistake_stands_beside_the_filled_field(browser, typed, sentence):
    page = browser.submit(typed)
    assert page.screen == 'code-invalid'
    assert field(page)['value'] == typed
    assert field(page)['aria-invalid'] == 'true'
    assert 'role="alert"' in page.body.decode()
    said = told_beside(page)
    assert sentence in said and 'not a whole code' not in said
    assert said.count('A code has') <= 1


def test_what_was_typed_is_in_no_address(browser):
    for code in ('7KQ4,M2XW', '7KQ4', new_code()):
        answer = browser.post('/pair', {'code': code})
        assert code not in answer.headers['location']
        assert code not in answer.headers['set-cookie']


def test_without_cookies_the_mistake_is_told_all_the_same(browser):
    page = browser.get('/pair?after=code-invalid')
    assert page.screen == 'code-invalid' and field(page)['value'] == ''
    assert 'not a whole code' in told_beside(page)


def test_too_many_tries_keeps_the_code(browser):
    code = new_code()
    for _ in range(5):
        browser.submit(new_code())
    page = browser.submit(code)
    assert page.screen == 'too-many-tries' and field(page)['value'] == code


def test_name_device_comes_filled(system, browser):
    code = new_code()
    system.pending(code=code)
    device = system.pending(code=code)
    page = browser.submit(code)
    assert (page.screen, field(page)['value']) == ('name-device', code)
    assert field(page, 'device')['value'] == ''
    assert field(page, 'device')['aria-invalid'] == 'false'
    page = browser.submit(code, 'a"1')
    assert page.screen == 'name-device' and field(page)['value'] == code
    assert field(page, 'device')['value'] == 'a"1'
    assert field(page, 'device')['aria-invalid'] == 'true'
    assert 'too short' in told_beside(page, 'device')
    page = browser.submit('', device.device_id[-5:])
    assert page.screen == 'operate-device', 'the code was kept'


def test_correcting_an_unknown_code(browser):
    code = new_code()
    page = browser.submit(code.lower())
    link = re.search(rb'href="(pair\?[^"]*)"', page.body).group(1).decode()
    page = browser.get('/' + link)
    assert page.screen == 'enter-code'
    assert field(page)['value'] == code.lower()
    assert 'No printer has called us with this code' in told_beside(page)
    assert 'No printer' not in told_beside(browser.get('/pair'))


def test_how_a_code_was_read(browser):
    page = browser.get('/pair?code=o1l-2_3%20%EF%BC%A1bcde')
    said = told_beside(page)
    assert 'We read it as 0112-3ABC-DE.' in said
    assert 'looks like this' not in said, 'no second code beside it'
    assert 'came with a link' in said
    assert 'We read it' not in told_beside(browser.get('/pair?code=0112-3ABC'))
    assert 'came with' not in told_beside(browser.get('/pair'))
    assert 'looks like this: 7KQ4-M2XW-9T' in told_beside(
        Client(browser.port).request('GET', '/pair'))


@pytest.mark.parametrize('after', ['', 'nothing', '../x', 'status', '%3Cb%3E',
                                   'code-invalid%00', 'a' * 3000])
def test_after_something_unknown_is_the_plain_form(browser, after):
    page = browser.get('/pair?after=' + after)
    if page.status == 200:
        assert page.screen == 'enter-code'
        assert 'name="after"' not in page.body.decode()
    else:
        assert (page.status, page.screen) == (422, 'refused')


def test_the_language_switch_stays_on_the_screen(browser):
    for after in SCREENS[1:] + ('code-unknown',):
        page = browser.get('/pair?after=' + after)
        assert 'name="after" value="%s"' % after in page.body.decode()


def test_the_field_suits_a_phone(browser):
    """autocomplete=off: one-time-code would offer what came by text message,
    while this code stands on the printer; and the browser's memory would
    offer it to whoever uses the browser next."""
    for path in ['/pair'] + ['/pair?after=' + name for name in SCREENS]:
        attributes = field(browser.get(path))
        assert attributes['autocapitalize'] == 'characters'
        assert attributes['autocorrect'] == attributes['autocomplete'] == 'off'
        assert attributes['spellcheck'] == 'false'
        assert attributes['inputmode'] == 'text'
        assert attributes['enterkeyhint'] == 'go'


# --- what is not there, and what a screen weighs

@pytest.mark.parametrize('path', ['/nothing', '/a/b/c', '/en/', '/en/x.html',
                                  '/style', '/problem/throttled.xml',
                                  '/refusal/en/refused.html'])
def test_what_is_not_there_is_a_screen(browser, path):
    page = browser.get(path)
    assert (page.status, page.screen) == (404, 'not-found')
    for link in re.findall(rb'(?:href|src)="([^"]+)"', page.body):
        link = link.decode().split('#')[0]
        assert link.startswith('/'), 'holds at any depth'
        assert browser.get(link).status in (200, 303), link


def test_what_is_not_there_for_devices_is_a_document(browser):
    for path in ('/device/', '/device/nothing', '/device/connect/'):
        for method in ('GET', 'POST'):
            answer = browser.call(method, path)
            assert (answer.status, answer.problem) == (404, 'not-found')


def weight(browser, page):
    """A page with all that it loads, in bytes."""
    files = set(re.findall(r'(?:href|src)="((?:\.\./|/)?[a-z/.-]+'
                           r'\.(?:css|js|svg))', page.body.decode()))
    assert any(name.endswith('style.css') for name in files)
    total = len(page.body)
    for name in files:
        got = browser.get('/' + name.lstrip('./'))
        assert got.status == 200, name
        total += len(got.body)
    return total


def test_every_screen_is_light(system, browser):
    paired = system.paired()
    other = system.paired(start=False)
    pages = [browser.get('/pair?after=' + name) for name in SCREENS]
    pages += [browser.get('/nothing'), system.browser().submit(new_code()),
              browser.post('/pair', {'code': 'x'},
                           {'Sec-Fetch-Site': 'cross-site'}),
              other.browser.see('/status'), paired.browser.see('/status'),
              paired.browser.release()]
    weights = {page.screen: weight(browser, page) for page in pages}
    assert set(weights) == set(SCREENS) | {
        'not-found', 'code-unknown', 'refused', 'operate-device', 'status',
        'released'}
    print(weights)
    assert max(weights.values()) < BOUND, weights


def test_the_style_knows_no_left_and_right(browser):
    style = browser.get('/style.css').body.decode()
    assert not re.search(r'(^|[\s;{-])(left|right|top|bottom)\s*[:;]', style)
    assert not re.search(r'[\s;{](min-|max-)?(width|height)\s*:(?!.*\)\s*{)',
                         style)


# --- the check character

def checked(body):
    """The body with its check character (ISO/IEC 7064, MOD 37-2), None where
    that would be no part of a normal form."""
    total = 0
    for character in body:
        total = (total + VALUES.index(character)) * 2 % 37
    found = VALUES[(38 - total) % 37]
    return None if found in 'ILO*' else body + found


def new_checked():
    while True:
        code = checked(new_code())
        if code:
            told.add(code)
            return code


@pytest.fixture
def strict(system):
    with system.configured(['pair', 'register'], code_check='on'):
        yield system


def test_the_check_character_of_the_standard():
    assert checked('G123489654321') == 'G123489654321Y'


def test_a_typing_mistake_is_told_as_one(strict):
    browser, device = strict.browser(), strict.device(code=new_checked())
    assert device.register().state == 'pending'
    wrong = device.code[1] + device.code[0] + device.code[2:]
    if wrong == device.code:
        wrong = ('2' if wrong[0] != '2' else '3') + wrong[1:]
    before = strict.sql('SELECT COUNT(*) FROM submission')
    for _ in range(8):
        page = browser.submit(wrong)
        assert page.screen == 'code-invalid'
    assert 'typing mistake' in told_beside(page)
    assert field(page)['value'] == wrong
    assert strict.sql('SELECT COUNT(*) FROM submission') == before
    assert 'session' not in browser.jar
    # None of them was a try.
    assert browser.submit(device.code.lower()).screen == 'operate-device'


def test_a_device_without_the_check_character_is_refused(strict):
    code = new_checked()
    wrong = code[:-1] + ('2' if code[-1] != '2' else '3')
    answer = strict.device(code=wrong).try_register()
    assert (answer.status, answer.problem) == (422, 'invalid')
    assert 'MOD 37-2' in answer.detail and wrong not in answer.detail


@pytest.mark.parametrize('length,status', [(7, 422), (8, 201)])
def test_the_check_character_adds_no_strength(strict, length, status):
    code = None
    while code is None or code.isdigit():
        code = checked(new_code(length))
    answer = strict.device(code=code).try_register()
    assert answer.status == status
    if status == 422:
        assert 'too weak' in answer.detail
        assert 'and the check character' in answer.detail


def test_digits_with_a_letter_to_check_are_digits(strict):
    code = next(code for code in (checked('1234567890%02d' % n)
                                  for n in range(100))
                if code and code[-1].isalpha())
    assert strict.device(code=code).try_register().status == 422


@pytest.mark.parametrize('keys,length', [
    ('', 10), ('code-check = on', 11), ('code-bits = 64', 13),
    ('code-bits = 256\ncode-check = on', 53)])
def test_codes_for_makers(system, keys, length):
    """What "tallystick code make" draws, "code check" takes, and no other."""
    conf = system.folder / 'code.conf'
    conf.write_text(keys + '\n')
    conf.chmod(0o644)

    def run(words, typed=''):
        return subprocess.run(
            [str(system.prefix / 'bin' / 'tallystick'), '-c', str(conf),
             'code', *words.split()], input=typed, text=True,
            capture_output=True, timeout=20, **system.as_owner())
    codes = run('make 200').stdout.split()
    assert len(set(codes)) == 200
    for code in codes:
        assert re.fullmatch('([0-9A-Z]{4}-)*[0-9A-Z]{1,4}', code)
        body = code.replace('-', '')
        assert len(body) == length and not set(body) & set('ILO')
        if 'on' in keys:
            assert checked(body[:-1]) == body
    assert len(run('make').stdout.split()) == 1
    assert run('check', '\n'.join(codes).lower() + '\n').returncode == 0
    wrong = run('check', codes[0] + '\n123456\n7K,\n\n')
    assert wrong.returncode == 1 and '123456' not in wrong.stderr
    for number, sentence in ((2, 'fit' if 'on' in keys else 'weak'),
                             (3, 'letters and digits'), (4, 'empty')):
        assert re.search('line %d: .*%s' % (number, sentence), wrong.stderr)
    assert 'line 1:' not in wrong.stderr
    for words in ('', 'make -1', 'make x', 'make 1 2', 'check 7KQ4', 'sell'):
        assert run(words).returncode == 64


def test_off_any_last_character_will_do(system, browser):
    code = new_checked()
    wrong = code[:-1] + ('2' if code[-1] != '2' else '3')
    browser.pair(system.pending(code=wrong))
