"""The connection to MariaDB cut at each byte of a call and of its answer: the
program repeats the call by itself, and its effect is that of one.
"""
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from client import NS, job, new_code, supply
from fulfilment import Receiver, Reply
from store import Store, tables_of
from story import Story
from system import HERE, PROGRAMS, System, eventually
from wired import Asked, Road, Wired

TOLD = set()        # procedures that have a story


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
def road(own):
    """The operator's."""
    made = Road(own)
    yield made
    made.close()


def story(*procedures):
    """A test's mark: it cuts their calls."""
    TOLD.update(procedures)
    return pytest.mark.parametrize('procedure', procedures)


@pytest.fixture
def worker(workers, procedure):
    """Who calls it."""
    return workers[{'release_registration': 'status'}.get(procedure,
                                                          procedure)]


@pytest.fixture
def cut(own, procedure):
    """cut(whose, call, facts)"""
    return lambda road, *words: Story(own, road, procedure, *words).prove()


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


@story('register')
def test_register(own, worker, cut):
    device = own.device()
    cut(worker, lambda: worker.register(device), of_document)


@story('register')
def test_register_again(own, worker, cut):
    """It replaces the one that pends."""
    device = own.pending()
    cut(worker, lambda: worker.register(device), of_document)


@story('register')
def test_register_where_a_terminal_waits(own, worker, cut):
    """And the device had a pairing, which ends by it, and an order."""
    device = own.paired()
    device.report(supply(5))
    carried, device.code = device.token, new_code()
    assert own.browser().submit(device.code).screen == 'code-unknown'
    # It waits for so many registrations, and each telling is one.
    own.store.sql('UPDATE code SET awaited_to = 4294967295')
    cut(worker, lambda: worker.register(device, carried), of_document)


# --- connect


@story('connect')
def test_connect(own, worker, cut):
    """The first sign of life of a pairing: it is written."""
    device = own.pending()
    own.browser().pair(device)
    cut(worker, lambda: worker.connect(device), of_document)


# --- instruct


@story('instruct')
def test_start(own, worker, cut):
    """An order opens by it."""
    device = own.paired(start=False)
    device.report(supply(5), supply(80, 2))
    cut(worker, lambda: worker.instruct(device, 'start'), of_document)


@pytest.mark.parametrize('action', ['stop', 'end'])
@story('instruct')
def test_stop_or_end(own, worker, cut, action):
    device = own.paired()
    device.report(supply(5))
    cut(worker, lambda: worker.instruct(device, action), of_document)


# --- report


@story('report')
def test_report(own, worker, cut):
    """Jobs, and an order."""
    device, names = own.paired(), [str(uuid.uuid4()) for _ in range(2)]

    def report():
        done = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
        return worker.report(device, *(job(name, when=done)
                                       for name in names),
                             supply(9), supply(70, 2))
    cut(worker, report, of_receipt)


@story('report')
def test_report_of_what_was_judged(own, worker, cut):
    device = own.paired()
    device.report(supply(71), supply(60, 2))
    body = [job(when=None), supply(70), supply(59, 2)]
    cut(worker, lambda: worker.report(device, *body), of_receipt)


# --- pair


def cookies(browser, path):
    return browser.cookies_for(path)


@story('pair')
def test_pair(own, worker, cut):
    device, browser = own.pending(), own.browser()
    browser.get('/pair')
    sent = cookies(browser, '/pair')
    cut(worker, lambda: worker.pair(device.code, sent), of_redirect)


@story('pair')
def test_pair_in_place_of_another(own, worker, cut):
    """What it held goes over; the pairing of before ends."""
    old = own.paired()
    old.report(supply(5))
    device = own.device(device_id=old.device_id)
    device.register(old.token)
    sent = cookies(old.browser, '/pair')
    cut(worker, lambda: worker.pair(device.code, sent), of_redirect)


@story('pair')
def test_pair_with_a_code_that_waits(own, worker, cut):
    """A miss: counted once."""
    browser, code = own.paired().browser, new_code()
    sent = cookies(browser, '/pair')
    cut(worker, lambda: worker.pair(code, sent), of_redirect)


# --- status


@story('status')
def test_status(own, worker, cut):
    device = own.paired()
    device.report(job(), supply(5), supply(70, 2))
    sent = cookies(device.browser, '/status')
    cut(worker, lambda: worker.see(sent), of_page)


@story('release_registration')
def test_release(own, worker, cut):
    device = own.paired()
    device.report(supply(5))
    sent = cookies(device.browser, '/status')
    cut(worker, lambda: worker.release(sent), of_redirect)


# --- who waits for what the lost answer told


def test_who_waits_is_told(own, workers, road):
    """By the repeat, at once and not when the connection's time is over."""
    device, browser = own.pending(), own.browser()

    def told(road, change, procedure=''):
        since, before = device.connect(0).version, own.holding()
        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(device.connect, since, timeout=20)
            assert eventually(lambda: own.holding() > before)
            road.wire.only = procedure.encode()
            road.wire.cut_answer(0)
            answer = change()
            road.wire.only = b''
            assert road.wire.plan is None
            return held.result(25), answer
    held, answer = told(workers['pair'],
                        lambda: workers['pair'].pair(device.code))
    assert held.state == 'paired'
    browser.keep(answer.cookies)
    assert told(workers['status'], lambda: workers['status'].release(
        cookies(browser, '/status')))[0].state == 'ended'
    device = own.pending()
    number, = own.store.sql('SELECT MAX(id) FROM registration')[0]
    assert told(road, lambda: own.command(
        'devices', 'end', number, conf=road.conf))[0].state == 'ended'
    device = own.paired()
    for index, (status, state) in enumerate(((200, 'delivered'),
                                             (410, 'failed')), 1):
        held, answer = told(workers['report'], lambda: workers[
            'report'].report(device, job(), supply(5, index)))
        assert held.orders == answer.orders and index in [
            slot for slot, _ in held.orders.values()]
        own.receiver.answer(device, Reply(status))
        held, done = told(road, lambda: own.command('deliver',
                                                    conf=road.conf),
                          'CALL record_attempt(')
        assert ((index, state) in held.orders.values()
                and done.returncode == 0)


