"""Receivers that are dead for some orders, couriers that die: nobody else
waits, and no order is given up that was never answered."""
import threading
import time

import pytest
from client import supply
from courier import courier, due_now, order_row, settled  # noqa: F401
from receiver import silence, status
from system import eventually

SLOTS = 32


class Silence:
    """How many attempts came to the end of their time."""

    def __init__(self):
        self.ended = 0

    def __call__(self, connection):
        silence(connection)
        self.ended += 1


def swallowed(system, raw, silent):
    """A device whose orders, one a slot, are never answered."""
    device = system.paired()
    raw.answers[device.device_id] = [silent] * 200
    answer = device.report(*[supply(5, index=slot + 1)
                             for slot in range(SLOTS)])
    device.ids = list(answer.orders)
    assert len(device.ids) == SLOTS
    return device


def first_attempts(system, raw, count=5):
    """Of so many devices, one after the other."""
    waits = []
    for _ in range(count):
        device = system.paired()
        begin = time.time()
        assert device.report(supply(7)).status == 200
        assert eventually(lambda: raw.of(device), 30), 'never sent'
        waits.append('%.2f' % (raw.of(device)[0] - begin))
    print('first attempts after %s s' % waits)


def test_repeats_hold_up_no_first_attempt(system, courier, raw):  # noqa: F811
    """Ninety-six orders to be sent again, all swallowed, all due."""
    silent = Silence()
    dead = [swallowed(system, raw, silent) for _ in range(3)]
    system.sql("UPDATE supply_order SET attempts = 3 WHERE uuid IN ('%s')"
               % "','".join(sum((device.ids for device in dead), [])))
    courier.start('--watch', **raw.named())
    assert eventually(lambda: len(raw.times) >= 16)
    first_attempts(system, raw)
    assert silent.ended == 0, 'they waited for one'
    hung = [name for name, _ in raw.times
            if name in {device.device_id for device in dead}]
    assert len(hung) == 16, 'as many as may be'
    for device in dead:
        device.instruct('end')


def test_first_attempts_hold_up_no_others(system, courier, raw):  # noqa: F811
    """Thirty-two new orders, all swallowed; new ones, and one to be sent
    again."""
    again = system.paired()
    order, = again.report(supply(6)).orders
    system.sql("UPDATE supply_order SET attempts = 2, due_at = UTC_TIMESTAMP()"
               " + INTERVAL 3 SECOND WHERE uuid = '%s'" % order)
    silent = Silence()
    dead = swallowed(system, raw, silent)
    courier.start('--watch', **raw.named())
    assert eventually(lambda: len(raw.times) >= SLOTS)
    first_attempts(system, raw)
    assert eventually(lambda: order_row(system, order, 'state')
                      == ['delivered'])
    assert silent.ended == 0, 'they waited for one'
    dead.instruct('end')


def test_every_order_gets_its_turn(system, courier, raw):  # noqa: F811
    """More are due than fit at a time, of both kinds; one run sends all."""
    devices = [system.paired() for _ in range(3)]
    orders = []
    for device in devices:
        orders += device.report(*[supply(5, index=slot + 1)
                                  for slot in range(SLOTS)]).orders
    system.sql("UPDATE supply_order SET attempts = 1 WHERE uuid IN ('%s')"
               % "','".join(orders[:40]))
    done = courier(**raw.named())
    assert done.returncode == 0 and 'delivered 96' in done.stdout, done
    assert [len(raw.of(device)) for device in devices] == [SLOTS] * 3


def test_couriers_that_die_use_up_no_attempt(system, courier,  # noqa: F811
                                             raw, paired):
    """Killed in flight, more often than there are attempts."""
    raw.answers[paired.device_id] = [silence] * 12 + [status(b'500 No')]
    order, = paired.report(supply(6)).orders
    for count in range(1, 13):
        process = courier.start('--watch', **raw.named())
        assert eventually(lambda: len(raw.of(paired)) == count)
        process.kill()
        process.wait()
        assert order_row(system, order, 'state, attempts') == ['queued', '0']
        system.sql("UPDATE supply_order SET lease_until = UTC_TIMESTAMP() "
                   "WHERE uuid = '%s'" % order)
    assert courier(**raw.named()).returncode == 0
    assert order_row(system, order, 'state, attempts, last_answer') == \
        ['queued', '1', 'HTTP 500']
    due_now(system, order)
    assert courier(**raw.named()).returncode == 0
    assert order_row(system, order, 'state, attempts') == ['delivered', '2']


@pytest.mark.parametrize('late,other,state,attempts', [
    (b'204 No', b'500 No', 'delivered', '2'),
    (b'500 No', b'204 No', 'delivered', '1'),
    (b'410 Gone', b'500 No', 'queued', '1'),
    (b'500 No', b'410 Gone', 'failed', '1')])
def test_a_lease_lost_while_sending(system, courier, raw, paired,  # noqa: F811
                                    late, other, state, attempts):
    """What comes back to the courier that lost it counts only if it was
    delivered; the other's answer stands."""
    told = threading.Event()

    def slowly(connection):
        told.wait(18)
        status(late)(connection)
    raw.answers[paired.device_id] = [slowly, status(other)]
    order, = paired.report(supply(6)).orders
    courier.start(**raw.named())
    assert eventually(lambda: raw.of(paired))
    system.sql("UPDATE supply_order SET lease_until = UTC_TIMESTAMP() "
               "WHERE uuid = '%s'" % order)
    second = courier.start(**raw.named())
    assert second.wait(15) == 0
    assert len(raw.of(paired)) == 2
    told.set()
    assert courier.running[0].wait(10) == 0
    settled(system, order)
    assert order_row(system, order, 'state, attempts') == [state, attempts]
    assert {head['webhook-id'] for head in raw.heads} == {order}
