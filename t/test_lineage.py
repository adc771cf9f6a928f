"""A DeviceId proves nothing: lineages, and who succeeds whom."""
import threading
import time

import pytest

from client import job, new_code, supply
from system import eventually


class Waiter(threading.Thread):
    """A device held at connect; its answer comes by join()."""

    def __init__(self, device):
        super().__init__(daemon=True)
        self.device, self.answer = device, None
        self.version = device.version
        self.start()
        # It must wait at the channel, not be on its way there.
        time.sleep(0.3)

    def run(self):
        self.answer = self.device.connect_held(self.version)

    def result(self, limit_s=10):
        self.join(limit_s)
        assert self.answer is not None, 'not woken'
        return self.answer


def delivered(device):
    """Let the deliveries come, so that they wake nobody later."""
    assert eventually(lambda: {state for _, state in device.orders().values()}
                      == {'delivered'})


def same_lineage(system, device):
    return system.device(device_id=device.device_id, code=device.code)


def test_another_code_is_another_lineage(system):
    one = system.paired()
    two = system.pending(device_id=one.device_id)
    assert one.connect(0).state == 'paired'
    system.browser().pair(two)
    two.instruct('start')
    for device in (one, two):
        answer = device.connect(0)
        assert (answer.state, answer.service) == ('paired', 'started')
    # Each has its own jobs and its own order.
    known = job()
    first = one.report(known, supply(9))
    second = two.report(known, supply(9))
    assert first.counts == second.counts == (1, 0)
    assert first.orders and second.orders
    assert not set(first.orders) & set(second.orders)


def test_both_may_be_pending(system):
    one = system.pending()
    two = system.pending(device_id=one.device_id)
    system.browser().pair(two)
    assert one.connect(0).state == 'pending'
    system.browser().pair(one)
    assert two.connect(0).state == 'paired'


def test_the_operator_sees_the_conflict(system):
    one = system.paired()
    system.browser().pair(system.pending(device_id=one.device_id))
    listed = system.command('devices')
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.count(one.device_id) >= 2, listed.stdout
    assert 'conflict' in listed.stdout.lower(), listed.stdout


def test_the_same_lineage_supersedes_once_it_is_paired(system):
    old = system.paired()
    known = job()
    order = old.report(known, supply(15)).orders
    assert len(order) == 1
    delivered(old)
    new = same_lineage(system, old)
    assert new.register().state == 'pending'
    # Until the new pairing the old one stays in force.
    assert old.report(job()).counts == (1, 0)
    assert old.connect(0).state == 'paired'
    old.version = old.connect(0).version
    held = Waiter(old)
    new_browser = system.browser()
    new_browser.pair(new)
    answer = held.result()
    assert (answer.status, answer.state) == (200, 'ended')
    for late in (old.connect(0), old.report(), old.instruct()):
        assert (late.status, late.problem) == (410, 'gone')
    # Jobs, episodes and orders went over.
    assert set(new.connect(0).orders) == set(order)
    new.instruct('start')
    again = new.report(known, supply(10))
    assert again.counts == (0, 1) and set(again.orders) == set(order)
    # And the terminal of the old one is told why.
    page = old.browser.see('/status')
    assert page.screen == 'released' and b'paired anew' in page.body


def test_another_lineage_supersedes_by_the_token_it_carries(system):
    old = system.paired()
    order = old.report(supply(5)).orders
    delivered(old)
    new = system.device(device_id=old.device_id)
    assert new.register(old.token).state == 'pending'
    assert old.connect(0).state == 'paired', 'in force until the new pairing'
    old.version = old.connect(0).version
    held = Waiter(old)
    system.browser().pair(new)
    assert held.result().state == 'ended'
    assert old.connect(0).status == 410
    new.instruct('start')
    assert set(new.report(supply(4)).orders) == set(order)


def test_without_the_token_nothing_is_superseded(system):
    old, ended = system.paired(), system.paired()
    ended.instruct('end')
    for token in (None, 'B' * 43, ended.token):
        new = system.device(device_id=old.device_id)
        new.register(token)
        system.browser().pair(new)
        assert new.connect(0).state == 'paired'
        assert old.connect(0).state == 'paired'


@pytest.mark.parametrize('first', [0, 1])
def test_a_pending_token_carries_nothing(system, device, first):
    new = system.device(device_id=device.device_id)
    new.register(device.token)
    both = [new, device]
    for one in (both[first], both[1 - first]):
        system.browser().pair(one)
    assert new.connect(0).state == device.connect(0).state == 'paired'


