"""POST /device/register: the answer, the code policy, tokens, limits."""
import concurrent.futures
import datetime
import re
import secrets
from urllib.parse import urlencode

import pytest

import fastcgi
from client import FORM, NS, Client, instruction, job, job_report, new_code, \
    new_device_id, registration_request
from system import eventually

URL = '/device/register'


@pytest.fixture
def client(system):
    return Client(system.port)


def when(text):
    return datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ')


def test_the_answer(system):
    device = system.device(serial='SN 1', firmware='1.42')
    answer = device.register()
    root = answer.xml
    assert answer.status == 201
    assert answer.headers['content-type'] == 'application/xml; charset=utf-8'
    assert answer.headers['cache-control'] == 'no-store'
    assert root.tag == NS + 'Registration'
    assert root.attrib == {'version': '1', 'state': 'pending',
                           'service': 'stopped'}
    assert [child.tag for child in root] == [
        NS + name for name in ('DeviceId', 'Token', 'PairingPage',
                               'ExpiresAt')]
    assert root.findtext(NS + 'DeviceId') == device.device_id
    assert re.fullmatch(r'[A-Za-z0-9_-]{43}', device.token)
    left = when(root.findtext(NS + 'ExpiresAt')) \
        - datetime.datetime.utcnow()
    assert 3590 <= left.total_seconds() <= 3605


def test_the_host_header_gives_no_address(system, client):
    own = 'http://127.0.0.1:%d/pair' % system.port
    answer = client.request('POST', URL, registration_request(
        new_device_id(), new_code()), {'Content-Type': 'application/xml',
                                       'Host': 'evil.example'})
    assert answer.xml.findtext(NS + 'PairingPage') in (
        own, own.replace('127.0.0.1', 'localhost'))


def test_the_base_address_gives_the_pairing_page(system):
    with system.configured(['register'],
                           base_url='https://tallystick.example/base'):
        answer = system.device().register()
    assert answer.xml.findtext(NS + 'PairingPage') == \
        'https://tallystick.example/base/pair'


# --- the forms of a message

def multipart(document, **more):
    boundary = 'xXboundaryXx'
    parts = dict({'other': 'before', 'message': document}, **more)
    body = ''.join(
        '--%s\r\nContent-Disposition: form-data; name="%s"; filename="m.xml"'
        '\r\nContent-Type: application/xml\r\n\r\n%s\r\n'
        % (boundary, name, value) for name, value in parts.items())
    return (body + '--%s--\r\n' % boundary,
            'multipart/form-data; boundary=' + boundary)


def urlencoded(document):
    return urlencode({'a': 'b', 'message': document}), FORM


@pytest.mark.parametrize('shape', [
    lambda d: (d, 'application/xml'), lambda d: (d, 'text/xml'),
    lambda d: (d, 'application/xml; charset=utf-8'),
    lambda d: (d, 'Application/XML;charset="UTF-8"'), urlencoded,
    lambda d: (urlencoded(d)[0], FORM + '; charset=UTF-8'), multipart])
def test_each_form_of_a_message_gets_the_same_answer(client, shape):
    model = 'Müller &amp; Söhne „1“ &lt;+%'
    body, kind = shape(registration_request(new_device_id(), new_code(),
                                            model))
    answer = client.post_xml(URL, body, None, kind)
    assert answer.status == 201, answer
    assert answer.headers['content-type'] == 'application/xml; charset=utf-8'
    assert answer.state == 'pending'


def test_forms_carry_the_other_messages_too(paired):
    body, kind = urlencoded(instruction('stop'))
    answer = paired.post_xml('/device/instruct', body, paired.token, kind)
    assert (answer.status, answer.service) == (200, 'stopped')
    body, kind = multipart(job_report([job(), job()]))
    answer = paired.post_xml('/device/report', body, paired.token, kind)
    assert answer.counts == (2, 0)


def test_a_form_that_is_cut_short_is_malformed(client):
    body, kind = multipart(registration_request(new_device_id(), new_code()))
    answer = client.post_xml(URL, body[:-30], None, kind)
    assert (answer.status, answer.problem) == (400, 'malformed')


# --- bounds

@pytest.mark.parametrize('facts,status', [
    (dict(device_id='A'), 201), (dict(device_id='a.Z_0:-' + 'x' * 121), 201),
    (dict(device_id='x' * 129), 422), (dict(device_id=''), 422),
    (dict(device_id='A B'), 422), (dict(device_id='Ä'), 422),
    (dict(device_id='  A1  '), 201), (dict(device_id='A/1'), 422),
    (dict(model='m'), 201), (dict(model=''), 422), (dict(model='   '), 422),
    (dict(model='😀' * 127), 201), (dict(model='😀' * 128), 422),
    (dict(serial='s' * 64), 201), (dict(serial='s' * 65), 422),
    (dict(firmware='f' * 64), 201), (dict(firmware='f' * 65), 422),
])
def test_bounds(client, facts, status):
    facts = dict({'device_id': new_device_id(), 'code': new_code()}, **facts)
    answer = client.post_xml(URL, registration_request(**facts))
    assert answer.status == status, answer
    if status == 422:
        assert answer.problem == 'invalid'


