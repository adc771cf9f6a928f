"""The wire between a program and MariaDB, in our hands: a proxy on a Unix
socket that understands as much of the protocol as it takes to know which
packet calls a procedure and where its answer ends.

What it is told to do it does to the next call (COM_STMT_EXECUTE), once: cut
the connection after so many bytes of the call or of its answer, answer in the
server's place, or hold the answer back. The call that is meant contains the
bytes `only`, or its statement does.
"""
import contextlib
import socket
import struct
import threading

from proxy import Proxy, connected

QUIT, QUERY, PREPARE, EXECUTE, CLOSE, RESET = 1, 3, 22, 23, 25, 26
SILENT = (24, CLOSE)            # long data, close: nobody answers these
MORE_RESULTS = 8


def error_packet(number, text='told by a test', state='HY000'):
    payload = struct.pack('<BH', 255, number) + b'#%s%s' % (
        state.encode(), text.encode())
    return struct.pack('<I', len(payload))[:3] + b'\1' + payload


class Stream:
    """Packets of one direction."""

    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile('rb')

    def packet(self):
        """(header and payload, payload); EOFError at the end."""
        head = self.stream.read(4)
        if len(head) < 4:
            raise EOFError
        length = head[0] | head[1] << 8 | head[2] << 16
        payload = self.stream.read(length)
        if len(payload) < length:
            raise EOFError
        return head + payload, payload

    def send(self, raw):
        self.connection.sendall(raw)

    def close(self):
        # Both ways and at once, whoever else still has it open.
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.stream.close()
        self.connection.close()


def is_end(payload):
    """Whether it ends definitions or rows."""
    return payload[0] == 254 and len(payload) < 9


def more_follow(payload):
    """Of an end, or of an OK: type, two numbers, status."""
    at = 3
    if payload[0] == 0:
        at = after_number(payload, after_number(payload, 1))
    return struct.unpack_from('<H', payload, at)[0] & MORE_RESULTS


def after_number(payload, at):
    return at + {252: 3, 253: 4, 254: 9}.get(payload[at], 1)


class Session:
    """One connection of a program, and its own to the server."""

    def __init__(self, wire, near):
        self.wire = wire
        self.lock = threading.Lock()    # while a command is under way
        self.near, self.far = Stream(near), Stream(connected(wire.target))
        self.login = b''
        self.queries = []
        self.statements = {}            # by number: its text

    def close(self):
        self.near.close()
        self.far.close()

    def serve(self):
        with contextlib.closing(self), contextlib.suppress(
                EOFError, OSError, ValueError):
            self.greet()
            while True:
                raw, payload = self.near.packet()
                with self.lock:
                    if not self.command(raw, payload):
                        break

    def greet(self):
        if self.wire.mute.is_set():
            self.near.packet()
        self.near.send(self.far.packet()[0])
        raw, self.login = self.near.packet()
        self.far.send(raw)
        while True:
            raw, payload = self.far.packet()
            self.near.send(raw)
            if payload[0] in (0, 255):
                return
            self.far.send(self.near.packet()[0])

    def command(self, raw, payload):
        """out: whether the connection goes on."""
        kind = payload[0]
        if kind == QUERY:
            self.queries.append(payload[1:].decode())
            plan, self.wire.query_plan = self.wire.query_plan, None
            if plan is not None:
                return plan(self, raw)
        if kind == EXECUTE:
            self.wire.calls += 1
            plan = self.wire.take_plan(self.statements[payload[1:5]] + raw)
            if plan is not None:
                return plan(self, raw)
        self.far.send(raw)
        if kind == QUIT:
            return False
        if kind not in SILENT:
            answer = self.answer(kind)
            if kind == PREPARE:
                self.statements[answer[5:9]] = payload[1:]
            self.near.send(answer)
        return True

    def answer(self, kind):
        """All bytes of the server's answer to a command."""
        raw, payload = self.far.packet()
        answer = [raw]
        if kind == PREPARE and payload[0] == 0:
            columns, parameters = struct.unpack_from('<HH', payload, 5)
            for count in (parameters, columns):
                while count:
                    raw, payload = self.far.packet()
                    answer.append(raw)
                    if is_end(payload):
                        break
            return b''.join(answer)
        while payload[0] != 255:
            if payload[0] == 0 or is_end(payload):
                if not more_follow(payload):
                    break
            else:
                payload = self.result_set(answer)
                if payload[0] == 255 or not more_follow(payload):
                    break
            raw, payload = self.far.packet()
            answer.append(raw)
        return b''.join(answer)

    def result_set(self, answer):
        """Behind the number of its columns: definitions, an end, rows, an
        end. out: what it ended with."""
        ends = 0
        while True:
            raw, payload = self.far.packet()
            answer.append(raw)
            ends += is_end(payload)
            if payload[0] == 255 or ends == 2:
                return payload

    def ask(self, sql):
        """A query of ours between two of the program's: one row of text."""
        with self.lock:
            self.far.send(struct.pack('<IB', len(sql) + 1, QUERY)
                          + sql.encode())
            count = self.far.packet()[1]
            assert count[0] != 255, count
            rows = []
            ends = 0
            while ends < 2:
                payload = self.far.packet()[1]
                if is_end(payload):
                    ends += 1
                elif ends == 1:
                    rows.append(payload)
            return [texts(row) for row in rows]


