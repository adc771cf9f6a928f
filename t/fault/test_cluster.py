"""Programs on two machines, each with its own node of one Galera cluster of
three: what one acknowledged the other knows, counts and repeats, also when
nodes are lost."""
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import means
from client import NS, Device, job, new_code, supply
from cluster import Cluster
from fulfilment import Receiver
from reporters import Load
from system import PROGRAMS, System, eventually
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
            own, name, {'database': cluster.options,
                        'requests-max': 1000000})) for name in PROGRAMS}


@pytest.fixture
def meanwhile():
    with ThreadPoolExecutor(8) as pool:
        yield pool.submit


def test_a_read_waits_for_what_was_acknowledged(own, cluster, there,
                                                meanwhile):
    """A device that has just registered would be unknown, else."""
    there['connect'].ready()
    seen = 'SELECT COUNT(*) FROM registration'
    with cluster.behind() as second:
        device = own.pending()
        before, = second.sql(seen)[0]
        answer = meanwhile(there['connect'].connect, device)
        with pytest.raises(TimeoutError):
            answer.result(1)
    assert answer.result(10).state == 'pending'
    after, = cluster.second.sql('SET wsrep_sync_wait = 1; ' + seen)[0]
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


# --- nodes that are lost

PATIENCE_S = 40		# the others notice after 5 s, at most 15


@pytest.fixture
def load(own, cluster, there):
    """Devices that report to the programs of both nodes in turns."""
    load = Load(own, ways=(Device.report, there['report'].report))
    yield load
    load.stopped.set()
    for node in cluster.nodes:	# after a failure
        if not node.runs():
            cluster.join(node)


def are_alike(cluster, table):
    first, second, third = [sorted(node.sql(
        'SET wsrep_sync_wait = 1; SELECT * FROM ' + table))
        for node in cluster.nodes]
    return first == second == third


def end(load, cluster):
    """All nodes are back, and know all that any acknowledged."""
    assert eventually(cluster.is_whole, PATIENCE_S, 0.5)
    assert load.goes_on(PATIENCE_S)
    load.finish()
    for table, in cluster.first.sql(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
            "TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'"):
        assert eventually(lambda: are_alike(cluster, table)), table


def is_unavailable(answer):
    return answer.status == 503 and answer.problem == 'unavailable' \
        and 'retry-after' in answer.headers


def test_a_node_that_is_killed(cluster, there, load):
    """Its programs say 503 until it is back; the others' go on."""
    assert load.goes_on()
    device = load.devices[0]
    cluster.second.kill()
    assert is_unavailable(there['connect'].connect(device))
    begin = time.monotonic()
    assert load.goes_on(PATIENCE_S)
    print('accepted again after %.1f s' % (time.monotonic() - begin))
    assert is_unavailable(there['instruct'].instruct(device, 'start'))
    cluster.join(cluster.second)
    assert eventually(lambda: there['connect'].connect(device).status == 200,
                      PATIENCE_S)
    end(load, cluster)


def test_a_node_that_hears_no_other(cluster, there, load):
    """It acknowledges nothing that the others do not know."""
    assert load.goes_on()
    device = load.devices[0]
    cluster.first.option('gmcast.isolate = 1')
    try:
        assert eventually(lambda: is_unavailable(device.connect(0)),
                          PATIENCE_S)
        assert is_unavailable(device.report(job(), supply(5)))
        assert load.goes_on(PATIENCE_S)
        assert is_unavailable(device.connect(0))
    finally:
        cluster.first.option('gmcast.isolate = 0')
    end(load, cluster)


@pytest.mark.parametrize('told', (True, False), ids=('told', 'back'))
def test_too_few_nodes(cluster, there, load, meanwhile, told):
    """One that is left of three cannot know what the others acknowledge: it
    says 503 till it is told that they are gone, or they are back."""
    assert load.goes_on()
    device = load.devices[0]
    for node in (cluster.third, cluster.second):
        node.kill()
    assert eventually(lambda: is_unavailable(device.connect(0)), PATIENCE_S)
    time.sleep(1)	# what was under way before
    accepted, refused = load.count(), load.refusals.copy()
    assert eventually(lambda: min(
        (load.refusals - refused)[way] for way in (0, 1)) > 10, PATIENCE_S)
    assert is_unavailable(device.report(job(), supply(5)))
    assert load.count() == accepted
    if told:
        cluster.first.option('pc.bootstrap = YES')
        assert load.goes_on(PATIENCE_S)
    for joined in [meanwhile(cluster.join, node)
                   for node in (cluster.third, cluster.second)]:
        joined.result()
    end(load, cluster)