def test_children_stand_in_order_and_unknown_ones_are_refused(client):
    good = registration_request(new_device_id(), new_code())
    for body in (
            good.replace('</RegistrationRequest>',
                         '<Other/></RegistrationRequest>'),
            good.replace('<Code>', '<Code other="1">'),
            good.replace('urn:tallystick:1', 'urn:tallystick:2'),
            good.replace('DeviceId>', 'deviceid>'),
            re.sub('(<DeviceId>.*</DeviceId>)(<Code>.*</Code>)', r'\2\1',
                   good),
            re.sub('<Code>.*</Code>', '', good),
            re.sub('(<Code>.*</Code>)', r'\1\1', good)):
        answer = client.post_xml(URL, body)
        assert (answer.status, answer.problem) == (422, 'invalid'), body


def test_foreign_elements_are_ignored_except_inside_a_value(client):
    good = registration_request(new_device_id(), new_code())
    alien = '<a xmlns="urn:x"><Code>1</Code>text</a>'
    answer = client.post_xml(URL, good.replace('<Code>', alien + '<Code>'))
    assert answer.status == 201, answer
    answer = client.post_xml(URL, good.replace(
        'xmlns="urn:tallystick:1"',
        'xmlns="urn:tallystick:1" xmlns:x="urn:x" x:y="1"'))
    assert answer.status == 201, answer
    answer = client.post_xml(URL, good.replace('</Code>', alien + '</Code>'))
    assert (answer.status, answer.problem) == (422, 'invalid')


# --- the code policy

@pytest.mark.parametrize('told,typed', [
    ('7kq4-m2xw-9t', '7KQ4M2XW9T'), ('OOOO1111ILIL', '0000 1111 1111'),
    ('ｆｕｌｌｗｉｄｔｈ９', 'FU11W1DTH9'), ('a.b_c‐d‑e‒f–g—h―j', 'ABCDEFGHJ'),
    ('AB−CD﹘EF﹣GH－JK', 'abcdefghjk'), ('A B　C D\tE\nFGHJ', 'ABCDEFGHJ'),
    ('ab＿cd．ef gh9', 'ABCDEFGH9'), ('x' * 64, 'X' * 64),
], ids=ascii)
def test_normal_form(system, told, typed):
    # A tail of its own: these codes must not meet those of another run.
    tail = new_code(8) if len(told) < 50 else ''
    device = system.pending(code=told + tail)
    page = system.browser().submit(typed + tail)
    if not tail and page.screen == 'name-device':
        page = system.browser().submit(typed, device.device_id)
    assert page.screen == 'operate-device', page.screen


@pytest.mark.parametrize('code', [
    'ABCDEFG', '123456', '123456789012', 'OILOILOILOIL', 'ABCDE', '1234567',
    'X' * 65, 'ABCD!EFGH', 'ABCDÄEFGH', '----------', 'ABCD,EFGHJ'])
def test_weak_or_impossible_codes(client, code):
    body = registration_request(new_device_id(), code).replace(
        '<Code>', '\n\n<Code>')
    answer = client.post_xml(URL, body)
    assert (answer.status, answer.problem) == (422, 'invalid')
    line = body[:body.index('<Code>')].count('\n') + 1
    assert answer.detail.startswith('line %d: <Code> ' % line)
    assert code not in answer.detail, 'the code is a secret'


@pytest.mark.parametrize('length,alphabet', [(8, None), (13, '0123456789')])
def test_the_weakest_code_that_will_do(client, length, alphabet):
    code = new_code(length) if alphabet is None else ''.join(
        secrets.choice(alphabet) for _ in range(length))
    code = 'Z' + code[1:] if alphabet is None else code
    answer = client.post_xml(URL, registration_request(new_device_id(), code))
    assert answer.status == 201, answer


def test_the_least_strength_is_configured(system):
    with system.configured(['register'], code_bits='60'):
        assert system.device(code=new_code(11)).try_register().status == 422
        assert system.device(code=new_code(12)).try_register().status == 201


# --- tokens

def test_the_same_again_while_pending_replaces_the_token(system, device):
    old = device.token
    answer = device.register()
    assert answer.state == 'pending' and device.token != old
    assert device.connect(0).status == 200
    new, device.token = device.token, old
    for answer in (device.connect(0), device.report(), device.instruct()):
        assert (answer.status, answer.problem) == (410, 'gone')
    device.token = new
    system.browser().pair(device)
    assert device.connect(0).state == 'paired'


