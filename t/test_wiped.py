"""What a request brought and an answer took away is gone from the worker's
memory before it waits for the next one: codes, tokens, cookies, in any form.
Each test is made again with the wiping off, and must find every one of them:
so it looks where they are."""
import base64
import os
import pathlib
import re
import tempfile
import urllib.parse

import pytest

from client import FORM, instruction, job, job_report, new_code, \
    new_device_id, registration_request, supply
from system import PROGRAMS, eventually
from worker import Worker

OFF = {'system-call-filter': 'off'}


def shapes(secret):
    """As it came, its normal form, and what it stands for."""
    yield secret.encode()
    yield re.sub('[^0-9A-Za-z]', '', secret).upper().encode()
    yield secret.encode().hex().encode()
    yield urllib.parse.quote_plus(secret).encode()
    if len(secret) == 43:
        raw = base64.urlsafe_b64decode(secret + '=')
        yield raw
        yield raw.hex().encode()


class Looked:
    """A worker whose memory is looked at whenever it waits."""

    def __init__(self, system, planted, name, wipes):
        self.wipes = wipes
        self.folder = tempfile.TemporaryDirectory(dir=system.run / 'tmp')
        os.chmod(self.folder.name, 0o777)
        self.worker = Worker(system, name, OFF, planted,
                             DUMPED=self.folder.name + '/dump',
                             **({} if wipes else {'UNWIPED': '1'}))
        self.served = 0

    def call(self, *words, **more):
        """out: the answer; what the worker then held is in self.memory."""
        answer = self.worker.call(*words, **more)
        self.served += 1
        dump = pathlib.Path(self.folder.name, 'dump.%d' % self.served)
        assert eventually(dump.exists), self.worker.said()
        self.memory = dump.read_bytes()
        return answer

    def judge(self, *secrets):
        """None of them is there; or each, where nothing is wiped."""
        assert b'tallystick-' + self.worker.name.encode() in self.memory
        found = {secret for secret in secrets
                 if any(shape in self.memory for shape in shapes(secret))}
        assert found == (set() if self.wipes else set(secrets))


@pytest.fixture(params=('wiped', 'unwiped'))
def looked(system, planted, program, request):
    looked = Looked(system, planted, program, request.param == 'wiped')
    yield looked
    looked.worker.close()
    looked.folder.cleanup()


def at(*names):
    return pytest.mark.parametrize('program', names)


def bearer(device):
    return {'HTTP_AUTHORIZATION': 'Bearer ' + device.token}


def dashed(code):
    return code[:4].lower() + '-' + code[4:]


@at('register')
@pytest.mark.parametrize('kind', ('xml', 'form', 'multipart', 'broken'))
def test_register(looked, kind):
    code = new_code()
    body = registration_request(new_device_id(), dashed(code))
    more = {}
    if kind == 'form':
        more = {'CONTENT_TYPE': FORM}
        body = urllib.parse.urlencode({'message': body})
    elif kind == 'multipart':
        more = {'CONTENT_TYPE': 'multipart/form-data; boundary=xyz'}
        body = ('--xyz\r\nContent-Disposition: form-data; name="message"'
                '\r\n\r\n%s\r\n--xyz--\r\n' % body)
    elif kind == 'broken':
        body = body.replace('</Code>', '</Cod>')
    answer = looked.call('POST', '/device/register', body, **more)
    secrets = [dashed(code)]
    if kind == 'broken':
        assert answer.status == 400
    else:
        assert answer.status == 201, answer
        secrets.append(re.search(rb'<Token>(.*?)<', answer.body).group(1)
                       .decode())
    looked.judge(*secrets)


@at('register')
def test_register_with_a_token(looked, paired):
    answer = looked.call('POST', '/device/register', registration_request(
        paired.device_id, dashed(paired.code)), **bearer(paired))
    assert answer.status == 201
    looked.judge(dashed(paired.code), paired.token)


@at('connect')
def test_connect(looked, paired):
    answer = looked.call('GET', '/device/connect?since=0', **bearer(paired))
    assert answer.status == 200
    looked.judge(paired.token)


@at('instruct')
@pytest.mark.parametrize('action', ('stop', 'jump'))
def test_instruct(looked, paired, action):
    answer = looked.call('POST', '/device/instruct', instruction(action),
                         **bearer(paired))
    assert answer.status == (200 if action == 'stop' else 422)
    looked.judge(paired.token)


@at('report')
@pytest.mark.parametrize('jobs', (1, 900))
def test_report(looked, paired, jobs):
    answer = looked.call('POST', '/device/report', job_report(
        [*(job() for _ in range(jobs)), supply(40)]), **bearer(paired))
    assert answer.status == 200
    looked.judge(paired.token)


@at('pair')
@pytest.mark.parametrize('kind', ('form', 'multipart', 'miss', 'strange'))
def test_pair(system, looked, device, kind):
    """The browser has been here before; or it types what nothing matches."""
    browser = system.browser()
    browser.submit(new_code())
    code = new_code() if kind == 'miss' else device.code
    typed = dashed(code) + ('\u00e9' if kind == 'strange' else '')
    body, content_type = urllib.parse.urlencode({'code': typed}), FORM
    if kind == 'multipart':
        content_type = 'multipart/form-data; boundary=xyz'
        body = ('--xyz\r\nContent-Disposition: form-data; name="code"'
                '\r\n\r\n%s\r\n--xyz--\r\n' % typed)
    sent = [value for value, _ in browser.jar.values()]
    answer = looked.call('POST', '/pair', body, CONTENT_TYPE=content_type,
                         HTTP_COOKIE=browser.cookies_for('/pair'))
    assert answer.status == 303
    browser.keep(answer.cookies)
    got = [value for value, _ in browser.jar.values()]
    looked.judge(typed, *sent, *got)


@at('pair')
def test_pair_by_a_link(system, looked, device):
    """The code stands in the query and in the page."""
    answer = looked.call('GET', '/pair?code=' + dashed(device.code))
    assert dashed(device.code).encode() in answer.body
    browser = system.browser()
    browser.keep(answer.cookies)
    looked.judge(dashed(device.code), *(
        value for value, _ in browser.jar.values()))
    # The sealed cookie, opened.
    answer = looked.call('GET', '/pair', HTTP_COOKIE=browser.cookies_for(
        '/pair'))
    assert dashed(device.code).encode() in answer.body
    looked.judge(dashed(device.code), *(
        value for value, _ in browser.jar.values()))


@at('status')
def test_status(looked, paired):
    browser = paired.browser
    secrets = [value for value, _ in browser.jar.values()]
    cookie = browser.cookies_for('/status')
    answer = looked.call('GET', '/status', HTTP_COOKIE=cookie)
    assert answer.status == 200 and answer.screen == 'status'
    looked.judge(*secrets)
    answer = looked.call('POST', '/status', 'action=end', HTTP_COOKIE=cookie,
                         CONTENT_TYPE=FORM)
    assert answer.status == 303
    looked.judge(*secrets)


@at(*PROGRAMS)
def test_the_password_of_the_database(system, looked):
    """Also when the connection was opened a second time."""
    name = 'tallystick-' + looked.worker.name
    for _ in range(2):
        looked.call('GET', '/', HTTP_AUTHORIZATION='Bearer ' + 'A' * 43)
        looked.judge(system.account(name)['password'])
        system.mariadb('client-root', ''.join(
            'KILL %s;' % row for row in system.mariadb(
                'client-root', "SELECT id FROM information_schema.processlist"
                " WHERE user = '%s'" % name).stdout.split()))
