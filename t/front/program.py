"""A program of the tests' own in a real one's place: it speaks FastCGI on a
Unix socket, keeps what it was told, and answers what a test wants it to."""
import os
import socket
import struct
import threading

from fastcgi import BEGIN, END, PARAMS, STDIN, STDOUT

OK = (b'Status: 200 OK\r\nContent-Type: application/xml\r\n'
      b'Cache-Control: no-store\r\n\r\n<seen/>')


def _pairs(packed):
    at, found = 0, []
    while at < len(packed):
        lengths = []
        for _ in range(2):
            if packed[at] < 128:
                lengths.append(packed[at])
                at += 1
            else:
                lengths.append(struct.unpack_from('>I', packed, at)[0]
                               & 0x7fffffff)
                at += 4
        name = packed[at:at + lengths[0]]
        value = packed[at + lengths[0]:at + sum(lengths)]
        found.append((name.decode('latin-1'), value.decode('latin-1')))
        at += sum(lengths)
    return found


class Seen:
    """One request: its parameters, each name once or more, and its body."""

    def __init__(self, pairs, body, whole):
        self.pairs, self.body, self.whole = pairs, body, whole
        self.told = {}
        for name, value in pairs:
            self.told.setdefault(name, value)

    def __getitem__(self, name):
        return self.told.get(name, '')

    def __repr__(self):
        return '%s %s?%s %r' % (self['REQUEST_METHOD'], self['SCRIPT_NAME'],
                                self['QUERY_STRING'], self.body[:60])


class Program:
    """answer: bytes of standard output; None: die without a word; or a
    function of what was seen that gives one of these."""

    def __init__(self, path, answer=OK):
        self.path, self.answer = str(path), answer
        self.accepted, self.answered, self.seen = 0, 0, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(512)
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                seen = self._read(connection.makefile('rb'))
                if seen is None:
                    return
                self.seen.append(seen)
                answer = self.answer(seen) if callable(self.answer) \
                    else self.answer
                if answer is not None:
                    self._write(connection, answer)
                    self.answered += 1
            except OSError:
                pass

    @staticmethod
    def _read(stream):
        packed, body = b'', b''
        while True:
            head = stream.read(8)
            if len(head) < 8:
                return Seen(_pairs(packed), body, False) if packed else None
            _, kind, _, length, padding = struct.unpack('>BBHHBx', head)
            content = stream.read(length)
            stream.read(padding)
            assert kind in (BEGIN, PARAMS, STDIN), kind
            if kind == PARAMS:
                packed += content
            elif kind == STDIN:
                body += content
                if length == 0:
                    return Seen(_pairs(packed), body, True)

    @staticmethod
    def _write(connection, answer):
        for at in range(0, len(answer), 60000):
            piece = answer[at:at + 60000]
            connection.sendall(struct.pack('>BBHHBx', 1, STDOUT, 1,
                                           len(piece), 0) + piece)
        connection.sendall(struct.pack('>BBHHBx', 1, STDOUT, 1, 0, 0)
                           + struct.pack('>BBHHBx8x', 1, END, 1, 8, 0))

    def stop(self):
        # accept() of another thread hears of shutdown, not of close.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        os.unlink(self.path)
