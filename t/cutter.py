"""A small proxy that loses answers.

In front of nginx, or between nginx and a FastCGI socket: it passes requests
on, and once an answer has begun (that is: after the commit) drops the
connection, or holds the answer back until it is told.
"""
import contextlib
import socket
import threading

from proxy import Proxy, both_ways, connected, pump

PASS, CUT, HOLD = 'pass', 'cut', 'hold'


class Cutter(Proxy):
    def __init__(self, target, listen=None):
        """target: a port of 127.0.0.1, or the path of a Unix socket, whose
        place is then taken at listen."""
        self.target = target
        self.mode = PASS
        self.cuts = 0
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.listen(listen)

    def close(self):
        self.go_on.set()
        super().close()

    def hold(self):
        """Hold the next answer back until go_on is set."""
        self.begun.clear()
        self.go_on.clear()
        self.mode = HOLD

    def _connect(self, peer):
        if isinstance(self.target, int):
            # The caller's address must stay its own.
            return socket.create_connection(('127.0.0.1', self.target),
                                            source_address=(peer[0], 0))
        return connected(self.target)

    def serve(self, near, peer):
        with self._connect(peer) as far:
            both_ways(near, far, pump, self._answer)

    def _answer(self, far, near):
        mode = self.mode
        with contextlib.suppress(OSError):
            first = far.recv(65536)
            self.begun.set()
            if mode == CUT and first:
                self.cuts += 1
                # Closed both ways at once: not a byte of it arrives.
                near.shutdown(socket.SHUT_RDWR)
                far.shutdown(socket.SHUT_RDWR)
                return
            if mode == HOLD:
                self.mode = PASS
                self.go_on.wait(30)
            near.sendall(first)
            pump(far, near)
