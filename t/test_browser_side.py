"""What every answer tells a browser, whatever kind of answer it is: screens
and what belongs to them, redirects, refusals of the programs and of the front,
events, and what devices get, for a browser can be sent there too."""
import http.client
import itertools
import re
import secrets
import threading
import urllib.parse

import pytest
from client import FORM, Answer, Browser, Client, Device, new_address, \
    new_code, supply

POLICY = {'default-src': "'self'", 'base-uri': "'none'",
          'form-action': "'self'", 'frame-ancestors': "'none'",
          'object-src': "'none'"}
# What is the same for everyone may be kept, a little while.
STATIC = re.compile(r'/(en/[a-z-]+\.html|style\.css|(language|status)\.js|'
                    r'favicon\.svg|pictures/[a-z0-9-]+\.svg)$')


def check(answer, path, tls=False):
    """Headers of one answer."""
    headers = answer.headers
    policy = dict(part.strip().split(' ', 1) for part in
                  headers['content-security-policy'].split(';'))
    assert policy == POLICY, path
    assert headers['x-content-type-options'] == 'nosniff', path
    assert headers['referrer-policy'] == 'same-origin', path
    assert headers['cross-origin-opener-policy'] == 'same-origin', path
    assert headers.get('strict-transport-security') == (
        'max-age=31536000; includeSubDomains' if tls else None), path
    assert not [name for name in headers
                if name.startswith('access-control')], path
    if STATIC.match(path) and answer.status == 200:
        assert headers['cache-control'] == 'public, max-age=300', path
        assert not answer.cookies, path
    elif answer.status != 204:
        assert headers['cache-control'] == 'no-store', (path, answer)
    if answer.body:
        kind = headers['content-type']
        assert kind.split(';')[0] in (
            'text/html', 'text/css', 'text/javascript', 'image/svg+xml',
            'text/event-stream', 'application/xml',
            'application/problem+xml'), (path, kind)
        if kind.startswith(('text/', 'application/xml')):
            assert 'charset=utf-8' in kind or 'event-stream' in kind, path
    for cookie in answer.cookies:
        assert 'HttpOnly' in cookie and 'SameSite=Lax' in cookie, path


def static_files(system):
    www = system.prefix / 'share' / 'tallystick' / 'www'
    files = ['/' + str(path.relative_to(www)) for kind in (
        '*.css', '*.js', '*.svg', 'pictures/*.svg') for path in www.glob(kind)]
    assert len(files) > 4
    return files + ['/en/%s.html' % name for name in (
        'enter-code', 'name-device', 'code-invalid', 'too-many-tries')]


def answers(system, browser, device, extra):
    """(path, status, answer) of every kind."""
    def get(path, status=200, who=browser, **more):
        headers = dict(more, **extra)
        return path, status, who.call('GET', path, headers=headers)

    def post(path, body, status, who=browser, kind=FORM, method='POST'):
        return path, status, who.call(method, path, body, dict(
            {'Content-Type': kind}, **extra))

    for path in static_files(system):
        yield get(path)
    other = Browser(system.port)
    for path, status in (
            ('/', 200), ('/pair', 200), ('/pair?code=ABCDEF', 200),
            ('/pair?after=code-invalid', 200), ('/status', 303),
            ('/pair?language=de', 200), ('/en/enter-code.html?language=de',
                                         303),
            ('/pair?code=%zz', 422), ('/nothing', 404), ('/en/', 404),
            ('/en/status.html', 404), ('/en/nothing.html', 404),
            ('/refusal/en/refused.html', 404), ('/problem/503.html', 404),
            ('/hold/a.1', 404), ('/events/a.1', 404), ('/.git/config', 404),
            ('/pictures/', 404), ('/pair/', 404), ('/pair?' + 'x' * 9000,
                                                   414)):
        yield get(path, status, other)
    yield get('/pair', 431, other, Cookie='a=' + 'b' * 9000)
    yield post('/pair', 'code=x', 303, other)
    yield post('/pair', 'code=' + new_code(), 303, other)
    yield get('/status', 200, other)
    yield post('/pair', 'code=x', 415, other, 'text/plain')
    yield post('/pair', 'x' * 20000, 413, other)
    yield post('/pair', '--', 400, other, 'multipart/form-data')
    yield post('/status', 'action=no', 422, other)
    yield post('/pair', '', 405, other, method='PUT')
    yield post('/status', '', 405, other, method='DELETE')
    yield post('/style.css', '', 405, other)
    yield get('/status', 200)
    yield get('/status?since=1', 200, Accept='text/event-stream')
    # Devices.
    token = {'Authorization': 'Bearer ' + device.token}
    yield get('/device/connect', 200, device, **token)
    yield get('/device/connect', 401, device)
    yield get('/device/connect?since=x', 422, device, **token)
    yield get('/device/register', 405, device)
    yield get('/device/', 404, device)
    yield get('/device/nothing', 404, device)
    yield post('/device/report', '<a', 401, device, 'application/xml')
    yield post('/device/register', '<a', 400, device, 'application/xml')
    yield post('/device/register', 'x' * 70000, 413, device,
               'application/xml')
    yield post('/device/register', '<a/>', 415, device, 'text/plain')


