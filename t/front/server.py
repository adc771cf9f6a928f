"""The web servers of conf/, each really started, as an ordinary user, on a
loopback port of its own, in front of the running system's programs."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

from client import Browser, Client, Device
from program import OK, Program
from system import PROGRAMS, eventually, free_port

MODULES = {'nginx': '/usr/lib/nginx/modules',
           'apache': '/usr/lib/apache2/modules',
           'lighttpd': '/usr/lib/lighttpd'}
COMMANDS = {
    'nginx': ('nginx', '-e', 'stderr', '-g', 'daemon off;', '-c'),
    'apache': ('apache2', '-D', 'FOREGROUND', '-f'),
    'lighttpd': ('lighttpd', '-D', '-f')}
# What a server of these examples cannot do; the head of its site.conf and
# INSTALL say so, too.
CANNOT = {
    'request id': {'lighttpd': 'names no request'},
    'retry-after': {'lighttpd': 'sends none with a refusal of its own'},
    'clean headers': {'lighttpd': 'passes on what a program sends'},
    'foreign methods': {'lighttpd': 'says 501'},
    'methods of files': {'lighttpd': 'takes a POST for a GET'},
    'underscores': {'lighttpd': 'takes them for dashes'},
    'head in time': {'lighttpd': 'bounds the pause between two bytes'},
    'chunks': {'apache': 'refuses a body in chunks'},
    'broken requests of devices': {
        'apache': 'answers them with a page of its own',
        'lighttpd': 'answers them with a screen'},
    'broken requests of people': {
        'apache': 'answers them with a page of its own'},
    'limits': {'apache': 'counts no requests by address',
               'lighttpd': 'counts no requests by address'},
    'short list': {'apache': 'hands on every header but Proxy',
                   'lighttpd': 'hands on every header but Proxy'},
}


def binary(name):
    return shutil.which(COMMANDS[name][0],
                        path=os.environ['PATH'] + ':/usr/sbin')


class Pool:
    """The real programs on sockets of their own, with their configuration
    changed: fronts without nchan cannot hold a request."""

    def __init__(self, system, folder, workers=2, **keys):
        folder.mkdir()
        folder.chmod(0o755)
        conf = system.configure(folder / 'tallystick.conf', keys)
        self.folder, self.processes = folder, []
        self.log = open(folder / 'programs.log', 'ab')
        for name in PROGRAMS:
            self.processes.append(subprocess.Popen(
                ['spawn-fcgi', '-n', '-s', str(folder / (name + '.sock')),
                 '-M', '0600', '-b', '511', '--',
                 shutil.which('multiwatch'), '-f', str(workers), '-s',
                 'TERM', '--', str(system.prefix / 'libexec' / 'tallystick'
                                   / name)],
                env=dict(os.environ, TALLYSTICK_CONF=str(conf)),
                stdin=subprocess.DEVNULL, stdout=self.log,
                stderr=subprocess.STDOUT, start_new_session=True))
        assert eventually(lambda: all(
            (folder / (name + '.sock')).exists() for name in PROGRAMS))

    def stop(self):
        # A worker of libfcgi that waits may not hear TERM.
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.log.close()


class Server:
    """One web server. sockets: the folder of the programs'; site: what its
    main file includes; change: words of the examples that shall be others."""

    def __init__(self, name, system, folder, sockets, site='site',
                 change=()):
        self.name, self.folder = name, folder
        self.port, self.tls_port = free_port(), free_port()
        self.sockets = pathlib.Path(sockets)
        self.run, self.conf = folder / 'run', folder / 'conf'
        self.logs_folder = folder / 'log'
        temp = folder / 'temp'
        for made in (folder, self.run, self.conf, self.logs_folder, temp):
            made.mkdir()
            made.chmod(0o755)
        for program in PROGRAMS:
            self._lead(program, self.sockets / (program + '.sock'))
        self._fill(system, change, {
            'CONF': self.conf, 'LISTEN': '127.0.0.1:%d' % self.port,
            'LISTENTLS': '127.0.0.1:%d' % self.tls_port, 'ADDRESS': '127.0.0.1',
            'PORT': self.port, 'BASE': '',
            'ORIGIN': 'https://127.0.0.1:%d' % self.tls_port,
            'CERTIFICATE': folder.parent / 'certificate.pem',
            'KEY': folder.parent / 'key.pem', 'ACME': folder / 'acme',
            'WWW': system.prefix / 'share' / 'tallystick' / 'www',
            'RUN': self.run, 'TEMP': temp, 'LOGS': self.logs_folder, 'LIMITS': 'limits',
            'SITE': site, 'MODULES': MODULES[name]})
        self.start()

    def _lead(self, program, to):
        link = self.run / (program + '.sock.new')
        link.symlink_to(to)
        link.replace(self.run / (program + '.sock'))

    def _fill(self, system, change, values):
        example = system.prefix / 'etc' / 'tallystick' / 'example' / self.name
        for path in example.glob('*.conf'):
            text = path.read_text()
            for key, value in values.items():
                text = text.replace('@%s@' % key, str(value))
            for old, new in change:
                text = text.replace(old, new)
            (self.conf / path.name).write_text(text)

    def start(self):
        main = self.conf / (self.name + '.conf')
        self.output = open(self.logs_folder / 'output.log', 'ab')
        self.process = subprocess.Popen(
            [binary(self.name), *COMMANDS[self.name][1:], str(main)],
            stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.STDOUT, start_new_session=True)
        assert eventually(self._open), self.logs()[-3000:].decode()

    def _open(self):
        try:
            socket.create_connection(('127.0.0.1', self.port), 1).close()
            return True
        except OSError:
            return self.process.poll() is not None and self.logs() == b''

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.output.close()

    def logs(self):
        return b''.join(path.read_bytes()
                        for path in sorted(self.logs_folder.iterdir()))

    @contextlib.contextmanager
    def program(self, name, answer=OK):
        """A program of the tests in a real one's place."""
        path = self.run / ('test-%s.sock' % name)
        program = Program(path, answer)
        self._lead(name, path)
        try:
            yield program
        finally:
            self._lead(name, self.sockets / (name + '.sock'))
            program.stop()

    @contextlib.contextmanager
    def programs(self, *names, answer=OK):
        with contextlib.ExitStack() as stack:
            yield {name: stack.enter_context(self.program(name, answer))
                   for name in names}

    # --- who talks to it

    def client(self):
        return Client(self.port)

    def browser(self):
        return Browser(self.port)

    def device(self, **facts):
        return Device(self.port, **facts)


