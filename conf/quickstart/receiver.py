#!/usr/bin/env python3
"""A small receiver of orders, for the quickstart.

It verifies each signature after the Standard Webhooks specification and
prints one line per order. 204 accepts, 401 refuses what is not signed by the
secret or not of the last five minutes, 400 what is no order.
"""
import argparse
import base64
import binascii
import hashlib
import hmac
import http.server
import json
import os
import sys
import time

TOLERANCE_S = 300
BODY_MAX = 64 * 1024


def key_read(path):
    with open(path, encoding='ascii') as file:
        secret = file.readline().strip()
    if not secret.startswith('whsec_'):
        raise ValueError('%s does not begin with whsec_' % path)
    return base64.b64decode(secret[len('whsec_'):], validate=True)


def signature_holds(key, headers, body, now):
    ident = headers.get('webhook-id', '')
    stamp = headers.get('webhook-timestamp', '')
    if not ident or not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE_S:
        return False
    signed = ident.encode() + b'.' + stamp.encode() + b'.' + body
    wanted = hmac.new(key, signed, hashlib.sha256).digest()
    for signature in headers.get('webhook-signature', '').split():
        version, _, value = signature.partition(',')
        try:
            given = base64.b64decode(value, validate=True)
        except binascii.Error:
            continue
        if version == 'v1' and hmac.compare_digest(given, wanted):
            return True
    return False


def order_line(body):
    event = json.loads(body)
    data = event['data']
    device, supply = data['device'], data['supply']
    what = ' '.join(filter(None, (supply.get('colorant'), supply['type'])))
    line = 'order %s: %s for %s %s, %s' % (
        data['order'], what, device['makeAndModel'], device['id'],
        data['reason'])
    return ''.join(c if c.isprintable() else '?' for c in line)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        status = self.judge()
        self.send_response(status)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def judge(self):
        length = self.headers.get('Content-Length', '')
        if not length.isdigit() or int(length) > BODY_MAX:
            self.close_connection = True
            return 400
        body = self.rfile.read(int(length))
        if not signature_holds(self.server.key, self.headers, body,
                               time.time()):
            print('refused: the signature does not hold', flush=True)
            return 401
        try:
            line = order_line(body)
        except (ValueError, KeyError, TypeError):
            print('refused: that is no order', flush=True)
            return 400
        ident = self.headers['webhook-id']
        again = 'again ' if ident in self.server.seen else ''
        self.server.seen.add(ident)
        print('received %s%s' % (again, line), flush=True)
        return 204

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--secret-file', required=True)
    parser.add_argument('--port', type=int, default=0,
                        help='on 127.0.0.1; 0: any that is free')
    parser.add_argument('--port-file', help='where to write the port')
    options = parser.parse_args()
    try:
        key = key_read(options.secret_file)
        server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', options.port), Receiver)
    except (OSError, ValueError) as error:
        sys.exit('receiver: %s' % error)
    server.key = key
    server.seen = set()
    if options.port_file:
        with open(options.port_file + '.new', 'w', encoding='ascii') as file:
            file.write('%d\n' % server.server_address[1])
        os.replace(options.port_file + '.new', options.port_file)
    server.serve_forever()


if __name__ == '__main__':
    main()
