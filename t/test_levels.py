"""Levels that are kept beside the registration while nothing is to be judged: nobody may see a difference."""
import random

import pytest

from client import job, supply


def told(system, device):
    """What is known of the device's supplies and orders, the orders by what they say."""
    supplies = system.sql(
        "SELECT s.slot, s.type, s.colorant, s.serial_number, s.level, s.episode, s.spares FROM supply_now s JOIN registration r "
        "ON r.id = s.registration WHERE r.device_id = '%s' AND r.live = 1 ORDER BY s.slot" % device.device_id)
    orders = system.sql(
        "SELECT o.slot, o.episode, o.reason, o.percent FROM supply_order o JOIN registration r ON r.line = o.line "
        "WHERE r.device_id = '%s' AND r.live = 1 ORDER BY o.slot, o.episode" % device.device_id)
    return supplies, orders


def open_orders(answer):
    assert answer.status == 200, answer
    return sorted((order.get('supply'), order.get('state') != 'cancelled')
                  for order in answer.xml.iter('{urn:tallystick:1}Order'))


def kept(system, device):
    return system.sql("SELECT levels IS NOT NULL FROM registration WHERE device_id = '%s' AND live = 1"
                      % device.device_id)[0][0] == '1'


def random_steps(dice):
    """Reports of one to three slots, levels in leaps and small steps, cartridges that come and go, stop and start between."""
    level = {1: 90, 2: 60, 3: 30}
    serial = {1: 'A', 2: None, 3: 'C'}
    for _ in range(60):
        for slot in level:
            leap = dice.random()
            if leap < 0.15:
                level[slot] = dice.choice([100, 41, 40, 39, 21, 20, 19, 0, -2, -3, 101])
            elif leap < 0.2 and serial[slot] is not None:
                serial[slot] = dice.choice('ABCD')
            else:
                level[slot] = max(0, level[slot] - dice.randrange(3))
        slots = [1, 2, 3] if dice.random() < 0.8 else dice.sample([1, 2, 3], dice.randrange(1, 3))
        yield dice.choice([None] * 9 + ['stop', 'start']), [supply(level[slot], slot, serial=serial[slot]) for slot in slots]


@pytest.mark.parametrize('seed', range(6))
def test_judged_or_not_is_the_same(system, seed):
    one, other = system.paired(), system.paired()
    used = False
    for action, parts in random_steps(random.Random(seed)):
        # Of the other device all is judged each time.
        system.sql("UPDATE registration SET judged = NULL WHERE device_id = '%s'" % other.device_id)
        if action is not None:
            assert open_orders(one.instruct(action)) == open_orders(other.instruct(action))
        assert open_orders(one.report(*parts)) == open_orders(other.report(*parts))
        assert told(system, one) == told(system, other)
        used = used or kept(system, one)
        assert not kept(system, other)
    assert used, 'it was never tried'


def test_only_levels_change(system, paired):
    paired.report(supply(90), supply(80, 2))
    assert not kept(system, paired)
    paired.report(job(), supply(89), supply(79, 2))
    assert kept(system, paired)
    assert [row[4] for row in told(system, paired)[0]] == ['89', '79']
    # Not all slots: from then on each is judged again.
    paired.report(supply(88))
    assert not kept(system, paired)
    assert [row[4] for row in told(system, paired)[0]] == ['88', '79']


def test_a_start_judges_the_newest_level(system, paired):
    paired.instruct('stop')
    paired.report(supply(20))
    paired.report(supply(7))
    assert kept(system, paired)
    answer = paired.instruct('start')
    assert len(answer.orders) == 1
    assert told(system, paired)[1][0][2] == 'level 7 of 100 percent is at or under 20 %'


def test_levels_go_over_to_a_successor(system, paired):
    paired.report(supply(90, serial='A'))
    paired.report(supply(70, serial='A'))
    assert kept(system, paired)
    paired.register(paired.token)
    assert system.browser().submit(paired.code).screen == 'operate-device'
    assert [row[4] for row in told(system, paired)[0]] == ['70']
    paired.report(supply(69, serial='A'))
    assert [row[4] for row in told(system, paired)[0]] == ['69']
