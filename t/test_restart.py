"""Parts that end in the middle: nothing acknowledged is lost, whoever asks
gets 503 or no answer, and all recovers without help."""
import contextlib
import os
import signal
import threading
import time

import pytest

from client import job, supply
from fulfilment import Reply
from reporters import Load
from system import GROUP, PROGRAMS, children, eventually


@pytest.fixture
def load(system):
    load = Load(system)
    yield load
    load.stopped.set()


@pytest.mark.parametrize('name', ['report', 'nginx'])
def test_a_restart_under_load(system, load, name):
    assert load.goes_on()
    for _ in range(2):
        system.part('restart', name)
        assert load.goes_on()
    load.finish()


@pytest.mark.parametrize('words', [('part', 'stop'), ('part', 'start'), ()],
                         ids=' '.join)
@pytest.mark.parametrize('name', ['report', 'nginx'])
def test_what_a_killed_leader_left(system, name, words):
    """Is ended before the next begins, or with all."""
    leader = system.pid(name)
    system.kill(leader)
    left = children(leader, GROUP)
    assert left
    try:
        system.quickstart(*(words + (name,) if words else system.options))
        assert not children(leader, GROUP)
    finally:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        system.part('start', name)
    assert eventually(system.healthy, 20)


@pytest.mark.parametrize('name', PROGRAMS)
def test_a_restart_of_a_program(system, name):
    """Held devices, sessions and registrations live through it."""
    device = system.paired()
    system.part('restart', name)
    assert eventually(system.healthy, 20)
    assert device.connect(0).service == 'started'
    assert device.browser.see('/status').screen == 'status'


def test_a_killed_database_under_load(system, load):
    assert load.goes_on()
    system.kill(system.pid('mariadbd'))
    eventually(lambda: load.refused > 5, 10)
    assert load.refused
    system.part('start', 'mariadbd')
    assert load.goes_on(), 'did not recover without help'
    load.finish()
    assert eventually(system.healthy, 20)


def test_a_stopped_database(system, receiver):
    """503 with a problem, or the screen; what needs no store works."""
    device, browser = system.paired(), system.browser()
    fresh = system.pending()
    system.part('stop', 'mariadbd')
    try:
        for answer in (device.connect(0), device.instruct('stop'),
                       device.report(job()), system.device().try_register()):
            assert answer.status == 503
            assert answer.problem == 'unavailable'
            assert int(answer.headers['retry-after']) >= 1
        answer = browser.post('/pair', {'code': fresh.code})
        assert (answer.status, answer.screen) == (503, 'unavailable')
        assert 'retry-after' in answer.headers
        answer = device.browser.get('/status')
        assert (answer.status, answer.screen) == (503, 'unavailable')
        # Told without touching the store.
        assert browser.submit('abc').screen == 'code-invalid'
        assert browser.get('/pair').screen == 'enter-code'
        assert device.report('<bad>').status == 400
    finally:
        system.part('start', 'mariadbd')
    assert eventually(lambda: device.connect(0).status == 200, 20)
    assert device.connect(0).service == 'started'
    assert eventually(system.healthy, 20)
    browser.pair(fresh)
    # Orders leave again, too.
    order, = device.report(supply(4)).orders
    assert len(receiver.wait(device, limit_s=40)) == 1


def test_programs_that_start_before_the_database(system):
    system.part('stop', 'mariadbd')
    try:
        system.part('restart', 'report')
        paired = system.device()
        paired.token = 'A' * 43
        answer = paired.report()
        assert answer.status in (502, 503) and answer.problem == 'unavailable'
    finally:
        system.part('start', 'mariadbd')
    assert eventually(system.healthy, 30), 'did not recover without help'


def test_killed_workers_under_load(system, load):
    assert load.goes_on()
    for _ in range(6):
        victims = system.workers('report')
        assert victims
        system.kill(victims[0])
        assert load.goes_on()
        assert eventually(lambda: len(system.workers('report'))
                          == len(victims), 20), 'no successor'
    load.finish()


def test_each_worker_has_a_successor(system):
    for name in PROGRAMS:
        before = set(system.workers(name))
        for pid in before:
            system.kill(pid)
        assert eventually(lambda: len(system.workers(name)) == len(before)
                          and not set(system.workers(name)) & before, 20)
    assert eventually(system.healthy, 20)


def test_held_devices_ask_again_after_a_restart_of_the_front(system, paired):
    answers = []

    def follow():
        # Cut off, or told 503, it asks again.
        while not answers:
            try:
                answer = paired.connect_held(paired.version)
            except Exception:
                time.sleep(0.05)
                continue
            if answer.status != 503:
                answers.append(answer)
            else:
                time.sleep(0.05)
    thread = threading.Thread(target=follow)
    thread.start()
    system.part('restart', 'nginx')
    paired_again = eventually(lambda: try_(lambda: paired.instruct('stop')))
    assert paired_again.service == 'stopped'
    thread.join(20)
    assert answers and answers[0].service == 'stopped'


def try_(call):
    try:
        return call()
    except OSError:
        return None


def test_a_courier_killed_in_flight(system, receiver, paired):
    """Its order goes out again, under the same id, once its lease is over."""
    receiver.answer(paired, Reply(204, wait_s=3))
    order, = paired.report(supply(5)).orders
    assert receiver.wait(paired)
    system.kill(system.pid('deliver'))
    system.part('restart', 'deliver')
    system.sql("UPDATE supply_order SET lease_until = UTC_TIMESTAMP() WHERE "
               "uuid = '%s'" % order)
    hooks = receiver.wait(paired, 2, 20)
    assert [hook.headers['webhook-id'] for hook in hooks] == [order] * 2
    assert eventually(lambda: paired.orders() == {order: (1, 'delivered')})


def test_a_program_that_does_not_answer(system):
    """The front's patience ends: 504, as a problem document."""
    conf = system.run / 'nginx' / 'fastcgi.conf'
    text = conf.read_text()
    patient = 'fastcgi_read_timeout 30s'
    assert patient in text
    device = system.paired()
    workers = system.workers('instruct')
    try:
        conf.write_text(text.replace(patient, 'fastcgi_read_timeout 1s'))
        system.part('restart', 'nginx')
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        answer = device.instruct('stop')
        assert answer.status in (503, 504)
        assert answer.problem == 'unavailable'
        assert 'retry-after' in answer.headers
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        conf.write_text(text)
        system.part('restart', 'nginx')
    assert eventually(lambda: try_(lambda: device.instruct('stop').service)
                      == 'stopped')


def test_the_whole_system_off_and_on(system, receiver):
    """What was acknowledged outlives everything, and goes on."""
    device, pending = system.paired(), system.pending()
    waits, browser = system.device(), system.browser()
    browser.submit(waits.code)
    known = job()
    system.part('stop', 'deliver')
    order, = device.report(known, supply(6), sequence=9).orders
    system.quickstart('stop')
    system.quickstart(*system.options)
    assert eventually(system.healthy, 20)
    assert len(receiver.wait(device)) == 1
    answer = device.report(known, supply(90), sequence=9)
    assert answer.counts == (0, 1) and set(answer.orders) == {order}
    assert device.browser.see('/status').screen == 'status'
    system.browser().pair(pending)
    assert waits.register().state == 'paired'
    assert browser.see('/status').screen == 'operate-device'
