"""doc/protocol.md section 2: every problem, and which of several is told."""
import http.client
import re
import socket
import time

import pytest

import fastcgi
from client import FORM, Answer, Client, instruction, job, job_report, \
    new_code, new_device_id, registration_request, supply
from system import eventually

NEVER_ISSUED = 'A' * 43
REPORT = job_report([])
POSTS = {'/device/register': None, '/device/instruct': instruction('start'),
         '/device/report': REPORT}


def valid(path):
    return POSTS[path] or registration_request(new_device_id(), new_code())


@pytest.fixture
def client(system):
    return Client(system.port)


@pytest.mark.parametrize('path', POSTS)
@pytest.mark.parametrize('body', [
    b'', b'{', b'<a>', b'<a xmlns="urn:tallystick:1"></b>',
    b'\xff\xfe<\x00a\x00', b'<a>\xc3(</a>', b'<?xml version="1.0"?>',
    b'<!DOCTYPE a><a/>', b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe4</a>', b'<a>\x00</a>',
], ids=lambda body: repr(body)[2:22])
def test_malformed(client, path, body):
    answer = client.post_xml(path, body, NEVER_ISSUED)
    assert (answer.status, answer.problem) == (400, 'malformed')


def test_malformed_tells_the_line(client):
    answer = client.post_xml('/device/register', '<a>\n\n</b>')
    assert answer.problem == 'malformed' and 'line 3' in answer.detail


def test_doctype_is_refused_although_all_else_is_right(client):
    body = '<!DOCTYPE RegistrationRequest>' + valid('/device/register')
    answer = client.post_xml('/device/register', body)
    assert (answer.status, answer.problem) == (400, 'malformed')


@pytest.mark.parametrize('name', ['register', 'instruct', 'report'])
def test_malformed_when_shorter_than_announced(system, name):
    body = valid('/device/' + name)
    answer = fastcgi.call(
        system.run / (name + '.sock'), 'POST', '/device/' + name, body,
        CONTENT_LENGTH=len(body) + 1,
        HTTP_AUTHORIZATION='Bearer ' + NEVER_ISSUED)
    assert (answer.status, answer.problem) == (400, 'malformed')


@pytest.mark.parametrize('method,path', [
    ('POST', '/device/instruct'), ('POST', '/device/report'),
    ('GET', '/device/connect')])
@pytest.mark.parametrize('authorization', [
    None, '', 'Bearer', 'Bearer ', 'Basic QTpC', NEVER_ISSUED,
    'Bearer ' + NEVER_ISSUED, 'Bearer x', "Bearer ' OR 1=1 --",
    'Bearer ' + 'A' * 5000])
def test_unauthorized(client, method, path, authorization):
    headers = {'Content-Type': 'application/xml'}
    if authorization is not None:
        headers['Authorization'] = authorization
    answer = client.request(method, path, POSTS.get(path), headers)
    assert (answer.status, answer.problem) == (401, 'unauthorized')
    assert answer.headers['www-authenticate'].startswith('Bearer')
    assert 'x-accel-redirect' not in answer.headers


def test_not_admitted(system):
    device, other = system.device(), system.device()
    system.sql("INSERT INTO admitted_device (device_id, admitted_at) "
               "VALUES ('%s', UTC_TIMESTAMP())" % other.device_id)
    with system.configured(['register'], enrolment='listed'):
        answer = device.try_register()
        assert (answer.status, answer.problem) == (403, 'not-admitted')
        assert other.try_register().status == 201
        assert Client(system.port).post_xml(
            '/device/register', '<a>').status == 400, '403 comes last'
        weak = registration_request(device.device_id, 'ABCDEFG')
        assert Client(system.port).post_xml(
            '/device/register', weak).status == 422, '403 comes last'
    assert device.try_register().status == 201


@pytest.mark.parametrize('path,allowed', [
    ('/device/register', 'POST'), ('/device/connect', 'GET'),
    ('/device/instruct', 'POST'), ('/device/report', 'POST')])
@pytest.mark.parametrize('method', ['GET or POST', 'PUT', 'DELETE', 'PATCH',
                                    'OPTIONS'])
def test_method(client, path, allowed, method):
    if method == 'GET or POST':
        method = 'GET' if allowed == 'POST' else 'POST'
    answer = client.request(method, path)
    assert (answer.status, answer.problem) == (405, 'method')
    assert answer.headers['allow'] == allowed


def test_not_paired_stores_nothing(system, device):
    for answer in (device.instruct('start'), device.instruct('end'),
                   device.report(job(), supply(1))):
        assert (answer.status, answer.problem) == (409, 'not-paired')
    assert device.connect(0).state == 'pending'
    system.browser().pair(device)
    connected = device.connect(0)
    assert connected.service == 'stopped' and not connected.orders
    assert not device.instruct('start').orders, 'the refused level was kept'


def test_gone(paired):
    assert paired.instruct('end').state == 'ended'
    for answer in (paired.connect(0), paired.instruct('start'),
                   paired.report()):
        assert (answer.status, answer.problem) == (410, 'gone')


