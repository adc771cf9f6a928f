"""A shared host: Apache, a folder with a .htaccess, programs by plain CGI."""
import os
import shutil
import signal
import subprocess

import pytest

from client import Browser, Client, Device
from server import MODULES, binary
from system import PROGRAMS, eventually, free_port

# What such a host has set, as far as it matters here.
HOST = '''
ServerRoot %(folder)s
DefaultRuntimeDir %(folder)s
PidFile %(folder)s/pid
ServerName localhost
Listen 127.0.0.1:%(port)d
ErrorLog %(folder)s/error.log
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule cgid_module %(modules)s/mod_cgid.so
LoadModule dir_module %(modules)s/mod_dir.so
LoadModule env_module %(modules)s/mod_env.so
LoadModule headers_module %(modules)s/mod_headers.so
LoadModule mime_module %(modules)s/mod_mime.so
LoadModule rewrite_module %(modules)s/mod_rewrite.so
TypesConfig /etc/mime.types
ScriptSock %(folder)s/cgid.sock
StartServers 1
DocumentRoot %(folder)s/public
<Directory />
    Require all denied
</Directory>
<Directory %(folder)s/public>
    AllowOverride AuthConfig FileInfo Indexes Limit Options=ExecCGI,Indexes,MultiViews
    Require all granted
</Directory>
<Files ".ht*">
    Require all denied
</Files>
'''


class Host:
    def __init__(self, system, folder, conf):
        self.folder, self.port = folder, free_port()
        public = folder / 'public'
        shutil.copytree(system.prefix / 'share' / 'tallystick' / 'www',
                        public)
        (public / 'cgi-bin').mkdir()
        for name in PROGRAMS:
            shutil.copy(system.prefix / 'libexec' / 'tallystick' / name,
                        public / 'cgi-bin')
        example = system.prefix / 'etc' / 'tallystick' / 'example'
        text = (example / 'apache' / 'htaccess').read_text()
        (public / '.htaccess').write_text(
            text.replace('@CONF@', str(conf)).replace('@BASE@', ''))
        (folder / 'apache.conf').write_text(HOST % {
            'folder': folder, 'port': self.port,
            'modules': MODULES['apache']})
        self.process = subprocess.Popen(
            [binary('apache'), '-D', 'FOREGROUND', '-f',
             str(folder / 'apache.conf')], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        assert eventually(self._answers), self.log()

    def _answers(self):
        try:
            return Client(self.port).request('GET', '/style.css').status == 200
        except OSError:
            return False

    def log(self):
        return (self.folder / 'error.log').read_text()

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)


@pytest.fixture(scope='module')
def host(system, unheld, fronts_folder):
    if binary('apache') is None:
        pytest.skip('apache is not installed')
    folder = fronts_folder / 'cgi'
    folder.mkdir()
    folder.chmod(0o755)
    host = Host(system, folder, unheld.folder / 'tallystick.conf')
    yield host
    host.stop()


def test_the_story_without_a_daemon(host):
    device, browser = Device(host.port), Browser(host.port)
    device.register()
    assert browser.get('/').screen == 'enter-code'
    assert browser.submit(device.code).screen == 'operate-device'
    device.version = device.connect(0).version
    answer = device.connect(device.version)
    assert answer.status == 204 and int(answer.headers['retry-after']) >= 1
    assert device.instruct('start').service == 'started'
    assert browser.get('/status').screen == 'status'


def test_refusals_without_a_daemon(host):
    client = Client(host.port)
    for method, path, body, status, name in (
            ('GET', '/device/other', None, 404, 'not-found'),
            ('GET', '/device/register/x', None, 404, 'not-found'),
            ('GET', '/device/register', None, 405, 'method'),
            ('POST', '/device/register', 'x' * 70000, 413, 'too-large'),
            ('POST', '/device/report', 'x' * 600000, 413, 'too-large'),
            ('POST', '/device/register', '<a>', 400, 'malformed')):
        answer = client.request(method, path, body,
                                {'Content-Type': 'text/xml'})
        assert (answer.status, answer.problem) == (status, name)
    assert client.request('GET', '/.htaccess').status in (403, 404)
    for path in ('/other', '/cgi-bin/register', '/problem/',
                 '/problem/404.html', '/refusal/en/404.html', '/en/',
                 '/screens/', '/pair/x', '/cgi-bin/'):
        answer = client.request('GET', path)
        assert answer.status == 404 and answer.screen == 'not-found', path
    for path in ('/pair', '/en/enter-code.html', '/other'):
        answer = client.request('GET', path)
        assert answer.headers['content-security-policy']
        assert answer.headers['referrer-policy'] == 'same-origin'


def test_no_header_is_a_program_s_setting(host):
    """TALLYSTICK_CONF comes from .htaccess, whatever is asked."""
    client = Client(host.port)
    answer = client.request('GET', '/device/connect', headers={
        'Tallystick-Conf': '/nowhere', 'Tallystick_Conf': '/nowhere',
        'Proxy': 'http://127.0.0.1:9'})
    assert (answer.status, answer.problem) == (401, 'unauthorized')
