"""The programs as processes: plain CGI, refusals at the start."""
import concurrent.futures
import os
import re
import shutil
import socket
import subprocess
import time

import pytest

import fastcgi
from client import job, job_report, new_code, new_device_id, \
    registration_request
from system import PROGRAMS
from worker import Worker


def program(system, name):
    return system.prefix / 'libexec' / 'tallystick' / name


def run(system, name, body='', conf=None, environment=None):
    variables = {'TALLYSTICK_CONF': str(conf or system.conf)}
    variables.update(environment or {})
    return subprocess.run(
        [str(program(system, name))], input=body.encode(), env=variables,
        capture_output=True, timeout=30, **system.as_owner())


def cgi(system, name, method, uri, body='', **more):
    path, _, query = uri.partition('?')
    done = run(system, name, body, environment=dict({
        'GATEWAY_INTERFACE': 'CGI/1.1', 'SERVER_PROTOCOL': 'HTTP/1.1',
        'REQUEST_METHOD': method, 'DOCUMENT_URI': path,
        'QUERY_STRING': query, 'REMOTE_ADDR': '192.0.2.9',
        'CONTENT_LENGTH': str(len(body.encode())),
        'CONTENT_TYPE': 'application/xml'}, **more))
    assert done.returncode == 0, done.stderr
    head, _, content = done.stdout.partition(b'\r\n\r\n')
    return head.decode(), content


def test_plain_cgi(system):
    head, body = cgi(system, 'register', 'POST', '/device/register',
                     registration_request(new_device_id(), new_code()))
    assert 'Status: 201' in head and b'<Registration' in body
    head, body = cgi(system, 'pair', 'GET', '/pair')
    assert 'Status: 200' in head and b'data-screen="enter-code"' in body
    head, body = cgi(system, 'status', 'GET', '/status')
    assert 'Status: 303' in head
    for name in ('instruct', 'report'):
        head, body = cgi(system, name, 'POST', '/device/' + name, '<a/>')
        assert 'Status: 401' in head and b'unauthorized' in body
    head, body = cgi(system, 'connect', 'GET', '/device/connect?since=0',
                     HTTP_AUTHORIZATION='Bearer ' + 'A' * 43)
    assert 'Status: 401' in head


@pytest.mark.parametrize('name', PROGRAMS)
def test_root_is_refused(system, name):
    """Also root of a user namespace, which is all that others can be."""
    command = [str(program(system, name))]
    if os.getuid() != 0:
        command = ['unshare', '--map-root-user', *command]
    done = subprocess.run(command, env=dict(
        os.environ, TALLYSTICK_CONF=str(system.conf)), capture_output=True,
        stdin=subprocess.DEVNULL, timeout=30)
    if b'unshare' in done.stderr:
        pytest.skip(done.stderr.decode())
    assert done.returncode == 77 and b'root' in done.stderr


@pytest.mark.parametrize('line,said', [
    ('nonsense = 1', 'nonsense'), ('poll-s = 0', 'poll-s'),
    ('poll-s = many', 'poll-s'), ('poll-s = 3601', 'poll-s'),
    ('base-url = ftp://x', 'base-url'), ('base-url = http://y', 'base-url'),
    ('early-codes = maybe', 'early-codes'), ('enrolment', ''),
    ('= 1', ''), ('refilled-at-percent = 20', 'refilled-at-percent'),
    ('code-bits = 10', 'code-bits')])
def test_a_bad_configuration_stops_the_start(system, line, said):
    """With file and line; a key that stands twice, too."""
    folder = system.run / 'tmp'
    conf = folder / 'bad.conf'
    text = system.conf.read_text()
    conf.write_text(text + line + '\n')
    conf.chmod(0o644)
    number = text.count('\n') + 1
    try:
        for command in ([str(program(system, 'report'))],
                        [str(system.prefix / 'bin' / 'tallystick'), '-c',
                         str(conf), 'devices']):
            done = subprocess.run(
                command, env={'TALLYSTICK_CONF': str(conf)}, text=True,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                **system.as_owner())
            assert done.returncode == 78, done
            assert '%s:%d: ' % (conf, number) in done.stderr, done.stderr
            assert said in done.stderr
    finally:
        conf.unlink()


def test_a_missing_configuration_stops_the_start(system):
    done = run(system, 'report', conf='/nonexistent/tallystick.conf')
    assert done.returncode == 78 and b'/nonexistent' in done.stderr


def test_migrate_and_key_new_are_safe_to_repeat(system, device):
    keys = {path.name: path.read_bytes()
            for path in (system.run / 'keys').iterdir()}
    for _ in range(2):
        for words in (['migrate'], ['key', 'new']):
            done = system.command(*words)
            assert done.returncode == 0, done.stderr
    assert keys == {path.name: path.read_bytes()
                    for path in (system.run / 'keys').iterdir()}
    assert device.connect(0).status == 200


def test_a_worker_ends_after_its_requests_and_is_replaced(system, paired):
    with system.configured(['report'], requests_max='3'):
        for _ in range(40):
            assert paired.report().status == 200


# --- what a web server would never send, but whoever reached the socket could

@pytest.fixture
def alone(system):
    with Worker(system, 'report') as worker:
        yield worker
        assert worker.process.poll() is None


def post(worker, device, body=None, **more):
    return worker.call('POST', '/device/report', body or job_report([job()]),
                       **{'HTTP_AUTHORIZATION': 'Bearer ' + device.token,
                          **more})


