"""The connection to MariaDB cut at each byte of a call and of its answer: the
program repeats the call by itself, and its effect is that of one.

TALLYSTICK_EVERY_BYTE=1 cuts at every byte; else at each packet's end and here
and there between.
"""
import collections
import datetime
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import NS, job, new_code, supply
from fulfilment import Receiver
from store import Kept, Store, tables_of
from system import PROGRAMS, System, eventually
from wired import Road, Wired

EVERY_BYTE = bool(os.environ.get('TALLYSTICK_EVERY_BYTE'))
STRIDE = 61


@pytest.fixture(scope='module')
def own():
    """A system in which nothing happens by itself."""
    receiver = Receiver()
    system = System('--no-limits', receiver=receiver)
    system.receiver = receiver
    system.part('stop', 'deliver')
    system.part('stop', 'purge')
    # What is proved here is told by the server's answers, not by its disk.
    root = Store(system, 'client-root')
    root.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 0')
    root.close()
    system.store = Store(system)
    yield system
    system.store.close()
    system.stop()
    receiver.stop()


@pytest.fixture(scope='module')
def workers(own):
    made = {name: Wired(own, name) for name in PROGRAMS}
    yield made
    for worker in made.values():
        worker.close()


@pytest.fixture(autouse=True)
def empty(own):
    """Each story alone."""
    own.store.sql(';'.join('DELETE FROM ' + table
                           for table in tables_of(own.store)))


@pytest.fixture(scope='module')
def courier(own):
    """How the courier is run, and its wire."""
    road = Road(own)
    yield lambda: own.command('deliver', conf=road.conf), road.wire
    road.close()


class Story:
    """A call that can be made again and again, each time from the same
    beginning."""

    def __init__(self, own, wire, call, facts, only=b''):
        """in: how to call; which facts of an answer must be the same; what
        the call contains that is cut."""
        self.own, self.wire = own, wire
        self.call, self.facts, self.only = call, facts, only
        self.kept = Kept(own.store)

    def run(self, plan=None, *more):
        """out: what was answered and what is stored then; how many calls
        reached the wire."""
        self.kept.put_back()
        calls = self.wire.calls
        begun = datetime.datetime.utcnow()
        if plan is not None:
            self.wire.only = self.only
            plan(*more)
        answer = self.call()
        assert self.wire.plan is None, 'nothing was cut'
        return (self.facts(answer), self.kept.tell(begun),
                self.wire.calls - calls)


def ends(raw):
    """Where its packets end."""
    at, found = 0, []
    while at < len(raw):
        at += 4 + int.from_bytes(raw[at:at + 3], 'little')
        found.append(at)
    return found


def places(raw):
    if EVERY_BYTE:
        return range(len(raw) + 1)
    found = {0, 1, 3, 4, len(raw)} | set(range(0, len(raw), STRIDE))
    for end in ends(raw):
        found |= {end - 1, end}
    return sorted(found)


def compare(got, wanted, where):
    assert got[0] == wanted[0], where
    for table in sorted(set(got[1]) | set(wanted[1])):
        rows, others = (
            collections.Counter(side[1].get(table, [])) for side in
            (got, wanted))
        assert rows == others, '%s, %s: too much: %s, missing: %s' % (
            where, table, sorted(rows - others), sorted(others - rows))
    assert got[2:] == wanted[2:], where + ': calls'


def prove(story):
    """Cut everywhere."""
    story.run()     # the first prepares, perhaps
    wire = story.wire
    facts, stored, calls = story.run(wire.keep)
    request, reply = wire.request, wire.reply
    compare(story.run(), (facts, stored, calls), 'uncut')
    begun, cuts = time.monotonic(), 0
    for raw, plan in ((request, wire.cut_request), (reply, wire.cut_answer)):
        for count in places(raw):
            whole = count == len(raw) and raw is reply
            compare(story.run(plan, count),
                    (facts, stored, calls + (not whole)),
                    '%s(%d)' % (plan.__name__, count))
            cuts += 1
    for _ in range(20 if EVERY_BYTE else 3):
        told = story.run(wire.cut_at_once)
        # It may meet the first one at work, and have to be repeated again.
        assert calls < told[2] <= calls + 4
        compare(told[:2], (facts, stored), 'at once')
        cuts += 1
    print('%d cuts in %d + %d bytes, %.1f s' % (
        cuts, len(request), len(reply), time.monotonic() - begun))


# --- what of an answer must be the same


def of_document(answer):
    return (answer.status, answer.state, answer.service, answer.version,
            sorted(answer.orders.values()),
            answer.xml.find(NS + 'Token') is not None)


def of_receipt(answer):
    """A repeat finds that it knows the jobs."""
    return (answer.status, answer.version, sum(answer.counts),
            sorted(answer.orders.values()))


def of_page(answer):
    return answer.status, answer.screen, len(answer.body)


def of_redirect(answer):
    return (answer.status, answer.headers['location'],
            sorted(cookie.split('=')[0] for cookie in answer.cookies))


