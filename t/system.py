"""A whole Tallystick of the tests' own, started by ./quickstart."""
import configparser
import contextlib
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from client import Browser, Device

HERE = pathlib.Path(__file__).resolve().parent
QUICKSTART = HERE.parent / 'quickstart'
PROGRAMS = ('register', 'connect', 'instruct', 'report', 'pair', 'status')


_dealt = set()		# ports


def free_port():
    """One that the machine gives to nobody by itself, who connects or lets it
    choose, before it is used; no two calls give the same."""
    least = int(pathlib.Path('/proc/sys/net/ipv4/ip_local_port_range')
                .read_text().split()[0])
    while True:
        port = least // 2 + secrets.randbelow(least // 2)
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(('127.0.0.1', port))
            if port not in _dealt:
                _dealt.add(port)
                return port


def eventually(check, limit_s=15, every_s=0.02):
    """What check returns once it is true; its last value after limit_s."""
    end = time.monotonic() + limit_s
    while True:
        value = check()
        if value or time.monotonic() > end:
            return value
        time.sleep(every_s)


PARENT, GROUP = 1, 2	# of /proc/PID/stat, from the state on


def children(parent, field=PARENT):
    """Or, by GROUP, the members of a group of processes. The dead that nobody
    has buried yet do not count."""
    found = []
    for entry in pathlib.Path('/proc').iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            stat = (entry / 'stat').read_text().rsplit(')', 1)[1].split()
            if int(stat[field]) == parent and stat[0] not in 'ZX':
                found.append(int(entry.name))
    return found


