"""Every page: headers, forms from elsewhere, what was typed, languages."""
import base64
import ctypes
import html
import re
import socket
import struct
import time
from urllib.parse import quote

import pytest

from client import FORM, Client, new_code, supply

SCREENS = ('enter-code', 'name-device', 'code-invalid', 'too-many-tries')


def check_page(answer):
    """doc/protocol.md section 4: true of every page."""
    policy = answer.headers['content-security-policy']
    assert 'default-src' in policy and "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy and 'unsafe' not in policy
    assert answer.headers['x-content-type-options'] == 'nosniff'
    assert answer.headers['referrer-policy'] == 'same-origin'
    text = answer.body.decode()
    if not answer.headers.get('content-type', '').startswith('text/html'):
        return
    assert not re.search(r'<style|\sstyle=|\son[a-z]+=|javascript:', text)
    assert not re.search(r'<script(?![^>]*\ssrc=)', text), 'inline script'
    fields = [field for field in re.findall(r'<(?:input|select|textarea)[^>]*',
                                            text) if 'hidden' not in field]
    assert not (fields and 'http-equiv="refresh"' in text)


def test_headers_of_every_page(system, browser):
    device = system.paired()
    waits = system.browser()
    pages = [browser.get(path) for path in ['/', '/pair', '/pair?code=ABCDEF']
             + ['/en/%s.html' % name for name in SCREENS]]
    pages += [waits.submit(new_code()), device.browser.see('/status'),
              system.paired(start=False).browser.see('/status'),
              device.browser.release(),
              browser.post('/pair', {'code': 'x'},
                           {'Sec-Fetch-Site': 'cross-site'}),
              browser.call('POST', '/pair', 'x' * 20000)]
    assert {page.screen for page in pages} == set(SCREENS) | {
        'code-unknown', 'status', 'operate-device', 'released', 'refused'}
    for page in pages:
        check_page(page)
        assert page.headers['content-type'] == 'text/html; charset=utf-8'
    check_page(browser.get('/status'))
    check_page(browser.get('/nothing-here'))
    check_page(browser.get('/style.css'))


def test_static_screens(browser):
    for name in SCREENS:
        page = browser.get('/en/%s.html' % name)
        assert page.status == 200 and page.screen == name
        assert b'lang="en"' in page.body
        for kind, path in re.findall(rb'(href|src)="\.\./([a-z.]+)"',
                                     page.body):
            got = browser.see('/' + path.decode())
            assert got.status == 200, (name, path)


def test_filled_screens_are_not_served_unfilled(browser):
    for name in ('operate-device', 'status', 'released', 'code-unknown'):
        assert browser.get('/en/%s.html' % name).status == 404


def test_enter_code(browser):
    for path in ('/', '/pair'):
        page = browser.get(path)
        assert (page.status, page.screen) == (200, 'enter-code')
        assert b'name="code"' in page.body and b'lang="en"' in page.body
        assert page.headers['cache-control'] == 'no-store'


@pytest.mark.parametrize('wanted', ['en', 'en-GB,en;q=0.9', 'xx', '', '*',
                                    'xx;q=1.5,,;;', 'a' * 4000])
def test_any_accept_language_gets_a_page(browser, wanted):
    page = browser.get('/pair', **{'Accept-Language': wanted})
    assert (page.status, page.screen) == (200, 'enter-code')


def test_the_link_behind_a_qr_code(browser, device):
    page = browser.get('/pair?code=%s' % device.code)
    assert b'value="%s"' % device.code.encode() in page.body
    assert page.headers['cache-control'] == 'no-store'
    assert device.connect(0).state == 'pending', 'a link never pairs'
    assert device.code not in page.headers.get('location', '')
    browser.pair(device)


@pytest.mark.parametrize('typed', ['"><script>alert(1)</script>', "a'b&c<d>",
                                   '%s%n', '日本 語'])
