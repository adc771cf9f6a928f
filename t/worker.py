"""One worker of a program, on a socket of its own: whatever befalls it
befalls nobody else."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading

import fastcgi
from system import children, eventually


class Worker:
    """in: conf: lines that replace those of the system's configuration.
    before: words before the program's path, '@' in them is its folder.
    followed: once ended it is replaced, as a supervisor does it. alone: with
    it ends whoever waits at its socket; it is never replaced."""

    def __init__(self, system, name, conf=None, preload=None, mode=0o600,
                 before=(), followed=False, alone=False, log=None,
                 **environment):
        self.system, self.name = system, name
        self.folder = tempfile.TemporaryDirectory(dir=system.run / 'tmp')
        os.chmod(self.folder.name, 0o755)
        self.path = os.path.join(self.folder.name, 'socket')
        self.log = log or os.path.join(self.folder.name, 'log')
        self.command = [word.replace('@', self.folder.name)
                        for word in before]
        self.command.append(str(system.prefix / 'libexec' / 'tallystick'
                                / name))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, mode)
        system.give(self.folder.name, self.path)
        self.listener.listen(16)
        self.environment = dict(
            environment, TALLYSTICK_CONF=str(system.configure(
                os.path.join(self.folder.name, 'tallystick.conf'),
                conf or {})))
        if preload:
            self.environment['LD_PRELOAD'] = str(preload)
        self.stopping, self.lock = threading.Event(), threading.Lock()
        self.start()
        if followed:
            threading.Thread(target=self._follow, daemon=True).start()
        if alone:
            self.listener.close()

    def start(self):
        """It, or its successor."""
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                self.command, stdin=self.listener, stdout=log, stderr=log,
                env=self.environment, start_new_session=True,
                **self.system.as_owner())

    def _follow(self):
        while not self.stopping.wait(0.02):
            self.process.wait()
            with self.lock:
                if not self.stopping.is_set():
                    self.start()

    def said(self):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return log.read()

    def call(self, *words, **more):
        return fastcgi.call(self.path, *words, **more)

    def try_call(self, *words, **more):
        """The answer, or None: the connection ended without one, for which a
        web server says 502."""
        try:
            return self.call(*words, **more)
        except ConnectionError:
            return None
        except TimeoutError as error:
            raise AssertionError('no end of it: ' + self.said()[-3000:]) \
                from error

    def ready(self):
        """Started, prepared, and waiting for its next request."""
        assert self.call('PUT', '/').status == 405, self.said()

    @contextlib.contextmanager
    def in_front(self):
        """In place of the system's own workers, behind its web server."""
        place = self.system.run / (self.name + '.sock')
        own = place.with_suffix('.own')
        place.rename(own)
        place.symlink_to(self.path)
        try:
            yield
        finally:
            own.rename(place)

    def ended(self, limit_s=15):
        """Its status, once it has ended by itself."""
        assert eventually(lambda: self.process.poll() is not None, limit_s), \
            'it goes on'
        return self.process.returncode

    def end(self, limit_s=2):
        """What stands around it (strace) writes down the rest and ends, too.
        out: what it wrote to @/trace."""
        for pid in children(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(limit_s)
        return pathlib.Path(self.folder.name, 'trace').read_text(
            errors='replace')

    def close(self):
        with self.lock:
            self.stopping.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.listener.close()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()
