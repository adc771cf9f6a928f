"""Answers do not tell known codes from unknown, byte for byte, and the store
takes the same statements for both. How long it takes is measured by
./quickstart bench timing, for no time is ever the same twice."""
import re
import secrets

import pytest

import fastcgi
from client import FORM, new_code, new_device_id, registration_request


def known_codes(system):
    """A code of each kind that strangers may not learn of: {kind: code}."""
    codes = {kind: new_code() for kind in ('unknown', 'pending', 'expired',
                                           'used', 'awaited', 'contested')}
    for kind in ('pending', 'expired', 'used'):
        system.pending(code=codes[kind], device_id='A' + new_device_id())
    system.sql("UPDATE registration SET expires_at = UTC_TIMESTAMP() - "
               "INTERVAL 1 MINUTE WHERE code = (SELECT code FROM (SELECT code "
               "FROM registration WHERE state = 'pending' ORDER BY id DESC "
               "LIMIT 1 OFFSET 1) c)")
    assert system.browser().submit(codes['used']).screen == 'operate-device'
    for kind in ('awaited', 'contested', 'contested'):
        assert system.browser().submit(codes[kind]).screen == 'code-unknown'
    return codes


def neutral(answer, *names):
    """All of an answer, but for what is each one's own: its code, the values
    of its cookies, which are as long as each other."""
    text = answer.body
    for name in names:
        text = text.replace(name.encode(), b'MINE')
    headers = {name: value for name, value in answer.headers.items()
               if name not in ('date', 'set-cookie')}
    cookies = [re.sub(r'=[^;]{20,}', lambda found: '=%d' % len(found.group()),
                      cookie) for cookie in answer.cookies]
    return answer.status, sorted(headers.items()), sorted(cookies), text


def all_alike(system, codes, submit):
    """What each code leads to; it must be the same."""
    answers = {kind: submit(code) for kind, code in codes.items()}
    for kind, answer in answers.items():
        assert answer == answers['unknown'], kind
    return answers['unknown']


def typed(system, address=None, **fields):
    """How a code is submitted: the answer, and the page that follows."""
    def submit(code):
        browser = system.browser()
        browser.address = address or browser.address
        browser.get('/pair')
        first = browser.post('/pair', dict(fields, code=code))
        page = browser.follow(first)
        grouped = '-'.join(re.findall('.{1,4}', code))
        return neutral(first), neutral(page, code, grouped), page.screen
    return submit


def spend(system, *rows):
    for scope, name, spent in rows:
        system.sql("INSERT INTO guess (scope, name, since, spent) VALUES "
                   "('%s', '%s', UTC_TIMESTAMP(), %d)" % (scope, name, spent))


def test_who_has_no_try_left(system):
    codes = known_codes(system)
    browser = system.browser()
    for _ in range(5):
        browser.submit(new_code())
    assert all_alike(system, codes, typed(system, browser.address))[2] == \
        'too-many-tries'


def test_who_must_name_the_device(system):
    codes = known_codes(system)
    spend(system, ('service', 'test', 1 << 19))
    assert all_alike(system, codes, typed(system))[2] == 'name-device'


def test_who_names_another_device(system):
    codes = known_codes(system)
    spend(system, ('service', 'test', 1 << 19))
    endings = iter('QQQ1 QQQ2 QQQ3 QQQ4 QQQ5 QQQ6'.split())
    assert all_alike(system, codes, lambda code: typed(
        system, device=next(endings))(code))[2] == 'code-unknown'


@pytest.mark.parametrize('length,screen', [(4, 'name-device'),
                                           (8, 'too-many-tries')])
def test_who_names_a_device_that_was_guessed_at(system, length, screen):
    """Even the right one, of which the code pends."""
    codes = known_codes(system)
    device, = system.sql("SELECT RIGHT(device_id, %d) FROM registration WHERE "
                         "code IS NOT NULL AND device_id LIKE 'AT%%' AND "
                         "expires_at > UTC_TIMESTAMP() ORDER BY id DESC "
                         "LIMIT 1" % length)[0]
    spend(system, ('service', 'test', 1 << 19), ('ending', device, 5))
    assert all_alike(system, codes, typed(system, device=device))[2] == screen


def test_a_code_that_expired_is_unknown(system):
    codes = known_codes(system)
    kinds = {kind: codes[kind] for kind in ('unknown', 'expired')}
    assert all_alike(system, kinds, typed(system))[2] == 'code-unknown'


def test_a_device_that_registers(system):
    """Whoever else has its code, and whoever waits in vain."""
    codes = known_codes(system)
    codes['past'] = new_code()
    system.browser().submit(codes['past'])
    system.sql("UPDATE code SET awaited_to = 0 WHERE awaited_until > "
               "UTC_TIMESTAMP()")

    def register(code):
        device_id = new_device_id()
        body = registration_request(device_id, code)
        answer = system.device().post_xml('/device/register', body)
        assert (answer.status, answer.state) == (201, 'pending')
        text = re.sub(rb'<(Token|ExpiresAt)>[^<]*', rb'<\1>', answer.body)
        answer.body = text
        return neutral(answer, device_id)
    all_alike(system, codes, register)


def statements(system, call):
    """How many statements of each kind a call of the store takes."""
    rows = system.sql("%s; SHOW SESSION STATUS WHERE "
                      "Variable_name LIKE 'Com\\_%%' AND Value <> '0'" % call)
    return [row for row in rows if row[0].startswith('Com_')]


def test_the_store_takes_the_same_statements_to_register(system):
    codes = known_codes(system)
    hashes = {kind: "X'%s'" % secrets.token_hex(16) for kind in ('unknown',)}
    for kind, condition in (
            ('pending', 'matched_at IS NULL AND awaited_until IS NULL'),
            ('used', 'matched_at IS NOT NULL'),
            ('contested', "awaited_until < '1001-01-01'")):
        (found,), = system.sql("SELECT HEX(code) FROM code WHERE %s ORDER BY "
                               "erase_at DESC LIMIT 1" % condition)
        hashes[kind] = "X'%s'" % found
    (found,), = system.sql("SELECT HEX(code) FROM code WHERE awaited_until > "
                           "UTC_TIMESTAMP() ORDER BY awaited_to DESC LIMIT 1")
    call = ("CALL register(%s, X'%s', X'%s', NULL, '%s', 'Example', NULL, "
            "NULL, X'0A00000B', NULL, NULL, FALSE, TRUE)")
    told = {kind: statements(system, call % (
        code, secrets.token_hex(16), secrets.token_hex(16), new_device_id()))
        for kind, code in hashes.items()}
    assert len(told['unknown']) > 4
    for kind in told:
        assert told[kind] == told['unknown'], kind
    # The one that is matched takes others, which shows that they are counted.
    assert statements(system, call % (
        "X'%s'" % found, secrets.token_hex(16), secrets.token_hex(16),
        new_device_id())) != told['unknown']
    assert codes


def test_no_field_of_the_form_makes_a_difference(system):
    """At the program itself, without the front."""
    codes = known_codes(system)
    spend(system, ('service', 'test', 1 << 19))
    told = {}
    for kind, code in codes.items():
        answer = fastcgi.call(system.run / 'pair.sock', 'POST', '/pair',
                              'code=%s&device=' % code, '2001:db8:7::1',
                              CONTENT_TYPE=FORM)
        told[kind] = neutral(answer)
    assert all(told[kind] == told['unknown'] for kind in told)