@pytest.mark.parametrize('path,most', [
    ('/device/register', 64 * 1024), ('/device/instruct', 64 * 1024),
    ('/device/report', 512 * 1024)])
def test_too_large(client, path, most):
    body = valid(path)
    body += ' ' * (most - len(body))
    answer = client.post_xml(path, body, NEVER_ISSUED)
    assert answer.status == (201 if 'register' in path else 401), answer
    answer = client.post_xml(path, body + ' ', NEVER_ISSUED)
    assert (answer.status, answer.problem) == (413, 'too-large')


def test_too_large_by_the_program_itself(system):
    answer = fastcgi.call(system.run / 'report.sock', 'POST',
                          '/device/report', b' ' * (512 * 1024 + 1))
    assert (answer.status, answer.problem) == (413, 'too-large')


@pytest.mark.parametrize('path', POSTS)
@pytest.mark.parametrize('kind', [
    None, '', 'application/json', 'text/plain', 'application/xmlx',
    'application/octet-stream', 'image/svg+xml'])
def test_content_type(client, path, kind):
    answer = client.post_xml(path, valid(path), NEVER_ISSUED, kind)
    assert (answer.status, answer.problem) == (415, 'content-type')


def test_invalid_tells_the_line(client):
    body = valid('/device/register').replace('<MakeAndModel>',
                                             '\n\n<Make>', 1)
    body = body.replace('</MakeAndModel>', '</Make>')
    answer = client.post_xml('/device/register', body)
    assert (answer.status, answer.problem) == (422, 'invalid')
    assert 'line 3' in answer.detail.lower(), answer.detail


def test_the_first_reason_is_told(system, client, device):
    huge, bad, wrong = ' ' * 600000, '<a>', '<a/>'
    path = '/device/report'
    assert client.request('PUT', path, huge).status == 413
    assert client.request('PUT', path, bad).status == 405
    assert client.post_xml(path, bad, None, 'text/plain').status == 415
    assert client.post_xml(path, bad).status == 401
    assert client.post_xml(path, bad, NEVER_ISSUED).status == 400
    assert client.post_xml(path, wrong, NEVER_ISSUED).status == 422
    assert client.post_xml(path, wrong, device.token).status == 422
    assert client.post_xml(path, REPORT, NEVER_ISSUED).status == 401
    assert client.post_xml(path, REPORT, device.token).status == 409
    gone = system.paired()
    gone.instruct('end')
    assert client.post_xml(path, wrong, gone.token).status == 422
    assert client.post_xml(path, REPORT, gone.token).status == 410


def flood(system, address, path, status, limit=3000):
    """Ask on one kept connection until the front refuses."""
    connection = http.client.HTTPConnection(
        '127.0.0.1', system.port, timeout=20, source_address=(address, 0))
    begin = time.monotonic()
    for count in range(limit):
        connection.request('GET', path)
        response = connection.getresponse()
        body = response.read()
        if response.status == status:
            seconds = time.monotonic() - begin
            connection.close()
            return Answer(response, body), count, seconds
    raise AssertionError('never refused')


def test_throttled_by_the_front(system, address):
    answer, count, seconds = flood(system, address, '/device/connect', 429)
    assert answer.problem == 'throttled'
    assert int(answer.headers['retry-after']) >= 1
    assert 200 <= count <= 205 + 50 * seconds, (count, seconds)
    # The limit is by address, and it recovers.
    assert Client(system.port).request('GET', '/device/connect').status == 401
    assert eventually(lambda: Client(system.port, address).request(
        'GET', '/device/connect').status == 401, 5)


def test_unavailable_by_the_front(system):
    device = system.device()
    system.part('stop', 'register')
    try:
        answer = device.try_register()
        assert answer.status in (502, 503, 504)
        assert answer.problem == 'unavailable'
        assert int(answer.headers['retry-after']) >= 1
    finally:
        system.part('start', 'register')
    assert eventually(lambda: device.try_register().status == 201)


def test_no_other_urls_answer(client):
    for path in ('/device', '/device/', '/device/other', '/device/report/',
                 '/hold/1.1', '/events/1.1', '/wake/1.1', '/problem/',
                 '/tallystick.conf', '/en/../../etc/passwd', '/refusal/'):
        assert client.request('GET', path).status in (400, 404), path


def test_a_form_without_the_message_is_malformed(client):
    answer = client.post_xml('/device/register', 'other=1', None, FORM)
    assert (answer.status, answer.problem) == (400, 'malformed')


def test_the_status_line(system, device):
    """RFC 9112, section 4: a space follows the code, phrase or not."""
    for path, token, status in (
            ('/device/connect?since=0', device.token, 200),
            ('/device/connect', 'x', 401), ('/device/report', 'x', 405),
            ('/pair', 'x', 200), ('/status', 'x', 303)):
        with socket.create_connection(('127.0.0.1', system.port), 10) as s:
            s.sendall(('GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
                       'Authorization: Bearer %s\r\n\r\n'
                       % (path, token)).encode())
            line = s.makefile('rb').readline()
        assert re.fullmatch(rb'HTTP/1\.1 %d [ -~]*\r\n' % status, line), line