def test_what_was_typed_is_escaped(browser, typed):
    browser.submit(typed)
    for page in (browser.get('/pair'),
                 browser.get('/pair?code=' + quote(typed))):
        value = re.search(r'<input[^>]* name="code"[^>]* value="([^"]*)"',
                          page.body.decode()).group(1)
        assert html.unescape(value) == typed
        assert '<' not in value


def test_what_was_typed_returns_in_a_sealed_cookie(browser):
    typed = 'ABCD1'
    answer = browser.post('/pair', {'code': typed})
    assert typed not in answer.headers['location']
    cookie, = [c for c in answer.cookies if c.startswith('typed=')]
    value, *attributes = cookie.split('; ')
    assert set(attributes) == {'Path=/pair', 'Max-Age=600', 'HttpOnly',
                               'SameSite=Lax'}
    assert typed not in value
    assert b'value="ABCD1"' in browser.get('/pair').body
    again = browser.post('/pair', {'code': typed})
    assert value not in again.cookies[0], 'sealed anew each time'


def test_a_cookie_that_was_not_sealed_here_is_ignored(browser):
    browser.submit('ABCD1')
    sealed = browser.jar['typed'][0]
    for value in (sealed[:-2] + ('AA' if sealed[-2:] != 'AA' else 'BB'),
                  sealed[:10], 'x', '', 'A' * 4000):
        browser.jar['typed'] = (value, '/pair')
        page = browser.get('/pair')
        assert page.status in (200, 400)
        assert b'value="ABCD1"' not in page.body


@pytest.mark.parametrize('seconds,kept', [(590, True), (610, False),
                                          (-50, True), (-70, False)])
def test_the_sealed_cookie_is_good_for_ten_minutes(system, browser, seconds,
                                                   kept):
    """Whatever the browser makes of its Max-Age."""
    browser.submit('ABCD1')
    cookie = bytearray(base64.urlsafe_b64decode(browser.jar['typed'][0]
                                                + '=='))
    key = bytes.fromhex((system.run / 'keys' / 'cookie').read_text()
                        .split()[-1])
    sodium = ctypes.CDLL('libsodium.so.23')
    nonce, box = bytes(cookie[:24]), bytes(cookie[24:])
    plain = ctypes.create_string_buffer(len(box) - 16)
    length = ctypes.c_ulonglong
    assert sodium.crypto_secretbox_open_easy(plain, box, length(len(box)),
                                             nonce, key) == 0
    then, = struct.unpack('=Q', plain.raw[:8])
    older = struct.pack('=Q', then - seconds) + plain.raw[8:]
    sealed = ctypes.create_string_buffer(len(box))
    sodium.crypto_secretbox_easy(sealed, older, length(len(older)), nonce,
                                 key)
    browser.jar['typed'] = (base64.urlsafe_b64encode(
        nonce + sealed.raw).decode().rstrip('='), '/pair')
    assert (b'value="ABCD1"' in browser.get('/pair').body) == kept


def test_a_match_clears_what_was_typed(browser, device):
    browser.submit('ABCD1')
    browser.pair(device)
    assert 'typed' not in browser.jar
    assert b'value=""' in browser.get('/pair').body


# --- forms from elsewhere

OWN = 'http://127.0.0.1:%d'
CASES = [
    ({}, True),
    ({'Sec-Fetch-Site': 'same-origin'}, True),
    ({'Sec-Fetch-Site': 'none'}, True),
    ({'Sec-Fetch-Site': 'same-site'}, False),
    ({'Sec-Fetch-Site': 'cross-site'}, False),
    ({'Sec-Fetch-Site': 'nonsense'}, False),
    ({'Origin': 'own'}, True),
    ({'Origin': 'null'}, False),
    ({'Origin': 'https://evil.example'}, False),
    ({'Origin': 'own', 'Sec-Fetch-Site': 'cross-site'}, False),
    ({'Origin': 'https://evil.example', 'Sec-Fetch-Site': 'same-origin'},
     True),
    ({'Origin': 'null', 'Sec-Fetch-Site': 'same-origin'}, True),
    ({'Origin': 'own/'}, False),
    ({'Origin': 'https://evil.example', 'Host': 'evil.example'}, False),
]