@pytest.mark.parametrize('name', (
    'REQUEST_METHOD', 'CONTENT_LENGTH', 'CONTENT_TYPE', 'REMOTE_ADDR',
    'HTTP_AUTHORIZATION', 'HTTP_COOKIE', 'HTTP_ORIGIN',
    'HTTP_SEC_FETCH_SITE'))
def test_a_parameter_that_comes_twice_is_refused(alone, paired, name):
    body = job_report([job()])
    value = {'REQUEST_METHOD': 'POST', 'CONTENT_LENGTH': str(len(body)),
             'CONTENT_TYPE': 'application/xml', 'REMOTE_ADDR': '192.0.2.1',
             'HTTP_AUTHORIZATION': 'Bearer ' + paired.token}.get(name, 'x')
    assert post(alone, paired, body, **{name: [value]}).status == 200
    for other in (value, value + '1', ''):
        answer = post(alone, paired, body, **{name: [value, other]})
        assert (answer.status, answer.problem) == (400, 'malformed')
    # One that nobody reads does no harm.
    assert post(alone, paired, body, HTTP_X=['1', '2']).status == 200


def test_parameters_of_more_than_64_KiB_are_refused(alone, paired):
    for length, status in ((60000, 200), (66000, 400)):
        answer = post(alone, paired, HTTP_X='x' * length)
        assert answer.status == status
    many = {'HTTP_X%d' % i: 'x' * 100 for i in range(600)}
    assert post(alone, paired, **many).status == 400


@pytest.mark.parametrize('more', (-1, 1, 9000))
def test_a_body_of_another_length_is_refused(alone, paired, more):
    """Longer or shorter than announced; nothing of it is stored."""
    known = job()
    body = job_report([known])
    answer = post(alone, paired, body,
                  CONTENT_LENGTH=len(body) - more)
    assert (answer.status, answer.problem) == (400, 'malformed')
    body = body + ' ' * 9000
    answer = post(alone, paired, body, CONTENT_LENGTH=len(body) - abs(more))
    assert answer.status == 400
    answer = post(alone, paired, body)
    assert answer.counts == (1, 0)


def test_term_ends_an_idle_worker(system):
    with Worker(system, 'connect') as worker:
        worker.call('GET', '/device/connect')
        worker.process.terminate()
        assert worker.ended(5) == 0
        assert 'worker %d ends' % worker.process.pid in worker.said()


def test_term_waits_for_the_request_in_hand(system, paired):
    """It is answered, and then the worker ends."""
    with Worker(system, 'report') as worker, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        post(worker, paired)
        with system.locked("UPDATE registration SET version = version WHERE "
                           "device_id = '%s'" % paired.device_id):
            waits = pool.submit(post, worker, paired)
            time.sleep(0.7)
            worker.process.terminate()
            time.sleep(0.3)
            assert worker.process.poll() is None and not waits.done()
        assert waits.result(10).status == 200
        assert worker.ended(5) == 0


def test_who_goes_before_the_answer_costs_no_worker(alone, paired):
    for _ in range(10):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(alone.path)
            connection.sendall(fastcgi.request(
                'POST', '/device/report', job_report([job()]),
                HTTP_AUTHORIZATION='Bearer ' + paired.token))
    assert post(alone, paired).status == 200


# --- who may reach a worker, and who may read its secrets

def refused(worker):
    assert worker.ended() == 78
    return worker.said()


def test_a_socket_for_everybody_is_refused(system):
    with Worker(system, 'connect', mode=0o666) as worker:
        assert re.search('everybody may connect to .*: give it mode 0660',
                         refused(worker))
    with Worker(system, 'connect', mode=0o660) as worker:
        assert worker.call('GET', '/device/connect').status == 401


def test_a_socket_for_everybody_behind_a_closed_door_will_do(system):
    with Worker(system, 'connect', mode=0o666) as worker:
        refused(worker)
        os.chmod(worker.folder.name, 0o700)
        worker.start()
        if os.getuid() == 0:
            return
        assert worker.call('GET', '/device/connect').status == 401


def test_tcp_is_refused(system):
    for family, place in ((socket.AF_INET, ('127.0.0.1', 0)),
                          (socket.AF_UNIX, '')):
        with socket.socket(family) as listener:
            listener.bind(place)
            listener.listen()
            done = subprocess.run(
                [str(program(system, 'connect'))], stdin=listener,
                env={'TALLYSTICK_CONF': str(system.conf)}, timeout=20,
                capture_output=True, text=True, **system.as_owner())
        assert done.returncode == 78
        assert 'must be a Unix socket with a path' in done.stderr


@pytest.mark.parametrize('mode,taken', [(0o600, True), (0o640, True),
                                        (0o644, False), (0o602, False),
                                        (0o660, False)])
def test_an_option_file_that_others_can_read_is_refused(system, mode, taken):
    path = system.run / 'tmp' / 'open.cnf'
    path.write_text((system.run / 'database.cnf').read_text())
    system.give(path)
    path.chmod(mode)
    try:
        with Worker(system, 'connect', {'database': str(path)}) as worker:
            if taken:
                assert worker.call('GET', '/device/connect').status == 401
            else:
                assert 'open.cnf holds passwords: give it mode 0600' \
                    in refused(worker)
    finally:
        path.unlink()


def test_a_key_that_others_can_read_is_refused(system):
    folder = system.run / 'tmp' / 'keys'
    shutil.copytree(system.run / 'keys', folder)
    system.give(folder, *folder.iterdir())
    try:
        for mode in (0o640, 0o604):
            (folder / 'token').chmod(mode)
            with Worker(system, 'connect', {'keys': str(folder)}) as worker:
                assert 'its owner alone can read (mode 0600)' \
                    in refused(worker)
    finally:
        shutil.rmtree(folder)