def caller(client):
    """A device's connection with a browser's call()."""
    client.call = client.request
    return client


@pytest.mark.parametrize('tls', [False, True])
def test_headers_of_every_kind_of_answer(system, tls):
    extra = {'X-Forwarded-Proto': 'https'} if tls else {}
    device = system.paired()
    seen = set()
    for path, status, answer in answers(system, device.browser,
                                        caller(device), extra):
        assert answer.status == status, (path[:60], answer)
        # What is refused unread is not known to have come over TLS.
        check(answer, path[:60], tls and status not in (414, 431))
        seen.add(status)
    assert seen >= {200, 303, 400, 401, 404, 405, 413, 414, 415, 422, 431}


def test_headers_when_a_program_is_away(system, device, browser):
    caller(device)
    system.part('stop', 'pair', 'report')
    try:
        answer = browser.get('/pair')
        assert (answer.status, answer.screen) == (503, 'unavailable')
        check(answer, '/pair')
        answer = device.report()
        assert (answer.status, answer.problem) == (503, 'unavailable')
        check(answer, '/device/report')
    finally:
        system.part('start', 'pair', 'report')


@pytest.mark.parametrize('method,path', [('POST', '/pair'),
                                         ('GET', '/device/connect')])
def test_headers_of_what_the_front_throttles(system, method, path):
    """To a person and to a device, on one connection, to be fast enough."""
    address = new_address()
    connection = http.client.HTTPConnection(
        '127.0.0.1', system.port, timeout=20, source_address=(address, 0))
    for _ in range(3000):
        connection.request(method, path, 'code=x' if method == 'POST' else
                           None, {'Content-Type': FORM})
        response = connection.getresponse()
        answer = Answer(response, response.read())
        if answer.status == 429:
            break
    assert answer.status == 429
    check(answer, path)
    connection.close()


def test_headers_while_a_device_is_held(system, device):
    """The answer that nginx gives when something has changed meanwhile."""
    got = []
    version = device.connect(0).version
    waiter = threading.Thread(target=lambda: got.append(
        device.connect(version)))
    waiter.start()
    system.browser().pair(device)
    waiter.join(20)
    assert got and got[0].state == 'paired'
    check(got[0], '/device/connect')


# --- cookies

def test_no_answer_repeats_a_cookie(system):
    """Their values come in Set-Cookie alone: in no page, event or address."""
    device = system.paired()
    device.report(supply(4))
    browser = device.browser
    values = [browser.jar[name][0] for name in ('session', 'terminal')]
    for path in ('/', '/pair', '/status', '/status?since=1', '/nothing',
                 '/pair?code=%zz', '/en/enter-code.html'):
        for accept in ('text/html', 'text/event-stream'):
            answer = browser.call('GET', path, headers={'Accept': accept})
            text = answer.body.decode() + answer.headers.get('location', '')
            for value in values:
                assert value not in text, path
    answer = browser.post('/status', {'action': 'end'})
    for value in values:
        assert value not in answer.headers['location'] + str(answer.body)


def test_only_the_cookies_that_are_told(system, device):
    """Four names, whatever a browser does."""
    browser = system.browser()
    browser.get('/pair?language=de')
    browser.submit('abc')
    browser.pair(device)
    device.instruct()
    browser.see('/status')
    browser.submit(new_code())
    browser.release()
    assert set(browser.jar) <= {'session', 'terminal', 'typed', 'language'}
    assert {'session', 'terminal', 'language'} <= set(browser.jar)


# --- forms from elsewhere

ORIGINS = {None: True, 'own': True, 'null': False, '': None,
           'https://evil.example': False, 'own.evil.example': False,
           'own:1': False, 'OWN': False, 'file://': False,
           'own, https://evil.example': False, 'own ': None}
SITES = {None: None, 'same-origin': True, 'none': True, 'same-site': False,
         'cross-site': False, '': None, 'Same-Origin': False,
         'same-origin, cross-site': False, 'cross-site, same-origin': False,
         'same-originx': False}


def own_origin(system):
    return system.conf.read_text().split('base-url = ')[1].split()[0]


