"""Requests whose length can be read in two ways: each is refused, or read in
the one way that RFC 9112 leaves, and what follows is never a second request
that another reader of the same bytes would not see."""
import concurrent.futures
import threading

import pytest

from client import Client
from server import raw, statuses

BODY = b'hello'
# What would be a request of its own, were it not part of a body.
HIDDEN = b'GET /device/connect?%s HTTP/1.1\r\nHost: x\r\n\r\n'
CHUNKS = b'0\r\n\r\n'


def post(*headers, body=b'', target=b'/device/report?%s', end=b'\r\n',
         version=b'HTTP/1.1', first=None):
    lines = [first or b'POST ' + target + b' ' + version, b'Host: x',
             b'Content-Type: application/xml', *headers]
    return end.join(lines) + end + end + body


def length(value, body=BODY):
    return post(b'Content-Length: ' + value, body=body)


def chunked(body, *headers):
    return post(b'Transfer-Encoding: chunked', *headers, body=body)


def encoded(*headers):
    return post(*headers, body=CHUNKS)


WHOLE = CHUNKS + HIDDEN
REFUSED = ()
# name: (bytes, whether HIDDEN follows, bodies that may be read)
SHAPES = {
    # two lengths
    'length and chunked': (encoded(
        b'Content-Length: 5', b'Transfer-Encoding: chunked'), True, (b'',)),
    'chunked and length': (encoded(
        b'Transfer-Encoding: chunked', b'Content-Length: 5'), True, (b'',)),
    'chunked and a length that hides': (encoded(
        b'Transfer-Encoding: chunked', b'Content-Length: 200'), True,
        (b'',)),
    'two lengths': (post(b'Content-Length: 5', b'Content-Length: 0',
                         body=BODY), True, REFUSED),
    'one length twice': (post(b'Content-Length: 5', b'Content-Length: 5',
                              body=BODY), False, (BODY,)),
    'a list of lengths': (length(b'5, 0'), True, REFUSED),
    'a list of one length': (length(b'5, 5'), False, (BODY,)),
    # numbers
    'plus': (length(b'+5'), True, REFUSED),
    'minus': (length(b'-5'), True, REFUSED),
    'hexadecimal': (length(b'0x5'), True, REFUSED),
    'space within': (length(b'5 0'), True, REFUSED),
    'point': (length(b'5.0'), True, REFUSED),
    'exponent': (length(b'5e0'), True, REFUSED),
    'semicolon': (length(b'5;'), True, REFUSED),
    'vertical tab': (length(b'5\x0b'), True, REFUSED),
    'words': (length(b'five'), True, REFUSED),
    'empty': (length(b'', b''), False, (b'',)),
    'leading zero': (length(b'005'), False, (BODY,)),
    'larger than any number': (length(b'18446744073709551621'), True,
                               REFUSED),
    'a NUL': (length(b'5\x00'), True, REFUSED),
    # encodings
    'xchunked': (encoded(b'Transfer-Encoding: xchunked'), True, REFUSED),
    'chunked, identity': (encoded(
        b'Transfer-Encoding: chunked, identity'), True, REFUSED),
    'identity': (encoded(b'Transfer-Encoding: identity'), True, REFUSED),
    'chunked quoted': (encoded(b'Transfer-Encoding: "chunked"'), True,
                       REFUSED),
    'chunked and more': (encoded(b'Transfer-Encoding: chunked;a'), True,
                         REFUSED),
    'chunked and a vertical tab': (encoded(
        b'Transfer-Encoding: chunked\x0b'), True, REFUSED),
    'no encoding': (encoded(b'Transfer-Encoding:'), True, REFUSED),
    'two encodings': (encoded(b'Transfer-Encoding: chunked',
                              b'Transfer-Encoding: identity'), True,
                      REFUSED),
    'space before the colon': (encoded(b'Transfer-Encoding : chunked'),
                               True, REFUSED),
    'an encoding folded': (encoded(b'Transfer-Encoding:\r\n chunked'),
                           False, (b'',)),
    'underscore in the encoding': (post(
        b'Transfer_Encoding: chunked', b'Content-Length: 64',
        body=CHUNKS + b'x' * 59), False, (CHUNKS + b'x' * 59,)),
    'underscore in the length': (post(b'Content_Length: 5'), False, (b'',)),
    'an encoding in HTTP/1.0': (post(
        b'Transfer-Encoding: chunked', body=CHUNKS, version=b'HTTP/1.0'),
        True, (b'',)),
    # chunks
    'an extension': (chunked(b'5;a=b\r\nhello\r\n0\r\n\r\n'), False,
                     (BODY,)),
    'a size with 0x': (chunked(b'0x5\r\nhello\r\n0\r\n\r\n'), True,
                       REFUSED),
    'a size with plus': (chunked(b'+5\r\nhello\r\n0\r\n\r\n'), True,
                         REFUSED),
    'a size with minus': (chunked(b'-1\r\nhello\r\n0\r\n\r\n'), True,
                          REFUSED),
    'a size too large': (chunked(b'fffffffffffffffff\r\nhello\r\n'), True,
                         REFUSED),
    'no size': (chunked(b'\r\nhello\r\n0\r\n\r\n'), True, REFUSED),
    'more than the size': (chunked(b'5\r\nhelloX\r\n0\r\n\r\n'), True,
                           REFUSED),
    'trailers': (chunked(b'5\r\nhello\r\n0\r\nContent-Length: 90\r\n'
                         b'Authorization: Bearer x\r\n\r\n'), False,
                 (BODY,)),
    # lines
    'bare LF': (post(b'Content-Length: 5', body=BODY, end=b'\n'), False,
                (BODY,)),
    'bare CR hides a length': (post(b'X: a\rContent-Length: 5', body=b''),
                               False, (b'',)),
    'a length folded': (post(b'Content-Length: 1\r\n 0', body=b'h'), True,
                        REFUSED),
    'a header folded': (post(b'X: a\r\n b', b'Content-Length: 5',
                             body=BODY), False, (BODY,)),
    'the first header folded': (post(
        first=b'POST /device/report?%s HTTP/1.1\r\n Content-Length: 5'),
        False, (b'',)),
    'no colon': (post(b'Content-Length', b'Content-Length: 5', body=BODY),
                 False, (BODY,)),
    'no name': (post(b': x', b'Content-Length: 5', body=BODY), False,
                (BODY,)),
    'a NUL in a header': (post(b'X: a\x00b', b'Content-Length: 5',
                               body=BODY), True, REFUSED),
    # first lines
    'absolute form': (post(b'Content-Length: 5', body=BODY,
                           target=b'http://other/device/report?%s'), False,
                      (BODY,)),
    'a version to come': (post(b'Content-Length: 5', body=BODY,
                               version=b'HTTP/9.9'), False, (BODY,)),
    'HTTP/2.0 as text': (post(b'Content-Length: 5', body=BODY,
                              version=b'HTTP/2.0'), False, (BODY,)),
    'lower case': (post(b'Content-Length: 5', body=BODY,
                        version=b'http/1.1'), True, REFUSED),
    'HTTP/0.9': (b'POST /device/report?%s\r\n', True, REFUSED),
    'a tab in the first line': (post(
        b'Content-Length: 5', body=BODY,
        first=b'POST\t/device/report?%s\tHTTP/1.1'), False, (BODY,)),
    'a space in the address': (post(
        b'Content-Length: 5', body=BODY,
        first=b'POST /device/report?%s x HTTP/1.1'), False, (BODY,)),
    'two hosts': (post(b'Host: y', b'Content-Length: 5', body=BODY), True,
                  REFUSED),
    'a broken host': (post(b'Content-Length: 5', body=BODY,
                           first=b'POST /device/report?%s HTTP/1.1\r\n'
                           b'Host: a/b@c').replace(b'Host: x\r\n', b''),
                      True, REFUSED),
    # bodies
    'too large a body': (post(b'Content-Length: 600000'), True, REFUSED),
    'a body that a GET hides': (post(
        b'Content-Length: %d' % len(HIDDEN.replace(b'%s', b'hidden-000')),
        first=b'GET /device/connect?%s HTTP/1.1'), True, (HIDDEN,)),
    'an upgrade': (post(
        b'Content-Length: 5', b'Connection: Upgrade, HTTP2-Settings',
        b'Upgrade: h2c', b'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
        body=BODY), False, (BODY,)),
    'an expectation': (post(b'Content-Length: 5', b'Expect: 100-continue',
                            body=BODY), False, (BODY,)),
    'a strange expectation': (post(b'Content-Length: 5', b'Expect: 200-x',
                                   body=BODY), False, (BODY,)),
    # That what follows is seen where it is a request indeed.
    'two whole requests': (length(b'5'), True, (BODY,)),
}
# Closed with bytes unread: TCP's reset may overtake the answer.
MAY_BE_RESET = ('too large a body',)


