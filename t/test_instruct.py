"""POST /device/instruct: start, stop, end."""
import pytest

from client import NS, instruction, job, supply


def test_start_stop_and_repeats(system, device):
    system.browser().pair(device)
    version = device.connect(0).version
    for action, service, grows in (
            ('stop', 'stopped', 0), ('start', 'started', 1),
            ('start', 'started', 0), ('stop', 'stopped', 1),
            ('stop', 'stopped', 0), ('start', 'started', 1)):
        answer = device.instruct(action)
        assert answer.status == 200
        assert answer.xml.tag == NS + 'Registration'
        assert (answer.state, answer.service) == ('paired', service)
        version += grows
        assert answer.version == version == device.connect(0).version
        assert answer.xml.find(NS + 'Token') is None
        assert answer.headers['cache-control'] == 'no-store'


def test_end_and_its_repeat(paired):
    for _ in range(3):
        answer = paired.instruct('end')
        assert (answer.status, answer.state) == (200, 'ended')
    assert paired.instruct('start').status == 410
    assert paired.report().status == 410
    assert paired.browser.see('/status').screen == 'released'


def test_end_after_the_user_s_release_is_gone(paired):
    paired.browser.release()
    assert paired.instruct('end').status == 410


@pytest.mark.parametrize('action', ['', 'dance', 'START', 'start stop',
                                    'pause'])
def test_other_actions(paired, action):
    answer = paired.instruct(action)
    assert (answer.status, answer.problem) == (422, 'invalid')
    assert paired.connect(0).version == paired.version


@pytest.mark.parametrize('body', [
    '<Instruction xmlns="urn:tallystick:1"/>',
    '<Instruction xmlns="urn:tallystick:1" action="start" other="1"/>',
    '<Instruction xmlns="urn:tallystick:1" action="start">x</Instruction>',
    '<Instruction action="start"/>',
    '<Instructions xmlns="urn:tallystick:1" action="start"/>'])
def test_what_breaks_the_schema(paired, body):
    answer = paired.post_xml('/device/instruct', body, paired.token)
    assert (answer.status, answer.problem) == (422, 'invalid')


def test_white_space_around_the_value_is_dropped(paired):
    answer = paired.post_xml('/device/instruct', instruction(' \n stop '),
                             paired.token)
    assert (answer.status, answer.service) == (200, 'stopped')


def test_a_supply_already_low_is_ordered_at_the_start(system, receiver):
    device = system.paired(start=False)
    assert not device.report(supply(5, 1), supply(50, 2),
                             supply(20, 3)).orders
    answer = device.instruct('start')
    assert sorted(s for s, _ in answer.orders.values()) == [1, 3]
    assert answer.version == device.connect(0).version \
        or device.connect(0).version > answer.version
    assert set(device.instruct('start').orders) == set(answer.orders)
    assert len(receiver.wait(device, 2)) == 2


def test_no_second_order_at_a_second_start(paired):
    order = paired.report(supply(5)).orders
    paired.instruct('stop')
    assert set(paired.instruct('start').orders) == set(order)


def test_while_stopped_reports_are_kept_and_levels_followed(paired):
    paired.instruct('stop')
    known = job()
    answer = paired.report(known, supply(60))
    assert answer.counts == (1, 0)
    assert not paired.report(known, supply(4)).orders
    page = paired.browser.see('/status')
    assert b'data-percent="4"' in page.body
    # Judged by the newest level, not by the worst one.
    paired.report(supply(70))
    assert not paired.instruct('start').orders
    assert paired.report(known).counts == (0, 1)


def test_stop_cancels_nothing(paired):
    order, = paired.report(supply(5)).orders
    assert order in paired.instruct('stop').orders
    assert order in paired.orders()
