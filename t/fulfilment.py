"""The fulfilment side: receives orders, checks each signature, refuses what is
not of now, answers as it is told."""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import secrets
import threading
import time

Hook = collections.namedtuple('Hook', 'at headers raw message')
# How to answer one attempt; wait_s before the answer. Status 0: hang up.
Reply = collections.namedtuple('Reply', 'status headers wait_s',
                               defaults=({}, 0))
STALE_S = 300


def off(hook):
    """By how many seconds an attempt's timestamp is wrong."""
    return int(hook.headers['webhook-timestamp']) - hook.at


class Receiver:
    def __init__(self):
        self.key = secrets.token_bytes(32)
        self.secret = 'whsec_' + base64.b64encode(self.key).decode()
        self.hooks = []
        self.faults = []
        self.replies = {}
        self.strays = []
        self.lock = threading.Lock()
        handler = type('Handler', (Handler,), {'receiver': self})
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                      handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = 'http://127.0.0.1:%d/hook' % self.port
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def answer(self, device, *replies):
        """Answer this device's next attempts so, and 204 after them."""
        self.replies[device.device_id] = list(replies)

    def of(self, device):
        assert not self.faults, self.faults
        return [hook for hook in self.hooks
                if hook.message['data']['device']['id'] == device.device_id]

    def wait(self, device, count=1, limit_s=15):
        end = time.monotonic() + limit_s
        while len(self.of(device)) < count and time.monotonic() < end:
            time.sleep(0.02)
        return self.of(device)

    def take(self, headers, raw):
        message = json.loads(raw)
        with self.lock:
            if not self.signed(headers, raw):
                self.faults.append('signature of %r' % headers)
            self.hooks.append(Hook(time.time(), headers, raw, message))
            if abs(off(self.hooks[-1])) > STALE_S:
                return Reply(400)
            waiting = self.replies.get(message['data']['device']['id'])
            return waiting.pop(0) if waiting else Reply(204)

    def signed(self, headers, raw):
        text = b'%s.%s.%s' % (headers['webhook-id'].encode(),
                              headers['webhook-timestamp'].encode(), raw)
        mac = hmac.new(self.key, text, hashlib.sha256).digest()
        return ('v1,' + base64.b64encode(mac).decode()
                in headers['webhook-signature'].split())

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    receiver = None

    def do_POST(self):
        raw = self.rfile.read(int(self.headers['Content-Length']))
        headers = {name.lower(): value
                   for name, value in self.headers.items()}
        if self.path != '/hook':
            self.receiver.strays.append(self.path)
        reply = self.receiver.take(headers, raw)
        time.sleep(reply.wait_s)
        if reply.status == 0:
            return
        try:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header('Content-Length', '0')
            self.end_headers()
        except OSError:
            pass

    def do_GET(self):
        self.receiver.strays.append(self.path)
        self.send_error(404)

    def log_message(self, *words):
        pass