def own_origin(system):
    page = system.device().register().xml.findtext(
        '{urn:tallystick:1}PairingPage')
    return page[:-len('/pair')]


@pytest.mark.parametrize('headers,accepted', CASES)
def test_forms_from_elsewhere(system, headers, accepted):
    headers = {name: value.replace('own', own_origin(system))
               if name == 'Origin' else value
               for name, value in headers.items()}
    device, browser = system.pending(), system.browser()
    answer = browser.post('/pair', {'code': device.code}, headers)
    if accepted:
        assert browser.follow(answer).screen == 'operate-device'
    else:
        assert (answer.status, answer.screen) == (403, 'refused')
        assert not answer.cookies, 'a refused form sets nothing'
        assert device.connect(0).state == 'pending'
        browser.pair(device)
    answer = browser.post('/status', {'action': 'end'}, headers)
    assert answer.status == (303 if accepted else 403)
    assert device.connect(0).status == (410 if accepted else 200)


@pytest.mark.parametrize('path', ['/', '/pair', '/status'])
@pytest.mark.parametrize('method', ['PUT', 'DELETE', 'PATCH'])
def test_other_methods(browser, path, method):
    answer = browser.call(method, path)
    assert answer.status == 405 and 'GET' in answer.headers['allow']
    check_page(answer)


def test_head_has_no_body(browser):
    answer = browser.call('HEAD', '/pair')
    assert (answer.status, answer.body) == (200, b'')


def test_forms_of_the_wrong_kind(browser):
    for kind in ('application/json', 'text/plain', 'application/xml'):
        answer = browser.call('POST', '/pair', 'code=ABCDEF',
                              {'Content-Type': kind})
        assert (answer.status, answer.screen) == (415, 'refused')


def test_a_form_that_is_too_large(browser):
    answer = browser.post('/pair', {'code': 'A' * 20000})
    assert (answer.status, answer.screen) == (413, 'refused')
    answer = browser.call('GET', '/pair?code=' + 'A' * 30000)
    assert answer.status in (400, 414)


def test_malformed_forms_are_refused(browser):
    for body in ('code=%zz', 'code=%ff%fe', 'code=AB\0CDEF12'):
        answer = browser.call('POST', '/pair', body, {'Content-Type': FORM})
        assert answer.status in (303, 400), body
        if answer.status == 303:
            assert browser.follow(answer).screen == 'code-invalid', body


# --- the news as events

def events(browser, path, headers=None):
    return browser.call('GET', path, headers=dict(
        {'Accept': 'text/event-stream'}, **(headers or {})))


def test_events_at_once_when_the_page_is_behind(paired):
    answer = events(paired.browser, '/status?since=1')
    assert answer.headers['content-type'].startswith('text/event-stream')
    assert b'state="paired"' in answer.body and b'data: ' in answer.body
    assert paired.token.encode() not in answer.body


def test_events_need_a_session(browser):
    assert events(browser, '/status').status == 303


def test_events_are_held_until_there_is_news(system, paired):
    page = paired.browser.see('/status')
    with socket.create_connection(
            ('127.0.0.1', system.port), 10,
            source_address=(paired.browser.address, 0)) as stream:
        stream.sendall((
            'GET /status?since=%s HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n'
            'Accept: text/event-stream\r\n\r\n'
            % (page.data('version'), paired.browser.cookies_for('/status'))
        ).encode())
        time.sleep(0.5)
        begin = time.monotonic()
        order, = paired.report(supply(2)).orders
        got = b''
        while order.encode() not in got:
            piece = stream.recv(65536)
            assert piece, got
            got += piece
    print('event after %d ms' % (1000 * (time.monotonic() - begin)))
    head = got.split(b'\r\n\r\n')[0].lower()
    assert b'text/event-stream' in head
    assert b'access-control-allow-origin: *' not in head
    assert time.monotonic() - begin < 1


def test_nginx_tells_no_version(system):
    answer = Client(system.port).request('GET', '/nothing-here')
    assert not re.search(r'\d', answer.headers.get('server', ''))