@pytest.mark.parametrize('path', ['/', '/pair', '/status'])
def test_forms_from_elsewhere_at_every_address(system, path):
    """Each pair of the two headers; an empty one is none."""
    device = system.paired()
    own = own_origin(system)
    accepted = refused = 0
    for (site, fits), (origin, same) in itertools.product(
            SITES.items(), ORIGINS.items()):
        browser = device.browser
        if (accepted + refused) % 10 == 0:
            browser.roam()
        headers = {}
        if site is not None:
            headers['Sec-Fetch-Site'] = site
        if origin is not None:
            headers['Origin'] = origin.replace('own', own).replace(
                'OWN', own.upper())
        wanted = fits if fits is not None else \
            same if same is not None else True
        # What a form does here, but for what it would change.
        answer = browser.post(path, {'code': 'x', 'action': 'no'}, headers)
        if wanted:
            accepted += 1
            assert answer.status in (303, 422), (headers, answer)
        else:
            refused += 1
            assert answer.status == 403, (headers, answer)
            assert answer.screen == 'refused' and not answer.cookies
    assert accepted >= 20 and refused >= 40
    assert device.connect(0).state == 'paired'


def test_a_refused_release_changes_nothing(system):
    device = system.paired()
    for headers in ({'Sec-Fetch-Site': 'cross-site'},
                    {'Sec-Fetch-Site': 'same-site'}, {'Origin': 'null'}):
        answer = device.browser.post('/status', {'action': 'end'}, headers)
        assert answer.status == 403
    assert device.connect(0).state == 'paired'


@pytest.mark.parametrize('method', ['GET', 'HEAD', 'OPTIONS', 'TRACE'])
def test_safe_methods_change_nothing(system, method):
    """Whatever the address holds."""
    device, pending = system.paired(), system.pending()
    browser = device.browser
    for path in ('/status?action=end', '/status?action=end&registration=1',
                 '/pair?code=' + pending.code, '/?code=' + pending.code):
        body = urllib.parse.urlencode({'action': 'end', 'code': pending.code})
        answer = browser.call(method, path, body, {'Content-Type': FORM})
        assert answer.status in (200, 400, 405), (path, answer)
    assert device.connect(0).state == 'paired'
    assert pending.connect(0).state == 'pending'


def test_no_preflight_is_answered(system):
    """No other origin is ever told that it may."""
    for path in ('/pair', '/status', '/device/report', '/style.css'):
        answer = Client(system.port).request('OPTIONS', path, headers={
            'Origin': 'https://evil.example',
            'Access-Control-Request-Method': 'POST'})
        assert answer.status == 405
        assert not [name for name in answer.headers
                    if name.startswith('access-control')]


# --- sessions

def test_a_released_registration_is_gone_from_every_session(system):
    """Nobody gets it back with what he held before."""
    device = system.paired()
    browser = device.browser
    held = browser.jar['session']
    number = system.sql("SELECT id FROM registration WHERE device_id = '%s'"
                        % device.device_id)[0][0]
    browser.release()
    thief = system.browser()
    thief.jar['session'] = held
    for path in ('/status', '/status?registration=' + number):
        page = thief.see(path)
        assert page.screen == 'released' and 'data-supply' not in str(
            page.body)
    again = device.register()
    assert again.state == 'pending'
    assert thief.release(number).screen == 'released'
    assert device.connect(0).state == 'pending'


def test_sessions_are_drawn_anew_and_long_enough(system):
    """256 bits in 43 characters, no two alike, each bit of use."""
    values = set()
    for _ in range(40):
        browser = system.browser()
        browser.submit(new_code())
        values.add(browser.jar['session'][0])
        values.add(browser.jar['terminal'][0])
    assert len(values) == 80
    for value in values:
        assert re.fullmatch(r'[A-Za-z0-9_-]{43}', value)
    # Of each place but the last (4 bits) many characters are seen.
    for place in range(42):
        assert len({value[place] for value in values}) > 30


def test_a_session_that_was_guessed_finds_nothing(system, paired):
    """Of any length and shape, and one character off."""
    own = paired.browser.jar['session'][0]
    other = 'A' if own[0] != 'A' else 'B'
    for value in (other + own[1:], own[:-1], own + 'A', own.upper(),
                  own.swapcase(), own[::-1], secrets.token_urlsafe(32),
                  '"%s"' % own, own + '=', "' OR 1=1 --", '%00' + own):
        stranger = system.browser()
        stranger.jar['session'] = (value, '/')
        answer = stranger.get('/status')
        assert answer.status == 303, value
        assert answer.headers['location'].endswith('/pair')


def test_devices_need_no_cookie_and_browsers_no_token(system, paired):
    """Neither's proof opens the other's door."""
    session = paired.browser.jar['session'][0]
    for headers in ({'Cookie': 'session=' + session},
                    {'Authorization': 'Bearer ' + session},
                    {'Cookie': 'token=' + paired.token}):
        answer = Client(system.port).request('GET', '/device/connect',
                                             headers=headers)
        assert answer.status == 401
    for headers in ({'Authorization': 'Bearer ' + paired.token},
                    {'Cookie': 'session=' + paired.token}):
        answer = Client(system.port).request('GET', '/status',
                                             headers=headers)
        assert answer.status == 303
    assert isinstance(paired, Device)