def test_two_lines_merge(system):
    """A device paired under two codes is one once a token shows it."""
    one = system.paired()
    two = system.paired(device_id=one.device_id)
    first_job, second_job = job(), job()
    first = one.report(first_job, supply(5, 1, serial='S1')).orders
    second = two.report(second_job, supply(5, 2, serial='S2'),
                        supply(50, 3)).orders
    assert len(first) == len(second) == 1
    new = same_lineage(system, one)
    new.register(two.token)
    system.browser().pair(new)
    assert one.connect(0).status == two.connect(0).status == 410
    assert set(new.connect(0).orders) == set(first) | set(second)
    new.instruct('start')
    answer = new.report(first_job, second_job, supply(3, 1, serial='S1'),
                        supply(3, 2, serial='S2'), supply(50, 3))
    assert answer.counts == (0, 2)
    assert set(answer.orders) == set(first) | set(second)
    later = new.report(supply(2, 3))
    assert len(later.orders) == 3, 'a slot of its own is still ordered'


def test_merged_slots_of_one_cartridge_are_ordered_once(system):
    one = system.paired()
    two = system.paired(device_id=one.device_id)
    order = one.report(supply(5, 1, serial='SAME')).orders
    two.report(supply(70, 1, serial='OTHER'))
    two.report(supply(30, 1, serial='SAME'))
    new = same_lineage(system, two)
    new.register(one.token)
    system.browser().pair(new)
    new.instruct('start')
    assert set(new.report(supply(4, 1, serial='SAME')).orders) == set(order)


def test_a_replaced_pending_one_is_told_while_it_is_held(system, device):
    held = Waiter(device)
    assert not held.answer
    successor = same_lineage(system, device)
    successor.register()
    answer = held.result()
    assert (answer.status, answer.state) == (200, 'ended')
    assert device.connect(0).status == 410


def test_a_successor_does_not_inherit_the_instruction(system):
    old = system.paired()
    new = same_lineage(system, old)
    new.register()
    system.browser().pair(new)
    answer = new.connect(0)
    assert (answer.state, answer.service) == ('paired', 'stopped')
    assert not new.report(supply(1)).orders


def test_after_an_end_the_line_goes_on(system):
    """Released and paired again with its code: no job counts twice, and what
    was ordered for the cartridge in it is not ordered again."""
    old = system.paired()
    known = job()
    old.report(known, supply(8, serial='C1'))
    delivered(old)
    old.instruct('end')
    new = same_lineage(system, old)
    new.register()
    system.browser().pair(new)
    new.instruct('start')
    answer = new.report(known, supply(7, serial='C1'))
    assert answer.counts == (0, 1)
    rows = system.sql("SELECT o.uuid FROM supply_order o JOIN registration r "
                      "ON r.id = o.registration WHERE r.device_id = '%s'"
                      % old.device_id)
    assert len(rows) == 1, rows


def test_registers_from_a_stranger_touch_nothing(system):
    """Whoever reads a serial number cannot push a device out."""
    owner = system.paired()
    version = owner.connect(0).version
    for _ in range(5):
        stranger = system.pending(device_id=owner.device_id, code=new_code())
        system.browser().pair(stranger)
    answer = owner.connect(0)
    assert (answer.state, answer.version) == ('paired', version)


def test_a_cancelled_order_keeps_its_episode(system):
    """Released with its order still queued, and paired again."""
    system.part('stop', 'deliver')
    try:
        old = system.paired()
        order, = old.report(supply(8, serial='C1')).orders
        old.browser.release()
    finally:
        system.part('start', 'deliver')
    new = same_lineage(system, old)
    new.register()
    system.browser().pair(new)
    assert new.connect(0).orders == {order: (1, 'cancelled')}
    assert set(new.instruct('start').orders) == {order}
    assert set(new.report(supply(7, serial='C1')).orders) == {order}
    assert set(new.report(supply(7, serial='C2')).orders) != {order}


def test_a_lost_answer_is_made_good_though_another_device_has_the_code(system):
    """The code's row names the last match alone."""
    first = system.pending()
    system.browser().pair(first)
    second = system.device(code=first.code)
    second.register()
    system.browser().pair(second)
    lost = first.token
    assert first.register().state == 'paired'
    assert first.token != lost
    assert first.connect(0).state == 'paired'
    assert second.connect(0).state == 'paired'
