"""The programs as processes: plain CGI, refusals at the start."""
import os
import subprocess

import pytest

from client import new_code, new_device_id, registration_request
from system import PROGRAMS


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
