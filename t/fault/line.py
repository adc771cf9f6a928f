"""The line between a program and its database: slow, silent, in single bytes,
or cut."""
import contextlib
import os
import pathlib
import socket
import tempfile
import threading
import time

from proxy import Proxy, both_ways, connected


class Line(Proxy):
    """A Unix socket that leads to the system's database. delay_s: before each
    piece; bytes: how many go on at once; open: False: what comes is held."""

    def __init__(self, system):
        self.target = str(system.account('tallystick')['socket'])
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        self.path = os.path.join(self.folder.name, 'db.sock')
        self.option_file = pathlib.Path(self.folder.name, 'database.cnf')
        system.lead(self.option_file, 'socket = ' + self.path)
        self.delay_s, self.bytes = 0, 65536
        self.held = False
        self.open = threading.Event()
        self.open.set()
        self.pairs = []
        self.connections = 0
        self.listen()

    def conf(self):
        return {'database': str(self.option_file)}

    def listen(self):
        super().listen(self.path)

    def serve(self, near, _):
        self.connections += 1
        with connected(self.target) as far:
            self.pairs += [near, far]
            both_ways(near, far, self.pump, self.pump)

    def change(self, piece):
        """What goes on in its place, either way."""
        return piece

    def pump(self, source, to):
        with contextlib.suppress(OSError):
            while piece := self.change(source.recv(65536)):
                for at in range(0, len(piece), self.bytes):
                    time.sleep(self.delay_s)
                    self.held = not self.open.is_set()
                    self.open.wait()
                    to.sendall(piece[at:at + self.bytes])
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """All that is connected now."""
        for end in self.pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.pairs = []

    def gone(self):
        """No socket there any more, and nobody connected."""
        super().close()
        os.unlink(self.path)
        self.cut()

    def close(self):
        self.open.set()
        super().close()
        self.cut()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()
