"""What a program is told of a request: its address, its own headers, and no
more than these."""
import pytest

from client import Client
from server import raw, statuses

XML = {'Content-Type': 'application/xml'}
TOLD = {'GATEWAY_INTERFACE', 'SERVER_PROTOCOL', 'REQUEST_METHOD',
        'QUERY_STRING', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'REMOTE_ADDR',
        'REQUEST_ID', 'HTTP_PROXY', 'HTTP_AUTHORIZATION', 'HTTP_COOKIE',
        'HTTP_ACCEPT', 'HTTP_ACCEPT_LANGUAGE', 'HTTP_ORIGIN',
        'HTTP_SEC_FETCH_SITE', 'HTTP_LAST_EVENT_ID'}
READ = {'Authorization': 'Bearer abc', 'Cookie': 'session=abc',
        'Accept': 'text/event-stream', 'Accept-Language': 'de',
        'Origin': 'https://other.example', 'Sec-Fetch-Site': 'cross-site',
        'Last-Event-Id': '7'}
LIES = {'X-Forwarded-For': '198.51.100.7', 'X-Real-Ip': '198.51.100.7',
        'Forwarded': 'for=198.51.100.7', 'Client-Ip': '198.51.100.7',
        'True-Client-Ip': '198.51.100.7', 'Remote-Addr': '198.51.100.7',
        'Remote_Addr': '198.51.100.7', 'X-Forwarded-Host': 'other.example',
        'X-Original-Url': '/status', 'X-Http-Method-Override': 'GET'}


def told(front, headers, body=b'<a/>', path='/device/report'):
    with front.program('report') as program:
        client = Client(front.port)
        answer = client.request('POST', path, body, dict(XML, **headers))
        assert answer.status == 200, answer
        return client, program.seen[0]


def test_what_programs_read_arrives(front):
    client, seen = told(front, READ, path='/device/report?a=%20b')
    for name, value in READ.items():
        assert seen['HTTP_' + name.upper().replace('-', '_')] == value
    assert seen['REQUEST_METHOD'] == 'POST'
    assert seen['QUERY_STRING'] == 'a=%20b'
    assert seen['CONTENT_TYPE'] == 'application/xml'
    assert seen['CONTENT_LENGTH'] == '4' and seen.body == b'<a/>'
    assert seen['REMOTE_ADDR'] == client.address


def test_each_request_has_a_name(front, can):
    can('request id')
    _, seen = told(front, READ)
    assert len(seen['REQUEST_ID']) >= 16
    _, other = told(front, READ)
    assert other['REQUEST_ID'] != seen['REQUEST_ID']


def test_nothing_else_arrives(front, can):
    can('short list')
    _, seen = told(front, dict(READ, **LIES, Proxy='evil:1', X='y'))
    assert {name for name, _ in seen.pairs} <= TOLD


def test_no_header_becomes_a_setting(front):
    """RFC 3875 turns "Proxy:" into what libraries take for a setting."""
    _, seen = told(front, {'Proxy': 'http://evil:1', 'PROXY': 'x'})
    assert seen['HTTP_PROXY'] == ''


def test_no_header_is_taken_for_the_address(front):
    client, seen = told(front, LIES)
    assert [value for name, value in seen.pairs
            if name == 'REMOTE_ADDR'] == [client.address]
    assert seen['REQUEST_METHOD'] == 'POST'


def test_misses_count_for_the_address_itself(front, system):
    """Five misses from one address close it, whatever it says it is."""
    browser = front.browser()
    screens = []
    for at in range(6):
        lie = '198.51.100.%d' % at
        screens.append(browser.submit('MISS%d%s' % (at, front.port), headers={
            'X-Forwarded-For': lie, 'X-Real-IP': lie,
            'Forwarded': 'for=' + lie}).screen)
    assert screens == ['code-unknown'] * 5 + ['too-many-tries']


def test_underscores_make_no_header(front, can):
    _, seen = told(front, {'Authorization_': 'Bearer evil',
                           'Content_Length': '99', 'Content_Type': 'evil',
                           'Request_Method': 'GET'})
    assert seen['HTTP_AUTHORIZATION'] == ''
    assert (seen['CONTENT_LENGTH'], seen['CONTENT_TYPE']) == \
        ('4', 'application/xml')
    _, seen = told(front, {'Authorization': 'Bearer good',
                           'Authorization-': 'Bearer evil'})
    assert seen['HTTP_AUTHORIZATION'] == 'Bearer good'
    can('underscores')
    _, seen = told(front, {'Sec_Fetch_Site': 'none', 'Last_Event_Id': '9'})
    assert seen['HTTP_SEC_FETCH_SITE'] + seen['HTTP_LAST_EVENT_ID'] == ''