def shape_bytes(name, tag):
    data, follows, _ = SHAPES[name]
    hidden = HIDDEN.replace(b'%s', b'hidden-' + tag)
    return data.replace(b'%s', b'shape-' + tag) + (hidden if follows
                                                   else b'')


@pytest.fixture(scope='module')
def results(front):
    """Of each shape: what came back, and what programs saw of it."""
    tags = {name: b'%03d' % at for at, name in enumerate(SHAPES)}
    with front.programs('report', 'connect') as programs, \
            concurrent.futures.ThreadPoolExecutor(32) as pool:
        got = dict(zip(SHAPES, pool.map(lambda name: raw(
            front.port, shape_bytes(name, tags[name]), quiet_s=1,
            wait_s=4), SHAPES)))
        seen = programs['report'].seen + programs['connect'].seen
    found = {}
    for name, tag in tags.items():
        text = tag.decode()
        found[name] = (got[name], *[[one for one in seen if
                                     one['QUERY_STRING'][:len(kind) + 3]
                                     == kind + text]
                                    for kind in ('shape-', 'hidden-')])
    return found


@pytest.mark.parametrize('name', [name for name in SHAPES
                                  if not name.startswith('two whole')])
def test_a_shape_is_refused_or_read_in_one_way(results, name):
    got, seen, hidden = results[name]
    readings = [reading.replace(b'%s', seen[0]['QUERY_STRING'].replace(
        'shape', 'hidden').encode() if seen else b'')
        for reading in SHAPES[name][2]]
    assert not hidden, (got, seen, hidden)
    assert len(seen) <= 1, seen
    if seen:
        assert seen[0].whole and seen[0].body in readings, (got, seen)
        assert int(seen[0]['CONTENT_LENGTH'] or 0) == len(seen[0].body)
    elif name == 'HTTP/0.9' and not got.startswith(b'HTTP/'):
        assert got.startswith((b'<?xml', b'<!DOCTYPE', b'<html')), got
    elif got or name not in MAY_BE_RESET:
        assert 400 <= statuses(got)[0] < 600, got