@pytest.mark.parametrize('minutes,state', [(9, 'paired'), (11, 'pending')])
def test_a_lost_answer_within_ten_minutes_of_the_match(system, device,
                                                       minutes, state):
    browser = system.browser()
    browser.pair(device)
    system.sql("UPDATE registration SET paired_at = paired_at - INTERVAL %d "
               "MINUTE WHERE device_id = '%s'" % (minutes, device.device_id))
    old = device.token
    assert device.register().state == state
    assert device.token != old
    assert device.connect(0).state == state
    new, device.token = device.token, old
    answer = device.connect(0)
    if state == 'paired':
        assert (answer.status, answer.problem) == (410, 'gone')
        device.token = new
        assert device.instruct('start').status == 200
        assert browser.see('/status').screen == 'status'
    else:
        assert answer.state == 'paired', 'the pairing stays in force'


def test_a_token_that_was_used_is_not_given_again(system, device):
    system.browser().pair(device)
    assert device.connect(0).state == 'paired'
    old = device.token
    assert device.register().state == 'pending'
    device.token = old
    assert device.connect(0).state == 'paired', 'it stays in force'


def test_ended_tokens_are_remembered_ninety_days(system, device):
    old = device.token
    device.register()
    paired = system.paired()
    paired.instruct('end')
    for days, status in ((89, 410), (2, 401)):
        system.sql(
            'UPDATE replaced_token SET replaced_at = replaced_at - INTERVAL '
            '%d DAY; UPDATE registration SET ended_at = ended_at - INTERVAL '
            '%d DAY WHERE ended_at IS NOT NULL' % (days, days))
        done = system.command('purge')
        assert done.returncode == 0, done.stderr
        assert paired.connect(0).status == status
        current, device.token = device.token, old
        assert device.connect(0).status == status
        device.token = current
    assert device.connect(0).status == 200


def test_pending_registrations_expire(system, device):
    system.sql("UPDATE registration SET expires_at = UTC_TIMESTAMP() "
               "WHERE device_id = '%s'" % device.device_id)
    for answer in (device.connect(0), device.report(), device.instruct()):
        assert (answer.status, answer.problem) == (410, 'gone')
    assert system.browser().submit(device.code).screen == 'code-unknown'
    assert device.register().state == 'paired', 'that terminal waited'


def test_a_token_never_keeps_a_device_from_registering(system, paired):
    device = system.device()
    for token in ('A' * 43, 'x', "' OR 1", 'A' * 5000):
        assert device.try_register(token).status == 201
    paired.instruct('end')
    assert paired.register(paired.token).state == 'pending'


# --- limits

def test_two_hundred_pend_from_one_address(system):
    """An IPv6 /64 is one address; asked of the program itself, as the front
    lets only 50 a second through."""
    network = '2001:db8:%x:%x::' % (id(system) >> 4 & 0xffff, system.port)
    sock = system.run / 'register.sock'

    def register(host, device=None, code=None):
        return fastcgi.call(sock, 'POST', URL, registration_request(
            device or new_device_id(), code or new_code()),
            address=network + '%x' % host)
    device, code = new_device_id(), new_code()
    assert register(1, device, code).status == 201
    for host in range(2, 201):
        assert register(host).status == 201
    answer = register(201)
    assert (answer.status, answer.problem) == (429, 'throttled')
    assert int(answer.headers['retry-after']) > 0
    assert register(202, device, code).status == 201, 'a repeat is no more'
    assert register(203).status == 429
    assert system.device().try_register().status == 201
    # One that was paired does not pend any more.
    assert system.browser().submit(code).screen == 'operate-device'
    assert eventually(lambda: register(204).status == 201, 1)
    system.sql("UPDATE registration SET expires_at = UTC_TIMESTAMP() WHERE "
               "state = 'pending' AND LENGTH(address) = 8")


def test_two_hundred_pend_however_many_come_at_once(system):
    """Those not yet committed count as well."""
    network = '2001:db8:%x:%x::' % (id(system) >> 4 & 0xffff,
                                    system.port + 1 & 0xffff)
    sock = system.run / 'register.sock'

    def register(host):
        return fastcgi.call(sock, 'POST', URL, registration_request(
            new_device_id(), new_code()), address=network + '%x' % host).status
    for host in range(1, 191):
        assert register(host) == 201
    expire = ("UPDATE registration SET expires_at = UTC_TIMESTAMP() WHERE "
              "state = 'pending' AND LENGTH(address) = 8 AND "
              "expires_at > UTC_TIMESTAMP() LIMIT %d")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for _ in range(30):
            found = list(pool.map(register, range(200, 220)))
            assert (found.count(201), found.count(429)) == (10, 10), found
            system.sql(expire % 10)
    system.sql(expire % 1000)