# --- register


def test_register(own, workers):
    device = own.device()
    prove(Story(own, workers['register'].wire,
                lambda: workers['register'].register(device), of_document))


def test_register_again(own, workers):
    """It replaces the one that pends."""
    device = own.pending()
    prove(Story(own, workers['register'].wire,
                lambda: workers['register'].register(device), of_document))


def test_register_where_a_terminal_waits(own, workers):
    """And the device had a pairing, which ends by it, and an order."""
    device = own.paired()
    device.report(supply(5))
    carried, device.code = device.token, new_code()
    assert own.browser().submit(device.code).screen == 'code-unknown'
    prove(Story(own, workers['register'].wire, lambda: workers['register']
                .register(device, carried), of_document))


# --- connect


def test_connect(own, workers):
    """The first sign of life of a pairing: it is written."""
    device = own.pending()
    own.browser().pair(device)
    prove(Story(own, workers['connect'].wire,
                lambda: workers['connect'].connect(device), of_document))


# --- instruct


def test_start(own, workers):
    """An order opens by it."""
    device = own.paired(start=False)
    device.report(supply(5), supply(80, 2))
    prove(Story(own, workers['instruct'].wire,
                lambda: workers['instruct'].instruct(device, 'start'),
                of_document))


@pytest.mark.parametrize('action', ['stop', 'end'])
def test_stop_or_end(own, workers, action):
    device = own.paired()
    device.report(supply(5))
    prove(Story(own, workers['instruct'].wire,
                lambda: workers['instruct'].instruct(device, action),
                of_document))


# --- report


def test_report(own, workers):
    """Jobs, and an order."""
    device = own.paired()
    body = [job(), job(), supply(9), supply(70, 2)]
    prove(Story(own, workers['report'].wire,
                lambda: workers['report'].report(device, *body), of_receipt))


def test_report_of_what_was_judged(own, workers):
    device = own.paired()
    device.report(supply(71), supply(60, 2))
    body = [job(), supply(70), supply(59, 2)]
    prove(Story(own, workers['report'].wire,
                lambda: workers['report'].report(device, *body), of_receipt))


# --- pair


def cookies(browser, path):
    return browser.cookies_for(path)


def test_pair(own, workers):
    device, browser = own.pending(), own.browser()
    browser.get('/pair')
    sent = cookies(browser, '/pair')
    prove(Story(own, workers['pair'].wire,
                lambda: workers['pair'].pair(device.code, sent), of_redirect))


def test_pair_in_place_of_another(own, workers):
    """What it held goes over; the pairing of before ends."""
    old = own.paired()
    old.report(supply(5))
    device = own.device(device_id=old.device_id)
    device.register(old.token)
    sent = cookies(old.browser, '/pair')
    prove(Story(own, workers['pair'].wire,
                lambda: workers['pair'].pair(device.code, sent), of_redirect))


def test_pair_with_a_code_that_waits(own, workers):
    """A miss: counted once."""
    browser, code = own.paired().browser, new_code()
    sent = cookies(browser, '/pair')
    prove(Story(own, workers['pair'].wire,
                lambda: workers['pair'].pair(code, sent), of_redirect))


# --- status


def test_status(own, workers):
    device = own.paired()
    device.report(job(), supply(5), supply(70, 2))
    sent = cookies(device.browser, '/status')
    prove(Story(own, workers['status'].wire,
                lambda: workers['status'].see(sent), of_page))


def test_release(own, workers):
    device = own.paired()
    device.report(supply(5))
    sent = cookies(device.browser, '/status')
    prove(Story(own, workers['status'].wire,
                lambda: workers['status'].release(sent), of_redirect))


# --- who waits for what the lost answer told


def test_who_waits_is_told(own, workers):
    """By the repeat, at once and not when the connection's time is over."""
    device, browser = own.pending(), own.browser()
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(device.connect, device.version, timeout=20)
        eventually(lambda: False, 0.5)
        workers['pair'].wire.cut_answer(0)
        answer = workers['pair'].pair(device.code)
        assert held.result(25).state == 'paired'
        browser.keep(answer.cookies)
        version = device.connect(0).version
        held = pool.submit(device.connect, version, timeout=20)
        eventually(lambda: False, 0.5)
        workers['status'].wire.cut_answer(0)
        workers['status'].release(cookies(browser, '/status'))
        assert held.result(25).state == 'ended'


# --- deliver


@pytest.mark.parametrize('name', [b'claim_orders', b'record_attempt'])
def test_deliver(own, courier, name):
    device = own.paired()
    order, = device.report(supply(5)).orders
    deliver, wire = courier
    hooks = own.receiver.hooks

    def attempt():
        del hooks[:]
        return deliver()

    def sent(done):
        return (done.returncode, [hook.headers['webhook-id']
                                  for hook in hooks] == [order])
    prove(Story(own, wire, attempt, sent, name))
    assert own.receiver.faults == []
