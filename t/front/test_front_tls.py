"""The sites with TLS: what they speak, what they tell browsers, and what
comes without TLS."""
import concurrent.futures
import http.client
import re
import socket
import ssl
import subprocess
import time

import pytest

import http2
from client import Answer, Browser, Client, registration_request
from server import Pool, Server, binary, raw, statuses
from system import free_port

DEVICE_PATHS = ('/device/register', '/device/connect', '/device/instruct',
                '/device/report', '/device/', '/device', '/device/other')


def openssl(*arguments, **more):
    return subprocess.run(['openssl', *arguments], capture_output=True,
                          timeout=20, **more)


@pytest.fixture(scope='session')
def certificate(fronts_folder):
    """Of our own making, for an hour's tests."""
    made = openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
                   'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                   '-subj', '/CN=localhost', '-addext',
                   'subjectAltName=IP:127.0.0.1', '-keyout',
                   str(fronts_folder / 'key.pem'), '-out',
                   str(fronts_folder / 'certificate.pem'))
    assert made.returncode == 0, made.stderr
    return fronts_folder / 'certificate.pem'


@pytest.fixture(scope='session')
def secure_programs(system, fronts_folder):
    pool = Pool(system, fronts_folder / 'secure-programs', workers=1,
                wake_socket='', base_url='https://printers.example')
    yield pool
    pool.stop()


@pytest.fixture(scope='session', params=('nginx', 'apache', 'lighttpd'))
def secure(request, system, secure_programs, fronts_folder, certificate):
    name = request.param
    if binary(name) is None:
        pytest.skip('%s is not installed' % name)
    server = Server(name, system, fronts_folder / (name + '-tls'),
                    secure_programs.folder, 'site-tls')
    server.certificate = certificate
    yield server
    server.stop()


class SecureClient(Client):
    def request(self, method, path, body=None, headers=None, timeout=20):
        context = ssl.create_default_context(cafile=self.certificate)
        connection = http.client.HTTPSConnection(
            '127.0.0.1', self.port, timeout=timeout, context=context,
            source_address=(self.address, 0))
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()


class SecureBrowser(SecureClient, Browser):
    pass


@pytest.fixture
def client(secure):
    client = SecureBrowser(secure.tls_port)
    client.certificate = secure.certificate
    return client


def handshake(port, *options):
    """What openssl tells of a connection; b'' for none."""
    done = openssl('s_client', '-connect', '127.0.0.1:%d' % port, '-brief',
                   *options, input=b'')
    text = done.stdout + done.stderr
    return text if b'CONNECTION ESTABLISHED' in text else b''


@pytest.mark.parametrize('version', ['tls1_2', 'tls1_3'])
def test_versions_that_are_spoken(secure, version):
    assert handshake(secure.tls_port, '-' + version)