class Idle(threading.Thread):
    """A sender that never comes to an end: of a head it sends line by line,
    of a body nothing. How many seconds the server bears it."""

    def __init__(self, port, kind):
        super().__init__(daemon=True)
        self.port, self.kind, self.seconds = port, kind, None
        self.start()

    def run(self):
        begin = time.monotonic()
        with socket.create_connection(('127.0.0.1', self.port), 1) as line:
            line.sendall(b'POST /device/report HTTP/1.1\r\nHost: x\r\n')
            if self.kind == 'body':
                line.sendall(b'Content-Type: text/xml\r\n'
                             b'Content-Length: 900\r\n\r\n<a>')
            while time.monotonic() < begin + 20:
                try:
                    if self.kind == 'head':
                        line.sendall(b'X: y\r\n')
                    if line.recv(4096) == b'':
                        break
                except TimeoutError:
                    pass
                except OSError:
                    break
        self.seconds = time.monotonic() - begin


def raw(port, data, address=None, quiet_s=0.5, wait_s=12):
    """Send bytes as they are; what comes back until the server closes, or
    says nothing more for quiet_s."""
    got = b''
    with socket.create_connection(
            ('127.0.0.1', port), wait_s,
            source_address=(address or Client(0).address, 0)) as s:
        with contextlib.suppress(OSError):
            s.sendall(data)
        with contextlib.suppress(OSError):
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                got += piece
                s.settimeout(quiet_s)
    return got


def statuses(got):
    """The status of each answer in what raw() got."""
    return [int(status) for status
            in re.findall(rb'HTTP/1\.[01] ([0-9]{3})', got)]
