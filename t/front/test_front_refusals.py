"""What the web server refuses by itself: problem documents for devices,
screens for people, and no secret in its logs."""
import re

import pytest

from client import Client, FORM, new_address, new_code
from server import raw, statuses
from system import eventually
from test_problem import flood

PAGES = ('/pair', '/', '/status')
HEADERS = {'content-security-policy': "default-src 'self'; base-uri 'none'; "
           "form-action 'self'; frame-ancestors 'none'; object-src 'none'",
           'x-content-type-options': 'nosniff',
           'referrer-policy': 'same-origin'}


def is_page(answer, screen, language='en'):
    assert answer.screen == screen, answer
    assert b'<html lang="%s"' % language.encode() in answer.body
    assert answer.headers['content-type'].lower() == \
        'text/html; charset=utf-8'
    assert answer.headers['cache-control'] == 'no-store'
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value, name
    return True


@pytest.mark.parametrize('path,most', [
    ('/device/register', 64), ('/device/instruct', 64),
    ('/device/report', 512)])
def test_large_bodies_of_devices(front, path, most):
    body, client = b' ' * (most * 1024), front.client()
    assert client.post_xml(path, body, 'x').status == 400
    answer = client.post_xml(path, body + b' ', 'x')
    assert (answer.status, answer.problem) == (413, 'too-large')


def test_large_bodies_where_the_sockets_are_another_account_s(front):
    """The web server may enter their folder, not write to it."""
    front.run.chmod(0o555)
    try:
        answer = front.client().post_xml('/device/report', b' ' * 300000, 'x')
    finally:
        front.run.chmod(0o755)
    assert answer.status == 400, answer


@pytest.mark.parametrize('path', ['/device/report', '/pair'])
def test_a_body_much_too_large_reaches_no_program(front, path):
    with front.programs('report', 'pair') as programs:
        got = raw(front.port, b'POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: '
                  b'text/xml\r\nContent-Length: 2000000\r\n\r\n'
                  % path.encode() + b'x' * 20000)
        assert not programs['report'].accepted + programs['pair'].accepted
    assert statuses(got) == [413], got


def test_a_body_in_chunks_is_read_whole(front, can):
    can('chunks')
    with front.program('report') as program:
        got = raw(front.port, b'POST /device/report HTTP/1.1\r\nHost: x\r\n'
                  b'Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
                  + b'5\r\nhello\r\n' * 100 + b'0\r\n\r\n')
        assert program.seen[0].body == b'hello' * 100
        assert program.seen[0]['CONTENT_LENGTH'] == '500'
    assert statuses(got) == [200]


def test_large_bodies_in_chunks(front):
    """No length is announced: it is counted, or refused for that."""
    chunks = (b'8000\r\n' + b'x' * 0x8000 + b'\r\n') * 40 + b'0\r\n\r\n'
    with front.program('report') as program:
        got = raw(front.port, b'POST /device/report HTTP/1.1\r\nHost: x\r\n'
                  b'Content-Type: application/xml\r\n'
                  b'Transfer-Encoding: chunked\r\n\r\n' + chunks)
        assert not program.seen
    assert not got or statuses(got)[0] in (411, 413), got[:200]


@pytest.mark.parametrize('path', PAGES)
def test_large_forms(front, path):
    answer = front.client().request('POST', path, 'x' * 20000, {
        'Content-Type': FORM, 'Accept-Language': 'de'})
    assert answer.status == 413 and is_page(answer, 'refused', 'de')


def test_what_is_not_there(front):
    for path in ('/device/', '/device/other', '/device/register/',
                 '/device/register/x', '/device/registerx'):
        answer = front.client().request('GET', path)
        assert (answer.status, answer.problem) == (404, 'not-found'), path
    for path in ('/other', '/pair/', '/pair/x', '/pairx', '/en/',
                 '/en/other.html', '/en/status.html', '/problem/404.html',
                 '/refusal/en/404.html', '/problem/malformed.xml',
                 '/hold/1.1', '/events/1.1', '/wake/1.1', '/pictures/',
                 '/.htaccess', '/screens/'):
        answer = front.client().request('GET', path)
        assert answer.status == 404, path
        assert is_page(answer, 'not-found')


@pytest.mark.parametrize('asked,cookie,query,language', [
    ('de', '', '', 'de'), ('DE-at, en;q=0.5', '', '', 'de'),
    ('xx, fr;q=0.9, de', '', '', 'fr'), ('xx', '', '', 'en'),
    ('', '', '', 'en'), ('de', 'language=fr', '', 'fr'),
    ('de', 'a=b; language=es; c=d', '', 'es'),
    ('de', 'xlanguage=fr', '', 'de'), ('de', 'language=xx', '', 'de'),
    ('de', 'language=fr', '?language=ja', 'ja'),
    ('de', '', '?language=../en', 'de'), ('en, de', '', '', 'en'),
    ('deu, fr', '', '', 'fr')])
