"""One worker of a program, alone at a socket of its own: whatever befalls it
befalls nobody else, and it can be started under anything."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import fastcgi


class Worker:
    """before: words that go before the program's path. A worker that ended is
    followed by another, as its supervisor would do it; not if alone."""

    def __init__(self, system, name, before=(), environment=None, conf=None,
                 log=None, alone=False):
        self.name = name
        self.alone = alone
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='worker-'))
        self.folder.chmod(0o777)
        self.socket = self.folder / 'socket'
        self.log = log or self.folder / 'log'
        self.command = [*before, str(system.prefix / 'libexec' / 'tallystick'
                                     / name)]
        self.environment = dict(
            os.environ, TALLYSTICK_CONF=str(conf or system.conf),
            **(environment or {}))
        self.owner = {key: value for key, value in system.as_owner().items()
                      if key != 'cwd'}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.socket))
        self.socket.chmod(0o777)
        self.listener.listen(64)
        self.process = None
        self.started = 0
        self.stopping = threading.Event()

    def follow(self):
        while not self.stopping.wait(0.02):
            self.process.wait()
            if not self.stopping.is_set():
                self.start_one()

    def start(self):
        self.start_one()
        if not self.alone:
            threading.Thread(target=self.follow, daemon=True).start()

    def start_one(self):
        with open(self.log, 'ab', 0) as log:
            self.process = subprocess.Popen(
                self.command, stdin=self.listener, stdout=log, stderr=log,
                env=self.environment, start_new_session=True, **self.owner)
        self.started += 1

    def ended(self, limit_s=5):
        """Its exit status once it ended; None: it goes on."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(limit_s)

    def stop(self):
        self.stopping.set()
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def close(self):
        self.stop()
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def call(self, *arguments, **more):
        """The answer, or None: the connection ended without one, for which
        a web server says 502."""
        if self.process is None:
            self.start()
        try:
            return fastcgi.call(self.socket, *arguments, **more)
        except (ConnectionError, BrokenPipeError):
            return None
        except TimeoutError as error:
            raise AssertionError('no end of it: ' + self.said()[-3000:]) \
                from error

    def ready(self):
        """Started, prepared, and waiting for its next request."""
        assert self.call('PUT', '/').status == 405, self.said()

    @contextlib.contextmanager
    def in_front(self, system):
        """In place of the system's own workers, behind its web server."""
        place = system.run / (self.name + '.sock')
        own = place.with_suffix('.own')
        place.rename(own)
        place.symlink_to(self.socket)
        try:
            yield
        finally:
            own.rename(place)

    def said(self):
        return pathlib.Path(self.log).read_text(errors='replace')
