"""The condition and the episodes: what is ordered, and what never."""
import pytest

from client import supply

BIG = 2 ** 31 - 1


def ids(answer):
    assert answer.status == 200, answer
    return set(answer.orders)


@pytest.mark.parametrize('level,capacity,low', [
    (20, 100, True), (21, 100, False), (0, 100, True), (100, 100, False),
    (0, 1, True), (1, 1, False), (1, 5, True), (1, 4, False), (2, 9, False),
    (1, 6, True), (199, 999, True), (200, 999, False), (200, 1000, True),
    (201, 1000, False), (BIG // 5, BIG, True), (BIG // 5 + 1, BIG, False),
    (BIG, BIG, False), (7000, 35000, True), (7001, 35000, False)])
def test_at_twenty_percent(paired, level, capacity, low):
    answer = paired.report(supply(level, capacity=capacity))
    assert bool(ids(answer)) == low


@pytest.mark.parametrize('level,capacity', [
    (101, 100), (BIG, 100), (-1, 100), (-2, 100), (-3, 100), (0, -1),
    (0, -2), (5, -2), (-2, -2), (-3, -2)])
def test_nonsense_is_never_low_and_closes_nothing(paired, level, capacity):
    nonsense = supply(level, capacity=capacity)
    assert not ids(paired.report(nonsense))
    assert not ids(paired.instruct('stop')) \
        and not ids(paired.instruct('start'))
    order = ids(paired.report(supply(10)))
    assert len(order) == 1
    assert ids(paired.report(nonsense)) == order, 'it closed the episode'
    assert ids(paired.report(supply(9))) == order


def test_receptacles_are_never_ordered(paired):
    for level in (0, 5, 100):
        assert not ids(paired.report(supply(
            level, kind='wasteToner', group='receptacleThatIsFilled')))
    assert not ids(paired.instruct('stop')) | ids(paired.instruct('start'))


def test_one_order_an_episode(paired):
    order = ids(paired.report(supply(20)))
    assert len(order) == 1
    for level in (19, 0, 25, 39, 20, 3, 39, 0):
        assert ids(paired.report(supply(level))) == order


@pytest.mark.parametrize('level,capacity,closes', [
    (40, 100, True), (39, 100, False), (2, 5, True), (399, 1000, False),
    (400, 1000, True), (100, 100, True)])
def test_the_episode_closes_at_forty_percent(paired, level, capacity, closes):
    order = ids(paired.report(supply(5)))
    after = ids(paired.report(supply(level, capacity=capacity)))
    assert after == (set() if closes else order)
    second = ids(paired.report(supply(5)))
    assert len(second) == 1 and (second != order) == closes


def test_high_levels_close_nothing_before_an_order(paired):
    for level in (100, 60, 100, 45):
        assert not ids(paired.report(supply(level)))
    assert len(ids(paired.report(supply(5)))) == 1


def test_another_serial_number_is_another_cartridge(paired):
    first = ids(paired.report(supply(5, serial='A')))
    second = ids(paired.report(supply(5, serial='B')))
    assert len(second) == 1 and second != first


def test_a_cartridge_that_comes_back_resumes_its_episode(paired):
    first = ids(paired.report(supply(5, serial='A')))
    assert not ids(paired.report(supply(30, serial='B')))
    assert ids(paired.report(supply(5, serial='A'))) == first
    second = ids(paired.report(supply(5, serial='B')))
    assert second and second != first
    assert ids(paired.report(supply(4, serial='A'))) == first
    assert ids(paired.report(supply(4, serial='B'))) == second


def test_a_cartridge_that_was_refilled_begins_anew(paired):
    first = ids(paired.report(supply(5, serial='A')))
    assert not ids(paired.report(supply(90, serial='A')))
    second = ids(paired.report(supply(5, serial='A')))
    assert second and second != first
    paired.report(supply(50, serial='B'))
    assert ids(paired.report(supply(5, serial='A'))) == second


def test_a_serial_number_that_becomes_known(paired):
    """From unknown to known is no other cartridge."""
    order = ids(paired.report(supply(5)))
    assert ids(paired.report(supply(5, serial='A'))) == order
    assert ids(paired.report(supply(4))) == order, 'silence says nothing'
    assert ids(paired.report(supply(3, serial='A'))) == order
    other = ids(paired.report(supply(3, serial='B')))
    assert other and other != order


@pytest.mark.parametrize('other', [dict(kind='inkCartridge'),
                                   dict(colorant='black'),
                                   dict(colorant=None)])
def test_another_type_or_colorant_is_another_supply(paired, other):
    first = ids(paired.report(supply(5)))
    second = ids(paired.report(supply(5, **other)))
    assert len(second) == 1 and second != first


def test_each_slot_has_its_own_episode(paired):
    orders = ids(paired.report(supply(5, 1), supply(5, 2), supply(50, 3)))
    assert len(orders) == 2
    after = paired.report(supply(80, 1), supply(5, 3)).orders
    assert sorted(slot for slot, _ in after.values()) == [2, 3]


def test_nothing_is_ordered_unless_all_three_hold(system, receiver, device):
    # Pending: nothing is even stored.
    assert device.report(supply(1)).status == 409
    system.browser().pair(device)
    # Paired, but without the instruction.
    assert not ids(device.report(supply(1)))
    device.instruct('start')
    device.instruct('stop')
    assert not ids(device.report(supply(100)))
    assert not ids(device.report(supply(1)))
    device.instruct('end')
    assert device.report(supply(1)).status == 410
    assert len(receiver.of(device)) <= 1


def test_the_newest_levels_count(paired):
    paired.instruct('stop')
    paired.report(supply(3), sequence=1)
    paired.report(supply(60), sequence=2)
    assert not ids(paired.instruct('start'))
    assert ids(paired.report(supply(20), sequence=3))


def test_the_bounds_are_configured(system, paired):
    with system.configured(['report', 'instruct'], order_at_percent='50',
                           refilled_at_percent='90'):
        order = ids(paired.report(supply(50)))
        assert len(order) == 1
        assert ids(paired.report(supply(89))) == order
        assert not ids(paired.report(supply(90)))


def test_why_it_was_or_was_not_ordered(system, paired):
    paired.report(supply(18, 1), supply(77, 2, colorant='magenta'))
    done = system.command('orders', 'why', paired.device_id)
    assert done.returncode == 0, done.stderr
    order, = paired.orders()
    assert order in done.stdout and 'magenta' in done.stdout
    assert '77' in done.stdout and '18' in done.stdout