def old_server(certificate, *options):
    port = free_port()
    process = subprocess.Popen(
        ['openssl', 's_server', '-accept', '127.0.0.1:%d' % port, '-cert',
         str(certificate), '-key', str(certificate.parent / 'key.pem'),
         '-quiet', *options], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            break
        except OSError:
            time.sleep(0.02)
    return process, port


@pytest.mark.parametrize('options', [
    ('-tls1', '-cipher', 'ALL:@SECLEVEL=0'),
    ('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'),
    ('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA'),
    ('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA384')],
    ids=['1.0', '1.1', 'CBC and SHA-1', 'CBC'])
def test_what_is_old_is_refused(secure, options):
    assert not handshake(secure.tls_port, *options)
    # That it could be spoken, were it not refused.
    process, port = old_server(secure.certificate, *options)
    try:
        assert handshake(port, *options)
    finally:
        process.kill()
        process.wait()


def test_no_session_tickets(secure):
    done = openssl('s_client', '-connect', '127.0.0.1:%d' % secure.tls_port,
                   '-tls1_2', input=b'')
    assert b'Cipher is ECDHE-ECDSA' in done.stdout
    assert b'TLS session ticket:' not in done.stdout


def test_browsers_are_told_to_come_back_over_tls(secure, client):
    for path in ('/pair', '/', '/en/enter-code.html', '/style.css',
                 '/no/such'):
        answer = client.get(path)
        age = re.match(r'max-age=(\d+)',
                       answer.headers['strict-transport-security'])
        assert int(age.group(1)) >= 365 * 24 * 60 * 60
    plain = secure.client().request('GET', '/pair')
    assert 'strict-transport-security' not in plain.headers


def test_cookies_are_for_tls_alone(client):
    answer = client.get('/pair')
    name, = [cookie for cookie in answer.cookies if 'terminal' in cookie]
    assert name.startswith('__Host-terminal=') and '; Path=/;' in name
    answer = client.post('/pair', {'code': 'NOSUCHCODE'})
    assert answer.status == 303 and len(answer.cookies) >= 1
    answer = client.get('/en/enter-code.html?language=de')
    assert answer.status == 303
    answer.cookies += client.get('/pair?language=de').cookies
    answer.cookies += client.get('/pair').cookies
    for cookie in answer.cookies:
        assert 'Secure' in cookie.split('; '), cookie


def test_the_story_over_tls(client, system):
    device = system.device()
    answer = client.post_xml('/device/register', registration_request(
        device.device_id, device.code))
    assert answer.status == 201, answer
    assert b'https://printers.example/pair' in answer.body
    page = client.submit(device.code)
    assert page.screen == 'operate-device', page


@pytest.mark.parametrize('method', ['POST', 'GET', 'PUT'])
def test_a_device_without_tls_is_refused(secure, method):
    with secure.programs('register', 'connect', 'instruct',
                         'report') as programs:
        for path in DEVICE_PATHS:
            body = None if method == 'GET' else '<a/>'
            answer = secure.client().request(method, path, body, {
                'Content-Type': 'application/xml',
                'Authorization': 'Bearer x'})
            assert (answer.status, answer.problem) == (403, 'not-secure')
            assert 'location' not in answer.headers
        assert not [name for name, program in programs.items()
                    if program.accepted]


def test_a_browser_without_tls_is_sent_on(secure):
    origin = 'https://127.0.0.1:%d' % secure.tls_port
    for path in ('/', '/pair', '/pair?code=ABC-123&x=%20y', '/status',
                 '/en/enter-code.html', '/no/such'):
        for method in ('GET', 'HEAD'):
            answer = secure.client().request(method, path, headers={
                'Host': 'other.example'})
            assert answer.status == 301, answer
            assert answer.headers['location'] == origin + path
    for path in ('/', '/pair', '/status'):
        answer = secure.client().request('POST', path, 'code=ABC')
        assert answer.status == 403 and 'location' not in answer.headers


def test_the_authority_s_question_is_answered_without_tls(secure):
    folder = secure.folder / 'acme' / '.well-known' / 'acme-challenge'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'abc_-1').write_text('answer')
    answer = secure.client().request(
        'GET', '/.well-known/acme-challenge/abc_-1')
    assert (answer.status, answer.body) == (200, b'answer')


def test_no_tls_where_tls_is_spoken(secure):
    with secure.program('connect') as program:
        got = raw(secure.tls_port, b'GET /device/connect HTTP/1.1\r\n'
                  b'Host: x\r\n\r\n')
        assert not program.accepted
    assert not got or statuses(got)[0] == 400, got


def test_no_code_in_the_logs(secure, client):
    for ask in (secure.client().request, client.request):
        for path in ('/pair?code=SECRET7', '/no/such?code=SECRET7'):
            ask('GET', path, headers={'Referer': 'x?code=SECRET7'})
            ask('POST', path, 'x' * 20000, {'Referer': 'x?code=SECRET7'})
    logs = secure.logs()
    assert b'/pair' in logs and b'SECRET7' not in logs


def curl(secure, *arguments, path='/device/report'):
    done = subprocess.run(
        ['curl', '-sS', '--http2', '--noproxy', '*', '--cacert',
         str(secure.certificate), '-D', '-', *arguments,
         'https://127.0.0.1:%d%s' % (secure.tls_port, path)],
        capture_output=True, timeout=20)
    return done.stdout or done.stderr


def test_http2(secure):
    """Where it is offered, it is told as HTTP/1.1 is."""
    version = b'HTTP/1.1' if secure.name == 'apache' else b'HTTP/2'
    with secure.program('report') as program:
        got = curl(secure, '-d', 'hello', '-H', 'Proxy: evil:1', '-H',
                    'Authorization: Bearer x', '-H', 'X_Real_IP: 8.8.8.8',
                    '-H', 'Content-Type: text/xml')
        assert got.startswith(version + b' 200'), got
    seen, = program.seen
    assert (seen.body, seen['HTTP_AUTHORIZATION'], seen['HTTP_PROXY'],
            seen['CONTENT_LENGTH'], seen['REQUEST_METHOD']) == \
        (b'hello', 'Bearer x', '', '5', 'POST')
    assert seen['REMOTE_ADDR'] == '127.0.0.1'
    got = curl(secure, '-d', 'x' * 70000, '-H', 'Content-Type: text/xml',
                path='/device/register')
    assert got.startswith(version + b' 413') and b'problem:too-large' in got
    got = curl(secure, path='/device/other')
    assert got.startswith(version + b' 404') and b'problem:not-found' in got