def test_pages_speak_the_language_asked_for(front, asked, cookie, query,
                                            language):
    answer = front.client().request('GET', '/no/such' + query, headers={
        'Accept-Language': asked, 'Cookie': cookie})
    assert answer.status == 404 and is_page(answer, 'not-found', language)


def test_static_screens(front):
    for name in ('enter-code', 'name-device', 'code-invalid',
                 'too-many-tries'):
        page = front.client().request('GET', '/de/%s.html' % name)
        assert page.status == 200 and page.screen == name
        assert page.headers['cache-control'] == 'public, max-age=300'
        assert page.headers['content-type'].lower() == \
            'text/html; charset=utf-8'
        for key, value in HEADERS.items():
            assert page.headers.get(key) == value, key
        page = front.client().request(
            'GET', '/en/%s.html?registration=&language=ja' % name)
        assert page.status == 303
        assert re.sub('^http://[^/]+', '', page.headers['location']) \
            == '/ja/%s.html' % name
        assert page.headers['cache-control'] == 'no-store'
        assert page.cookies == ['language=ja; Path=/; Max-Age=34560000; '
                                'HttpOnly; SameSite=Lax'], page.cookies
    for path, kind in (('/style.css', 'text/css; charset=utf-8'),
                       ('/status.js', 'text/javascript; charset=utf-8'),
                       ('/language.js', 'text/javascript; charset=utf-8'),
                       ('/favicon.svg', 'image/svg+xml'),
                       ('/pictures/lines.svg', 'image/svg+xml')):
        answer = front.client().request('GET', path)
        assert answer.status == 200, path
        assert answer.headers['content-type'].lower() == kind
        assert answer.headers['x-content-type-options'] == 'nosniff'


@pytest.mark.parametrize('name', ['register'])
def test_a_program_that_is_gone(front, can, name):
    with front.program(name) as program:
        program.stop()
        answer = front.client().post_xml('/device/' + name, '<a/>')
        program.__init__(program.path)
    assert answer.status in (502, 503, 504)
    assert answer.problem == 'unavailable'
    assert eventually(lambda: front.client().post_xml(
        '/device/' + name, '<a/>').status in (401, 405, 422), 5)
    can('retry-after')
    assert 1 <= int(answer.headers.get('retry-after', 0)) <= 60


@pytest.mark.parametrize('path', ['/status'])
def test_a_program_that_is_gone_tells_people(front, path):
    name = 'status' if path == '/status' else 'pair'
    with front.program(name) as program:
        program.stop()
        answer = front.client().request('GET', path, headers={
            'Accept-Language': 'fr'})
        program.__init__(program.path)
    assert answer.status in (502, 503, 504)
    assert is_page(answer, 'unavailable', 'fr')
    assert eventually(lambda: front.client().request(
        'GET', path).status in (200, 303), 5)


@pytest.mark.parametrize('method', ['PUT', 'DELETE', 'PATCH', 'OPTIONS',
                                    'HEAD', 'PROPFIND', 'FOO'])
def test_methods_of_devices(front, can, method):
    if method == 'FOO':
        can('foreign methods')
    got = raw(front.port, b'%s /device/report HTTP/1.1\r\nHost: x\r\n'
              b'Connection: close\r\n\r\n' % method.encode())
    assert statuses(got) == [405], got
    assert b'\r\nallow: post\r\n' in got.lower(), got
    if method != 'HEAD':
        assert b'urn:tallystick:problem:method' in got


@pytest.mark.parametrize('method', ['TRACE', 'CONNECT'])
def test_methods_that_echo(front, method):
    got = raw(front.port, b'%s /device/report HTTP/1.1\r\nHost: x\r\n'
              b'Cookie: session=secret\r\nConnection: close\r\n\r\n'
              % method.encode())
    assert 400 <= statuses(got)[0] < 600, got
    assert b'secret' not in got


def test_methods_of_pages(front, can):
    for path in ('/pair', '/status', '/'):
        answer = front.client().request('DELETE', path)
        assert answer.status == 405, answer
        assert answer.headers['allow'] == 'GET, HEAD, POST'
    assert front.client().request('HEAD', '/en/enter-code.html').status \
        == 200
    can('methods of files')
    answer = front.client().request('POST', '/en/enter-code.html', 'x')
    assert answer.status == 405 and answer.screen == 'not-found', answer


