"""Requests in HTTP/2 that no library would send, over TLS: each header as a
literal, each frame as it is told. RFC 9113, RFC 7541 section 6.2.2."""
import contextlib
import socket
import ssl
import struct

DATA, HEADERS, RESET, SETTINGS, GO_AWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS = 1, 4


def frame(kind, flags, stream, payload=b''):
    return struct.pack('>I', len(payload))[1:] + struct.pack(
        '>BBI', kind, flags, stream) + payload


def _word(text):
    length = len(text)
    if length < 127:
        return bytes([length]) + text
    length -= 127
    packed = b'\x7f'
    while length > 127:
        packed += bytes([length & 127 | 128])
        length >>= 7
    return packed + bytes([length]) + text


def headers(*pairs):
    return b''.join(b'\x00' + _word(name) + _word(value)
                    for name, value in pairs)


def head(*more, method=b'POST', path=b'/device/report?tag-000'):
    return headers((b':method', method), (b':scheme', b'https'),
                   (b':path', path), (b':authority', b'x'),
                   (b'content-type', b'text/xml'), *more)


def talk(port, *frames, quiet_s=0.5):
    """The kinds of frames that come back, with their payloads; None where
    HTTP/2 is not offered."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(['h2', 'http/1.1'])
    got = b''
    with context.wrap_socket(socket.create_connection(
            ('127.0.0.1', port), 10)) as line:
        if line.selected_alpn_protocol() != 'h2':
            return None
        line.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
                     + frame(SETTINGS, 0, 0) + b''.join(frames))
        with contextlib.suppress(OSError):
            while True:
                line.settimeout(quiet_s)
                piece = line.recv(65536)
                if not piece:
                    break
                got += piece
    found = []
    while len(got) >= 9:
        length = int.from_bytes(got[:3], 'big')
        found.append((got[3], got[9:9 + length]))
        got = got[9 + length:]
    return found