def test_what_is_a_second_request_is_read_as_one(results):
    """Else the shapes above could prove nothing."""
    got, seen, hidden = results['two whole requests']
    assert statuses(got) == [200, 200]
    assert len(seen) == len(hidden) == 1


@pytest.mark.parametrize('cut', [0, 1, 4999])
def test_a_body_cut_short_reaches_no_program(front, cut):
    """Less than announced, and then the end."""
    with front.program('report') as program:
        got = raw(front.port, post(b'Content-Length: 5000',
                                   body=b'x' * cut), quiet_s=0.2, wait_s=0.2)
        assert not [one for one in program.seen if one.whole], got
        assert b'HTTP/1.1 2' not in got


def test_after_a_body_that_is_refused_nothing_is_read(front):
    """As much as was announced, of requests in a row."""
    inner = HIDDEN.replace(b'%s', b'inner')
    inner *= 2000001 // len(inner)
    with front.programs('report', 'connect') as programs:
        got = raw(front.port, post(b'Content-Length: %d' % len(inner),
                                   body=inner), quiet_s=0.5)
        assert not programs['connect'].seen, programs['connect'].seen[0]
        assert not programs['report'].seen
    if got:
        assert statuses(got) == [413]


def test_many_at_once_mix_up_nothing(front):
    """Requests on many connections, each answered with its own."""
    def answer(seen):
        return (b'Content-Type: application/xml\r\n\r\n<q>%s</q>'
                % seen['QUERY_STRING'].encode())

    faults, lock = [], threading.Lock()

    def ask(at):
        for turn in range(5):
            want = b'<q>%d-%d</q>' % (at, turn)
            got = Client(front.port).post_xml(
                '/device/report?%d-%d' % (at, turn), BODY)
            if got.body != want:
                with lock:
                    faults.append((want, got))

    with front.program('report', answer), \
            concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(16)))
    assert not faults, faults[:3]
