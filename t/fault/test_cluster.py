"""Programs on two machines, each with its own node of one Galera cluster:
what one acknowledged the other knows, counts and repeats."""
import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

import means
from client import NS, job, new_code, supply
from cluster import Cluster
from fulfilment import Receiver
from system import PROGRAMS, System
from wired import Asked

pytestmark = means.wanted('galera')


@pytest.fixture(scope='module')
def own():
    receiver = Receiver()
    system = System('--no-limits', receiver=receiver)
    system.part('stop', 'purge')
    yield system
    system.stop()
    receiver.stop()


@pytest.fixture(scope='module')
def cluster(own):
    made = Cluster(own)
    yield made
    made.close()


@pytest.fixture(scope='module')
def there(own, cluster):
    """{program: its worker at the second node}"""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Asked(
            own, name, {'database': cluster.options})) for name in PROGRAMS}


@pytest.fixture
def meanwhile():
    with ThreadPoolExecutor(8) as pool:
        yield pool.submit


def test_a_read_waits_for_what_was_acknowledged(own, cluster, there,
                                                meanwhile):
    """A device that has just registered would be unknown, else."""
    there['connect'].ready()
    with cluster.behind():
        device = own.pending()
        seen = 'SELECT COUNT(*) FROM registration'
        cluster.root.sql('SET wsrep_sync_wait = 0')
        before, = cluster.root.sql(seen)[0]
        answer = meanwhile(there['connect'].connect, device)
        with pytest.raises(TimeoutError):
            answer.result(1)
    assert answer.result(10).state == 'pending'
    cluster.root.sql('SET wsrep_sync_wait = 1')
    after, = cluster.root.sql(seen)[0]
    assert int(before) < int(after), 'nothing was behind'


def test_the_way_of_a_device(own, there):
    """Each step elsewhere than the one before."""
    for _ in range(20):
        device = own.device()
        device.token = there['register'].register(device).xml.findtext(
            NS + 'Token')
        assert device.connect().state == 'pending'
        own.browser().pair(device)
        assert there['connect'].connect(device).state == 'paired'
        assert there['instruct'].instruct(device, 'start').status == 200
        order, = device.report(supply(9)).orders
        assert order in there['report'].report(device, job()).orders


def test_misses_count_at_all_nodes(own, there):
    browser = own.browser()
    for _ in range(5):
        assert browser.submit(new_code()).screen == 'code-unknown'
    code = own.pending().code
    answer = there['pair'].pair(code, address=browser.address)
    assert answer.headers['location'].endswith('after=too-many-tries')


def test_one_order_from_two_nodes(own, there, meanwhile):
    """The same report at both at once: one is undone, and called again."""
    for _ in range(20):
        device = own.paired()
        parts = [job(), supply(9)]
        here = meanwhile(device.report, *parts)
        also = there['report'].report(device, *parts)
        assert here.result(10).status == also.status == 200
        assert set(here.result().orders) == set(also.orders)
        assert len(also.orders) == 1
        assert sorted((here.result().counts, also.counts)) == [(0, 1), (1, 0)]


def test_no_instruction_is_lost(own, there, meanwhile):
    """Each that was acknowledged is the one that its version tells of."""
    device = own.paired(start=False)

    def both(ask):
        return [ask(action) for action in ('start', 'stop') * 25]
    here = meanwhile(both, device.instruct)
    also = both(lambda action: there['instruct'].instruct(device, action))
    answers = [answer for answer in here.result(60) + also
               if answer.status == 200]
    left = {answer.version for answer in answers}
    assert len(left) > 25
    assert len({(answer.version, answer.service) for answer in answers}) == \
        len(left)
    assert max(left) == device.connect(0).version