@pytest.fixture
def mute(own):
    """Workers whose wake-ups get lost, as of one that ends after its commit."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Asked(own, name, {
            'wake-socket': []})) for name in ('report', 'instruct', 'pair')}


def test_who_waits_is_told_by_who_asks_again(own, mute):
    """However the first came to its end, and whatever else changed since."""
    def told(device, unheard, again):
        since, before = device.connect(0).version, own.holding()
        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(device.connect, since, timeout=20)
            assert eventually(lambda: own.holding() > before)
            unheard()
            with pytest.raises(TimeoutError):
                held.result(0.5)
            assert again().status == 200
            return held.result(25)
    device, browser = own.pending(), own.browser()
    browser.get('/pair')
    assert told(device, lambda: mute['pair'].pair(
        device.code, cookies(browser, '/pair')),
        lambda: browser.submit(device.code)).state == 'paired'
    assert told(device, lambda: mute['instruct'].instruct(device, 'start'),
                lambda: device.instruct('start')).service == 'started'
    parts = job(), supply(5)

    def unheard():
        mute['report'].report(device, *parts)
        for action in ('stop', 'start', 'stop'):
            mute['instruct'].instruct(device, action)
    held = told(device, unheard, lambda: device.report(*parts))
    assert held.orders and held.service == 'stopped'


# --- deliver


@story('claim_orders', 'record_attempt')
def test_deliver(own, road, cut):
    device = own.paired()
    order, = device.report(supply(5)).orders
    hooks = own.receiver.hooks

    def attempt():
        del hooks[:]
        return own.command('deliver', conf=road.conf)

    def sent(done):
        return (done.returncode, [hook.headers['webhook-id']
                                  for hook in hooks] == [order])
    cut(road, attempt, sent)
    assert own.receiver.faults == []


# --- what the operator's command calls


def of_command(done):
    return done.returncode, done.stdout


@story('end_by_operator')
def test_end_by_operator(own, road, cut):
    device = own.paired()
    device.report(supply(5))
    number, = own.store.sql('SELECT id FROM registration')[0]
    cut(road, lambda: own.command('devices', 'end', number, conf=road.conf),
        of_command)


@story('retry_order')
@pytest.mark.parametrize('state', ['failed', 'queued'])
def test_retry_order(own, road, cut, state):
    """One that failed, or one that waits for its next attempt."""
    order, = own.paired().report(supply(5)).orders
    own.store.sql("UPDATE supply_order SET state = '%s', attempts = 3, due_at "
                  "= due_at + INTERVAL 1 HOUR" % state)
    cut(road, lambda: own.command('orders', 'retry', order, conf=road.conf),
        of_command)


# --- purge

# What the procedure finds to do.
OLD = {
    'mend_times': "UPDATE supply_order SET lease_until = due_at + INTERVAL 1 "
                  "DAY, due_at = due_at + INTERVAL 1 DAY",
    'expire_registrations': "UPDATE registration SET expires_at = created_at "
                            "WHERE state = 'pending'",
    'purge_submissions': "UPDATE submission SET shown_until = submitted_at, "
                         "waits_until = submitted_at",
    'purge_guesses': "UPDATE guess SET since = since - INTERVAL 2 DAY",
    'purge_replaced_tokens': "UPDATE replaced_token SET replaced_at = "
                             "replaced_at - INTERVAL 91 DAY",
    'purge_codes': "UPDATE code SET awaited_until = NULL, erase_at = erase_at"
                   " - INTERVAL 2 YEAR",
    'purge_jobs': "UPDATE job SET received_at = received_at - INTERVAL 20 "
                  "YEAR",
    'forget_registrations': "UPDATE registration SET ended_at = ended_at - "
                            "INTERVAL 91 DAY",
    'purge_holdings': "UPDATE holding SET held_since = held_since - INTERVAL "
                      "401 DAY; UPDATE registration SET ended_at = ended_at "
                      "- INTERVAL 401 DAY",
}


@story(*OLD)
def test_purge(own, road, cut, procedure):
    """What is too old is there, and what is not."""
    own.browser().submit(new_code())
    own.pending().register()    # the first of the two has ended
    lost = own.pending()
    own.browser().pair(lost)
    lost.register()             # in place of a token that never was used
    gone = own.paired()
    gone.report(job(), supply(5))
    gone.instruct('end')
    own.paired().report(supply(5))
    own.store.sql(OLD[procedure])
    own.paired().report(job(), supply(5))
    said = []

    def of_purge(done):
        said.append(done.stdout.splitlines()[list(OLD).index(procedure)])
        return done.returncode
    cut(road, lambda: own.command('purge', conf=road.conf), of_purge)
    assert int(said[0].split()[0]) > 0, said[0]


# --- all of them


def test_each_procedure_has_a_story():
    """That a program's account may call, or that the operator's calls."""
    called = set()
    for folder, names, words in (
            ('schema/grants', '*.sql', r'ON PROCEDURE (\w+)'),
            ('bin', '*.c', r'"CALL (\w+)\(')):
        for path in (HERE.parent / folder).glob(names):
            called |= set(re.findall(words, path.read_text()))
    assert len(called) > 15 and TOLD == called