LENGTH = (b'content-length', b'5')
HELLO = http2.frame(http2.DATA, http2.END_STREAM, 1, b'hello')
# (a head, then frames; the bodies that may be read of it)
STREAMS = {
    'whole': (http2.head(LENGTH), HELLO, (b'hello',)),
    'shorter than announced': (
        http2.head((b'content-length', b'9')), HELLO, ()),
    'longer than announced': (
        http2.head((b'content-length', b'2')), HELLO, ()),
    'no number': (http2.head((b'content-length', b'+5')), HELLO, ()),
    'two lengths': (http2.head(LENGTH, (b'content-length', b'4')), HELLO,
                    ()),
    'chunked': (http2.head((b'transfer-encoding', b'chunked')),
                http2.frame(http2.DATA, http2.END_STREAM, 1,
                            b'0\r\n\r\nGET /device/connect HTTP/1.1\r\n'
                            b'\r\n'), (b'0\r\n\r\nGET /device/connect '
                                       b'HTTP/1.1\r\n\r\n',)),
    'a line end in a value': (http2.head(
        LENGTH, (b'authorization', b'x\r\ncontent-length: 0')), HELLO, ()),
    'a line end in a name': (http2.head(
        LENGTH, (b'x: y\r\nauthorization', b'x')), HELLO, ()),
    'a NUL': (http2.head(LENGTH, (b'authorization', b'x\x00y')), HELLO, ()),
    'capitals': (http2.head(LENGTH, (b'Authorization', b'x')), HELLO, ()),
    'a space in the path': (http2.head(
        LENGTH, path=b'/device/report?tag-000 HTTP/1.1\r\nX: y'), HELLO, ()),
    'two paths': (http2.head(
        LENGTH, (b':path', b'/device/connect?other-tag-000')), HELLO,
                  ()),
    'two methods': (http2.head(LENGTH, (b':method', b'GET')), HELLO, ()),
    'a space in the method': (http2.head(LENGTH, method=b'POST /x'), HELLO,
                              ()),
    'two heads': (http2.head(LENGTH), http2.frame(
        http2.HEADERS, http2.END_HEADERS, 1, http2.head(LENGTH)) + HELLO,
        (b'', b'hello'))}


@pytest.fixture(scope='module')
def talks(secure):
    """Of each stream: what came back, and what programs saw of it."""
    tags = {name: b'tag-%03d' % at for at, name in enumerate(STREAMS)}

    def talk(name):
        first, rest, _ = STREAMS[name]
        first = first.replace(b'tag-000', tags[name])
        return http2.talk(secure.tls_port, http2.frame(
            http2.HEADERS, http2.END_HEADERS, 1, first), rest)

    with secure.programs('report', 'connect') as programs, \
            concurrent.futures.ThreadPoolExecutor(16) as pool:
        got = dict(zip(STREAMS, pool.map(talk, STREAMS)))
        seen = programs['report'].seen + programs['connect'].seen
    return {name: (got[name], [
        one for one in seen if one.whole and (
            tags[name].decode() in one['QUERY_STRING'] or one['QUERY_STRING']
            == 'other-' + tags[name].decode())]) for name in STREAMS}


@pytest.mark.parametrize('name', STREAMS)
def test_http2_streams(secure, talks, name):
    """Refused, or read as they say: never another request."""
    got, seen = talks[name]
    bodies = STREAMS[name][2]
    if secure.name == 'apache':
        assert got is None, 'HTTP/2 is offered now'
        return
    assert not [one for one in seen if one['QUERY_STRING'][:4] != 'tag-']
    assert len(seen) <= 1 and len([kind for kind, _ in got
                                   if kind == http2.HEADERS]) <= 1
    if name == 'whole':
        assert seen, got
    if seen:
        assert seen[0].body in bodies, (seen, got)
        assert '\n' not in seen[0]['HTTP_AUTHORIZATION']