class System:
    def __init__(self, *options, receiver=None):
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='tallystick-'))
        self.folder.chmod(0o755)
        self.run = self.folder / 'run'
        self.environment = dict(os.environ, TALLYSTICK_RUN=str(self.run))
        if receiver is not None:
            # Read by the account that the system runs as; it keeps a copy.
            secret = self.folder / 'secret'
            secret.write_text(receiver.secret + '\n')
            secret.chmod(0o644)
            options += ('--webhook', receiver.url, '--webhook-secret',
                        str(secret))
        self.options = ('--no-demo', '--port', str(self.port), *options)
        try:
            self.quickstart(*self.options)
        except BaseException:
            self.stop()
            raise

    def quickstart(self, *arguments):
        log = self.folder / 'quickstart.log'
        with open(log, 'ab') as out:
            done = subprocess.run([str(QUICKSTART), *arguments],
                                  env=self.environment, timeout=280,
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT)
        assert done.returncode == 0, log.read_text()[-3000:]

    def part(self, action, *names):
        for name in names:
            self.quickstart('part', action, name)

    def stop(self):
        try:
            self.quickstart('stop')
        finally:
            if not os.environ.get('TALLYSTICK_KEEP'):
                shutil.rmtree(self.folder, ignore_errors=True)

    # --- who talks to it

    def device(self, **facts):
        return Device(self.port, **facts)

    def browser(self):
        return Browser(self.port)

    def pending(self, **facts):
        device = self.device(**facts)
        device.register()
        return device

    def paired(self, start=True, **facts):
        """A paired device; its browser is device.browser."""
        device = self.pending(**facts)
        device.browser = self.browser()
        device.browser.pair(device)
        if start:
            answer = device.instruct('start')
            assert answer.status == 200, answer
        device.version = device.connect(0).version
        return device

    # --- what is behind it

    @property
    def conf(self):
        return self.run / 'tallystick.conf'

    @property
    def owner(self):
        return pwd.getpwuid(self.conf.stat().st_uid)

    def account(self, group):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(self.run / 'database.cnf')
        return parser[group]

    def mariadb(self, group, text, tool='mariadb', options=('-N', '-B'),
                limit_s=60):
        account = self.account(group)
        database = self.account('tallystick')['database']
        with tempfile.NamedTemporaryFile('w', suffix='.cnf') as extra:
            extra.write('[client]\nuser=%s\npassword=%s\nsocket=%s\n' % (
                account['user'], account['password'], account['socket']))
            extra.flush()
            return subprocess.run(
                [tool, '--defaults-file=' + extra.name, *options, database],
                input=text, capture_output=True, encoding='utf-8',
                errors='surrogateescape', timeout=limit_s)

    def sql(self, text):
        """Rows of the operator's statement, each a list of strings."""
        done = self.mariadb('tallystick', text)
        assert done.returncode == 0, done.stderr
        return [line.split('\t') for line in done.stdout.splitlines()]

    @contextlib.contextmanager
    def locked(self, statement):
        """A transaction that did the statement holds its locks until the
        yielded function is called, and has no effect."""
        account = self.account('tallystick')
        with tempfile.NamedTemporaryFile('w', suffix='.cnf') as extra:
            extra.write('[client]\nuser=%s\npassword=%s\nsocket=%s\n' % (
                account['user'], account['password'], account['socket']))
            extra.flush()
            holder = subprocess.Popen(
                ['mariadb', '--defaults-file=' + extra.name, '-N', '-B', '-n',
                 account['database']], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True)
            try:
                holder.stdin.write("BEGIN; %s; SELECT 'held';\n" % statement)
                holder.stdin.flush()
                assert holder.stdout.readline() == 'held\n'
                yield holder.stdin.close
            finally:
                holder.stdin.close()
                holder.wait(30)
                holder.stdout.close()

    def command(self, *arguments, conf=None):
        """tallystick ARGUMENTS, as the account that the system runs as."""
        return subprocess.run(
            [str(self.prefix / 'bin' / 'tallystick'), '-c',
             str(conf or self.conf), *arguments], capture_output=True,
            text=True, timeout=60, **self.as_owner())

    def as_owner(self):
        if os.getuid() != 0:
            return {}
        return {'user': self.owner.pw_uid, 'group': self.owner.pw_gid,
                'extra_groups': [], 'cwd': str(self.run)}

    @property
    def prefix(self):
        if os.environ.get('TALLYSTICK_PREFIX'):
            return pathlib.Path(os.environ['TALLYSTICK_PREFIX'])
        return self.run / 'prefix'

    def pid(self, name):
        return int((self.run / 'pid' / (name + '.pid')).read_text())

    def workers(self, name):
        return children(self.pid(name))

    def kill(self, pid):
        """Hard, and until the machine has forgotten it."""
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not os.path.exists('/proc/%d' % pid))

    def holding(self):
        """How many connections lead to wake.sock: one more as soon as another
        device is held."""
        with open('/proc/net/unix', encoding='ascii') as sockets:
            return sum(line.rstrip().endswith('%s/wake.sock' % self.run)
                       for line in sockets)

    def logs(self):
        return b''.join(path.read_bytes()
                        for path in sorted((self.run / 'log').rglob('*'))
                        if path.is_file())

    def settings(self, keys):
        """The system's configuration, but for these keys, each of one value
        or several."""
        names = {key.replace('_', '-'): values if isinstance(values, list)
                 else [values] for key, values in keys.items()}
        lines = [line for line in self.conf.read_text().splitlines()
                 if line.split('=')[0].strip() not in names]
        lines += ['%s = %s' % (name, value)
                  for name, values in names.items() for value in values]
        return '\n'.join(lines) + '\n'

    def configure(self, path, keys):
        """A configuration of its own for what runs beside the system."""
        path = pathlib.Path(path)
        path.write_text(self.settings(keys))
        path.chmod(0o644)
        return path

    def lead(self, path, place):
        """The system's option file, but that the database is at that place,
        written to the path."""
        path.touch(0o600)
        path.write_text(re.sub('(?m)^socket = .*', place, (
            self.run / 'database.cnf').read_text()))
        self.give(path)

    def give(self, *paths):
        """To the account that the system runs as."""
        if os.getuid() == 0:
            for path in paths:
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    @contextlib.contextmanager
    def configured(self, parts, **keys):
        """The parts restarted under other settings, and back afterwards."""
        before = self.conf.read_text()
        try:
            self.conf.write_text(self.settings(keys))
            self.part('restart', *parts)
            yield self
        finally:
            self.conf.write_text(before)
            self.part('restart', *parts)

    def healthy(self):
        """Whether each URL answers by itself again."""
        device, browser = self.device(), self.browser()
        try:
            return (device.try_register().status == 201
                    and browser.get('/pair').status == 200
                    and browser.submit('ABCDEF').screen == 'code-unknown'
                    and all(device.post_xml(path, body, 'A' * 43).status
                            == 401 for path, body in (
                        ('/device/instruct', '<Instruction xmlns='
                         '"urn:tallystick:1" action="stop"/>'),
                        ('/device/report',
                         '<JobReport xmlns="urn:tallystick:1"/>')))
                    and device.request('GET', '/device/connect', headers={
                        'Authorization': 'Bearer ' + 'A' * 43}).status == 401)
        except (OSError, AssertionError):
            return False
