"""A socket in front of another: whoever connects is served by a thread."""
import contextlib
import os
import socket
import threading


class Proxy:
    def listen(self, path=None, host='127.0.0.1'):
        """path: of a Unix socket; None: a port of the host."""
        if path is None:
            self.listener = socket.create_server((host, 0))
            self.port = self.listener.getsockname()[1]
        else:
            self.path = str(path)
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(self.path)
            os.chmod(self.path, 0o777)
            self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, peer = self.listener.accept()
                threading.Thread(target=self._serve, args=(near, peer),
                                 daemon=True).start()

    def _serve(self, near, peer):
        with near, contextlib.suppress(OSError):
            self.serve(near, peer)

    def serve(self, near, peer):
        raise NotImplementedError

    def close(self):
        """Nobody is let in any more."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def connected(path):
    far = socket.socket(socket.AF_UNIX)
    far.connect(str(path))
    return far


def both_ways(near, far, forth, back):
    """forth(near, far) and back(far, near), until both ended."""
    thread = threading.Thread(target=back, args=(far, near), daemon=True)
    thread.start()
    forth(near, far)
    thread.join()


def pump(source, to, heard=bytes):
    """What comes goes on, and each piece is told to heard."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            heard(piece)
            to.sendall(piece)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)