def texts(row):
    """Columns of a row of the text protocol, none longer than 64 KiB."""
    at, columns = 0, []
    while at < len(row):
        length = row[at]
        at += 1
        if length == 251:
            columns.append(None)
            continue
        if length == 252:
            length, = struct.unpack_from('<H', row, at)
            at += 2
        columns.append(row[at:at + length].decode())
        at += length
    return columns


class Wire(Proxy):
    def __init__(self, target, listen=None):
        """listen: where; None: a port of 127.0.0.2, which is not this machine
        to who asks for privacy."""
        self.target = target
        self.plan = self.query_plan = None
        self.calls = 0
        self.only = b''                     # what the next must contain
        self.sessions = []
        self.request = self.reply = b''     # of the call last cut or kept
        self.mute = threading.Event()       # set: nobody is greeted
        self.listen(listen, '127.0.0.2')

    def close(self):
        super().close()
        for session in self.sessions:
            session.close()

    def serve(self, near, _):
        session = Session(self, near)
        self.sessions.append(session)
        session.serve()

    def take_plan(self, call):
        if self.only not in call:
            return None
        plan, self.plan = self.plan, None
        return plan

    # --- what is done to the next call

    def keep(self):
        """Nothing; but how long it and its answer are is known then."""
        def plan(session, raw):
            self.request = raw
            session.far.send(raw)
            self.reply = session.answer(EXECUTE)
            session.near.send(self.reply)
            return True
        self.plan = plan

    def meet(self, act):
        """act(bytes of the call), then it goes on."""
        def plan(session, raw):
            act(raw)
            session.far.send(raw)
            session.near.send(session.answer(EXECUTE))
            return True
        self.plan = plan

    def cut_request(self, count):
        """Only so many of its bytes arrive at the server."""
        def plan(session, raw):
            session.far.send(raw[:count])
            return False
        self.plan = plan

    def cut_answer(self, count):
        """The server has done it; so many bytes of the answer arrive."""
        def plan(session, raw):
            session.far.send(raw)
            session.near.send(session.answer(EXECUTE)[:count])
            return False
        self.plan = plan

    def cut_at_once(self):
        """It arrives whole, and nobody waits for the answer: a repeat may
        come while the server is still at it."""
        def plan(session, raw):
            session.far.send(raw)
            return False
        self.plan = plan

    def answer_instead(self, *packets):
        """The server never hears of it."""
        def plan(session, _):
            session.near.send(b''.join(packets))
            return True
        self.plan = plan

    def ask_for_file(self, name, got):
        """In place of an answer to the next query, as a server may that is
        none of ours; what comes is put into the list."""
        def plan(session, _):
            payload = b'\xfb' + name.encode()
            session.near.send(struct.pack('<I', len(payload))[:3] + b'\1'
                              + payload)
            got.append(session.near.packet()[1])
            return False
        self.query_plan = plan

    def hold_answer(self, until):
        """The answer comes once the event is set (or nobody wants it)."""
        def plan(session, raw):
            session.far.send(raw)
            answer = session.answer(EXECUTE)
            until.wait(60)
            session.near.send(answer)
            return True
        self.plan = plan
