"""A small proxy that loses answers.

In front of nginx, or between nginx and a FastCGI socket: it passes requests
on, and once an answer has begun (that is: after the commit) drops the
connection, or holds the answer back until it is told.
"""
import os
import socket
import threading

PASS, CUT, HOLD = 'pass', 'cut', 'hold'


class Cutter:
    def __init__(self, target, listen=None):
        """target: a port of 127.0.0.1, or the path of a Unix socket, whose
        place is then taken at listen."""
        self.target = target
        self.mode = PASS
        self.cuts = 0
        self.begun = threading.Event()
        self.go_on = threading.Event()
        if listen is None:
            self.listener = socket.create_server(('127.0.0.1', 0))
            self.port = self.listener.getsockname()[1]
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(listen))
            os.chmod(listen, 0o777)
            self.listener.listen(64)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        self.go_on.set()
        self.listener.close()

    def hold(self):
        """Hold the next answer back until go_on is set."""
        self.begun.clear()
        self.go_on.clear()
        self.mode = HOLD

    def _accept(self):
        while True:
            try:
                near, peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near, peer),
                             daemon=True).start()

    def _connect(self, peer):
        if isinstance(self.target, int):
            # The caller's address must stay its own.
            return socket.create_connection(('127.0.0.1', self.target),
                                            source_address=(peer[0], 0))
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self.target))
        return far

    def _serve(self, near, peer):
        try:
            far = self._connect(peer)
        except OSError:
            near.close()
            return
        with near, far:
            back = threading.Thread(target=self._answer, args=(near, far),
                                    daemon=True)
            back.start()
            self._pump(near, far)
            back.join()

    def _answer(self, near, far):
        mode = self.mode
        try:
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
            self._pump(far, near)
        except OSError:
            pass

    @staticmethod
    def _pump(source, to):
        try:
            while True:
                piece = source.recv(65536)
                if not piece:
                    to.shutdown(socket.SHUT_WR)
                    return
                to.sendall(piece)
        except OSError:
            pass