BROKEN = {
    'two lengths': b'POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n'
                   b'Content-Length: 6\r\n\r\n',
    'no such encoding': b'POST %s HTTP/1.1\r\nHost: x\r\n'
                        b'Transfer-Encoding: x\r\n\r\n',
    'no host': b'GET %s HTTP/1.1\r\n\r\n',
    'long line': b'GET %s?' + b'x' * 9000 + b' HTTP/1.1\r\nHost: x\r\n\r\n',
    'long header': b'GET %s HTTP/1.1\r\nHost: x\r\nX: ' + b'y' * 9000
                   + b'\r\n\r\n',
    'version': b'GET %s HTTP/2.0\r\nHost: x\r\n\r\n',
    'chunk': b'POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n'
             b'\r\nzz\r\n'}


@pytest.mark.parametrize('name', BROKEN)
def test_what_cannot_be_read_is_a_problem_for_devices(front, can, name):
    got = raw(front.port, BROKEN[name] % b'/device/report')
    if b'problem:method' in got:
        assert name == 'version', 'read after all'
        return
    if name != 'chunk':
        can('broken requests of devices')
    assert statuses(got)[0] // 100 in (4, 5), got
    assert b'application/problem+xml' in got, got
    assert re.search(b'<status>%d<' % statuses(got)[0], got), got
    assert b'urn:tallystick:problem:malformed' in got


@pytest.mark.parametrize('name', BROKEN)
def test_what_cannot_be_read_is_a_screen_for_people(front, can, name):
    got = raw(front.port, BROKEN[name] % b'/pair')
    if b'data-screen="enter-code"' in got:
        assert name == 'version', 'read after all'
        return
    if name != 'chunk':
        can('broken requests of people')
    assert statuses(got)[0] // 100 in (4, 5), got
    assert b'data-screen="refused"' in got, got


def test_the_web_server_tells_no_version(front):
    for path in ('/no/such', '/device/other', '/en/enter-code.html'):
        answer = front.client().request('GET', path)
        assert not re.search('[0-9]', answer.headers.get('server', ''))
        assert not re.search(rb'(nginx|Apache|lighttpd)/', answer.body)


def test_requests_are_limited_by_address(front, can):
    can('limits')
    last, _, _ = flood(front, new_address(), '/device/connect', 429,
                       800 if front.name == 'nginx' else 300)
    assert last.problem == 'throttled'
    assert int(last.headers['retry-after']) >= 1
    assert front.client().request('GET', '/device/connect').status == 401
    browser = front.browser()
    answers = [browser.post('/pair', {'code': 'abc'}) for _ in range(30)]
    assert answers[-1].status == 429
    assert is_page(answers[-1], 'unavailable')
    assert int(answers[-1].headers['retry-after']) >= 1


def test_no_secret_in_the_logs_of_the_web_server(front):
    code, token = new_code(), 'T' + new_code(42)
    headers = {'Authorization': 'Bearer ' + token,
               'Cookie': 'session=' + token, 'Content-Type': FORM}
    referer = {'Referer': 'http://127.0.0.1/pair?code=' + code}
    for path in ('/pair?code=' + code, '/?code=' + code,
                 '/status?code=' + code, '/en/enter-code.html?code=' + code,
                 '/no/such?code=' + code, '/style.css?code=' + code,
                 '/pair/?code=' + code):
        front.client().request('GET', path, headers=referer)
        front.client().request('POST', path, 'x' * 20000, headers=referer)
        front.client().request('DELETE', path, headers=referer)
    raw(front.port, b'GET /pair?code=%s HTTP/1.1\r\n\r\n' % code.encode())
    raw(front.port, b'GET /pair?code=%s&%s HTTP/1.1\r\nHost: x\r\n\r\n'
        % (code.encode(), b'x' * 9000))
    raw(front.port, b'TRACE /pair?code=%s HTTP/1.1\r\nHost: x\r\n\r\n'
        % code.encode())
    for body in (code, code + 'x' * 600000):
        front.client().post_xml('/device/register', body, token)
        front.client().request('POST', '/device/other', body, headers)
        front.client().request('POST', '/device/register', body, headers)
    with front.programs('pair', 'register', answer=None):
        front.client().request('GET', '/pair?code=' + code, headers=referer)
        front.client().request('POST', '/pair', 'code=' + code, headers)
        front.client().request('POST', '/device/register', code, headers)
    with front.program('pair') as program:
        program.stop()
        front.client().request('GET', '/pair?code=' + code, headers=referer)
        program.__init__(program.path)
    logs = front.logs()
    assert b'/pair' in logs, 'nothing is logged'
    for secret in (code, token):
        at = logs.find(secret.encode())
        assert at < 0, logs[max(0, at - 300):at + 100]