@pytest.mark.parametrize('name,first,second', [
    ('Authorization', 'Bearer one', 'Bearer two'),
    ('Content-Type', 'application/xml', 'text/plain'),
    ('Sec-Fetch-Site', 'same-origin', 'cross-site'),
    ('Origin', 'http://one', 'http://two')])
def test_a_header_twice(front, name, first, second):
    """Refused, or one parameter, in which the first or both stand."""
    headers = [('Host', 'x'), ('Content-Length', '4'), (name, first),
               (name, second)]
    if name != 'Content-Type':
        headers.append(('Content-Type', 'application/xml'))
    with front.program('report') as program:
        got = raw(front.port, b'POST /device/report HTTP/1.1\r\n'
                  b'Connection: close\r\n' + b''.join(
                      b'%s: %s\r\n' % (n.encode(), v.encode())
                      for n, v in headers) + b'\r\n<a/>')
    if not program.seen:
        assert statuses(got) == [400], got
        return
    parameter = name.upper().replace('-', '_')
    if name != 'Content-Type':
        parameter = 'HTTP_' + parameter
    values = [value for key, value in program.seen[0].pairs
              if key == parameter]
    assert values in ([first], ['%s, %s' % (first, second)]), values


def test_cookies_of_two_headers_are_one_list(front):
    """As HTTP/2 sends them."""
    with front.program('report') as program:
        raw(front.port, b'POST /device/report HTTP/1.1\r\nHost: x\r\n'
            b'Connection: close\r\nContent-Type: application/xml\r\n'
            b'Cookie: a=1\r\nCookie: b=2\r\nContent-Length: 0\r\n\r\n')
    assert [value for key, value in program.seen[0].pairs
            if key == 'HTTP_COOKIE'] in (['a=1; b=2'], ['a=1, b=2'])


@pytest.mark.parametrize('head', [
    b'X: ' + b'y' * 9000, b'Cookie: ' + b'a=b; ' * 2000,
    b'Authorization: Bearer ' + b'x' * 9000,
    b'\r\n'.join(b'X-%d: %s' % (at, b'y' * 500) for at in range(100))],
    ids=['one', 'cookies', 'authorization', 'many'])
def test_headers_too_long(front, head):
    with front.program('report') as program:
        got = raw(front.port, b'POST /device/report HTTP/1.1\r\nHost: x\r\n'
                  b'Content-Length: 0\r\n' + head + b'\r\n\r\n')
        assert not program.seen
    assert not got or statuses(got)[0] in (400, 413, 431), got


@pytest.mark.parametrize('value', [
    b'a\r\nX-Injected: yes', b'a\rX-Injected: yes', b'a\nX-Injected: yes',
    b'a\x00X-Injected: yes', b'\r\n X-Injected: yes'],
    ids=['CR LF', 'CR', 'LF', 'NUL', 'fold'])
def test_line_ends_in_a_program_s_header(front, can, value):
    """A line end ends the line, as CGI has it; nothing else does, and no
    program of ours sends either (lib/reply.c ends before)."""
    if value[:2] in (b'a\r', b'a\x00') and value[2:3] != b'\n':
        can('clean headers')
    answer = (b'Status: 200 OK\r\nContent-Type: application/xml\r\n'
              b'X-Value: ' + value + b'\r\n\r\n<seen/>')
    with front.program('connect', answer):
        got = raw(front.port, b'GET /device/connect HTTP/1.1\r\nHost: x\r\n'
                  b'Connection: close\r\n\r\n')
    head = got.split(b'\r\n\r\n')[0]
    assert b'\r' not in head.replace(b'\r\n', b'')
    assert b'\n' not in head.replace(b'\r\n', b'')
    assert b'\x00' not in head
    if value.startswith(b'a\r\n') or value.startswith(b'a\nX'):
        assert statuses(got)[0] in (200, 502, 503)
    elif b'X-Injected' in head:
        assert b'\r\nX-Injected' not in head, head
