"""Addresses that are another's in disguise."""
import pytest

from server import raw, statuses
from system import PROGRAMS

# The program that may see it; all may be refused.
PATHS = {
    b'/device//register': 'register', b'//device/register': 'register',
    b'/device/./register': 'register', b'/device/x/../register': 'register',
    b'/device/%72egister': 'register', b'/device/pair': None,
    b'/device/%2e%2e/pair': 'pair', b'/device/../pair': 'pair',
    b'/device%2fregister': 'register', b'/device%2Fregister': 'register',
    b'/device/register/': None, b'/device/register/x': None,
    b'/device/register/../report': 'report',
    b'/device/register%00': None, b'/device/register%00.html': None,
    b'/device/register;x=y': None, b'/device/register%3b': None,
    b'/device/register%3fx': None, b'/device/register%20': None,
    b'/device/register.': None, b'/device/REGISTER': None,
    b'/device/register%0a': None, b'/device/register%0d%0aX:y': None,
    b'/device\\register': None, b'/device/register\\': None,
    b'/device/%252e%252e/pair': None, b'/device/register#x': 'register',
    b'/pair/..;/status': None, b'/%70air': 'pair', b'/pair%2f': None,
    b'/pair.html': None, b'/pair/': None, b'//pair': 'pair',
    b'/../../etc/passwd': None, b'/en/../../../../etc/passwd': None,
    b'/en/%2e%2e/%2e%2e/%2e%2e/etc/passwd': None,
    b'/en/..%2f..%2f..%2fetc/passwd': None,
    b'/pictures/../../../etc/passwd': None,
    b'/refusal/../../etc/passwd': None, b'/problem../tallystick.conf': None,
    b'/en/operate-device.html': None, b'/en/operate-device/x.html': None,
    b'/en/enter-code.html/x': None, b'/en/enter-code.html%00.svg': None,
    b'/status.js/x': None, b'/EN/enter-code.html': None,
    b'/cgi-bin/register': None, b'/server-status': None, b'/icons/': None,
    b'/': 'pair', b'*': None, b'/\xff': None, b'/%ff%fe': None,
    b'/%u0041': None, b'/%': None, b'/%zz': None}


@pytest.mark.parametrize('path', PATHS, ids=lambda path: repr(path)[2:-1])
def test_an_address_leads_where_it_says(front, path):
    with front.programs(*PROGRAMS) as programs:
        got = raw(front.port, b'GET %s HTTP/1.1\r\nHost: x\r\n'
                  b'Connection: close\r\n\r\n' % path, quiet_s=2)
        seen = [name for name, program in programs.items() if program.seen]
    assert seen in ([], [PATHS[path]]), got
    assert b'root:' not in got and b'wake-socket' not in got
    if not seen:
        assert statuses(got)[0] in (400, 403, 404, 301, 302, 308), got
        if statuses(got)[0] < 400:
            place = [line for line in got.split(b'\r\n')
                     if line.lower().startswith(b'location:')][0]
            assert PATHS[path] and place.endswith(PATHS[path].encode())
