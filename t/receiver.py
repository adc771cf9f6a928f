"""A fulfilment side that answers as no HTTP library would let it: what a test
gives writes to the connection itself."""
import contextlib
import json
import socket
import ssl
import threading
import time


TLS_HELLO = 22


class RawReceiver:
    """answers: {DeviceId: [function(connection, headers), ...]}, each of an
    attempt; afterwards, and for others, 204."""

    def __init__(self, context=None):
        self.answers = {}
        self.heads = []
        self.times = []
        self.sent = {}
        self.refused = 0
        self.context = context
        self.lock = threading.Lock()
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,),
                                 daemon=True).start()

    def serve(self, connection):
        connection.settimeout(40)
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection,
                                                      server_side=True)
        except (ssl.SSLError, OSError):
            self.refused += 1
            return
        with contextlib.suppress(OSError, ValueError), connection:
            while self.one(connection):
                pass

    def one(self, connection):
        got = b''
        while b'\r\n\r\n' not in got:
            piece = connection.recv(65536)
            if not piece:
                return False
            got += piece
            if got[0] == TLS_HELLO and self.context is None:
                self.refused += 1
                return False
        head, body = got.split(b'\r\n\r\n', 1)
        headers = {name.lower(): value for name, value in (
            line.split(': ', 1) for line in head.decode().split('\r\n')[1:])}
        while len(body) < int(headers['content-length']):
            body += connection.recv(65536)
        device = json.loads(body)['data']['device']['id']
        with self.lock:
            self.heads.append(headers)
            self.times.append((device, time.time()))
            waiting = self.answers.get(device)
            answer = waiting.pop(0) if waiting else None
        if answer is None:
            connection.sendall(b'HTTP/1.1 204 No Content\r\n\r\n')
            return True
        self.sent[device] = Counted(connection)
        answer(self.sent[device])
        return False

    def of(self, device):
        """When its attempts arrived."""
        return [at for name, at in self.times if name == device.device_id]

    def stop(self):
        self.listener.close()

    def named(self):
        """The settings of a courier that delivers here."""
        return {'webhook_url': 'http://127.0.0.1:%d/hook' % self.port,
                'webhook_allow': '127.0.0.1:%d' % self.port}


class Counted:
    """A connection, and how much it took before it was closed."""

    def __init__(self, connection):
        self.connection = connection
        self.count = 0
        self.begin = time.monotonic()
        self.seconds = None

    def sendall(self, data):
        try:
            self.connection.sendall(data)
        except OSError:
            self.ended()
            raise
        self.count += len(data)

    def until_closed(self):
        """Wait for the other side."""
        with contextlib.suppress(OSError):
            while self.connection.recv(65536):
                pass
        self.ended()

    def ended(self):
        self.seconds = time.monotonic() - self.begin


# --- answers

def words(*parts, wait_s=0):
    """Sent as they are, and the connection closed."""
    def answer(connection):
        for part in parts:
            connection.sendall(part)
            time.sleep(wait_s)
    return answer


def status(line, *headers):
    """A whole answer without a body."""
    return words(b'\r\n'.join(
        [b'HTTP/1.1 ' + line, *headers, b'Content-Length: 0',
         b'Connection: close', b'', b'']))


def endless(begin, piece, wait_s=0, most=40 << 20):
    """Never done, but for a bound of the test's own."""
    def answer(connection):
        connection.sendall(begin)
        while connection.count < most:
            connection.sendall(piece)
            time.sleep(wait_s)
    return answer


def silence(connection):
    connection.until_closed()
