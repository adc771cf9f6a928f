"""A FastCGI client, for what a web server would not let through: bodies cut
short, any address, and answers that nginx keeps to itself."""
import socket
import struct

from client import Answer

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def _record(kind, content):
    return struct.pack('>BBHHBx', 1, kind, 1, len(content), 0) + content


def _length(number):
    return struct.pack('>B', number) if number < 128 else \
        struct.pack('>I', number | 1 << 31)


def _pairs(parameters):
    packed = b''
    each = [(name, value) for name, values in parameters.items() for value
            in (values if isinstance(values, list) else [values])]
    for name, value in each:
        name, value = name.encode(), str(value).encode()
        packed += _length(len(name)) + _length(len(value)) + name + value
    return packed


class _Response:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b'\r\n\r\n')
        self._headers = []
        self.status = 200
        for line in head.decode().split('\r\n'):
            name, _, value = line.partition(': ')
            if name == 'Status':
                self.status = int(value.split()[0])
            else:
                self._headers.append((name, value))

    def getheaders(self):
        return self._headers


def _receive(connection):
    stream = connection.makefile('rb')
    output = b''
    while True:
        head = stream.read(8)
        if len(head) < 8:
            raise ConnectionError('the program ended without an answer')
        _, kind, _, length, padding = struct.unpack('>BBHHBx', head)
        content = stream.read(length)
        stream.read(padding)
        if kind == STDOUT:
            output += content
        elif kind == END:
            return output


def request(method, uri, body=b'', address='192.0.2.1', **more):
    """One request's bytes. more: parameters such as HTTP_AUTHORIZATION; a
    list is sent as so many."""
    if isinstance(body, str):
        body = body.encode()
    document, _, query = uri.partition('?')
    parameters = {
        'GATEWAY_INTERFACE': 'CGI/1.1', 'SERVER_PROTOCOL': 'HTTP/1.1',
        'REQUEST_METHOD': method, 'DOCUMENT_URI': document,
        'QUERY_STRING': query, 'REMOTE_ADDR': address,
        'REQUEST_ID': '0' * 32, 'CONTENT_LENGTH': len(body),
        'CONTENT_TYPE': 'application/xml' if body else ''}
    parameters.update(more)
    packed = _pairs(parameters)
    message = _record(BEGIN, struct.pack('>HB5x', 1, 0))
    for at in range(0, len(packed), 60000):
        message += _record(PARAMS, packed[at:at + 60000])
    message += _record(PARAMS, b'')
    for at in range(0, len(body), 60000):
        message += _record(STDIN, body[at:at + 60000])
    return message + _record(STDIN, b'')


def call(path, *words, **more):
    """The request to the program at a Unix socket; its Answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        connection.sendall(request(*words, **more))
        response = _Response(_receive(connection))
    return Answer(response, response.body)
