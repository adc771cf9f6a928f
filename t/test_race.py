"""Many at once: one pairing, one order, five misses, always paired."""
import threading
from concurrent.futures import ThreadPoolExecutor

import fastcgi
from client import FORM, job, new_code, supply
from system import eventually


def at_once(*calls):
    """Results of all calls, which start together."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        return call()
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_forty_browsers_with_one_code(system, device):
    browsers = [system.browser() for _ in range(40)]
    for browser in browsers:
        browser.get('/pair')
    pages = at_once(*[lambda b=b: b.submit(device.code) for b in browsers])
    screens = sorted(page.screen for page in pages)
    assert screens == ['code-unknown'] * 39 + ['operate-device']
    answer = device.connect(0)
    assert (answer.state, answer.version) == ('paired', device.version + 1)
    winner, = [b for b in browsers
               if b.see('/status').screen == 'operate-device']
    held = system.sql(
        "SELECT COUNT(*) FROM holding h JOIN registration r ON r.id = "
        "h.registration WHERE r.device_id = '%s'" % device.device_id)
    assert held == [['1']]
    # The others' submissions wait for nobody.
    assert system.device(code=device.code).register().state == 'pending'


def test_a_device_and_a_browser_cross_two_hundred_times(system):
    def cross(_):
        device, browser = system.device(), system.browser()
        registered, page = at_once(device.register,
                                   lambda: browser.submit(device.code))
        assert page.screen in ('operate-device', 'code-unknown'), page
        final = device.connect(0)
        assert final.state == 'paired', (registered, page)
        assert browser.see('/status').screen == 'operate-device'
        return registered.state
    with ThreadPoolExecutor(6) as pool:
        states = list(pool.map(cross, range(200)))
    first = states.count('paired')
    print('the browser came first %d times of 200' % first)
    assert 0 < first < 200, 'they never crossed'


def test_a_page_that_waits_is_never_sent_away(system):
    """It asks without a pause while its device registers."""
    def story(_):
        device, browser = system.device(), system.browser()
        browser.submit(device.code)
        screens = []

        def ask():
            while not screens or screens[-1] == 'code-unknown':
                screens.append(browser.see('/status').screen)
        at_once(device.register, ask)
        return set(screens)
    with ThreadPoolExecutor(4) as pool:
        seen = set().union(*pool.map(story, range(150)))
    assert seen == {'code-unknown', 'operate-device'}


def test_forty_misses_at_once_are_five(system):
    address = '2001:db8:2:%x::1' % system.port
    sock = system.run / 'pair.sock'

    def submit():
        answer = fastcgi.call(sock, 'POST', '/pair', 'code=' + new_code(),
                              address, CONTENT_TYPE=FORM)
        return answer.headers['location'].rsplit('/', 1)[1]
    where = at_once(*[submit] * 40)
    assert sorted(where) == ['pair?after=too-many-tries'] * 35 + [
        'status'] * 5
    row = system.sql("SELECT spent FROM guess WHERE scope = 'address' AND "
                     "HEX(name) = '20010DB80002%04X'" % system.port)
    assert row == [['5']]


def test_misses_and_the_right_code_at_once(system, device):
    """Through the front: no more than five are ever compared."""
    browser = system.browser()
    twins = [system.browser() for _ in range(18)]
    for twin in twins:
        twin.address = browser.address
    pages = at_once(*[lambda t=t: t.submit(new_code()) for t in twins])
    screens = [page.screen for page in pages]
    assert screens.count('code-unknown') == 5
    assert screens.count('too-many-tries') == 13
    assert device.connect(0).state == 'pending'


def test_eighty_low_reports_at_once(system, receiver, paired):
    senders = []
    for _ in range(80):
        sender = system.device(device_id=paired.device_id)
        sender.token = paired.token
        senders.append(sender)
    answers = at_once(*[lambda s=s: s.report(job(), supply(5))
                        for s in senders])
    assert [answer.status for answer in answers] == [200] * 80
    assert all(answer.counts == (1, 0) for answer in answers)
    orders = set().union(*[answer.orders for answer in answers])
    assert len(orders) == 1
    assert eventually(lambda: paired.orders() == {
        order: (1, 'delivered') for order in orders})
    eventually(lambda: False, 0.6)
    assert len(receiver.of(paired)) == 1
    jobs = system.sql("SELECT COUNT(*) FROM job j JOIN registration r ON "
                      "r.line = j.line WHERE r.device_id = '%s'"
                      % paired.device_id)
    assert jobs == [['80']]


def test_one_job_reported_by_many_at_once(paired):
    body = job()
    answers = at_once(*[lambda: paired.report(body, supply(60))] * 30)
    assert sorted(answer.counts for answer in answers) == \
        [(0, 1)] * 29 + [(1, 0)]


def test_starts_and_low_reports_at_once(system, receiver):
    device = system.paired(start=False)
    at_once(*[lambda: device.instruct('start')] * 10
            + [lambda: device.report(supply(3), supply(4, 2))] * 10)
    assert eventually(lambda: len(device.orders()) == 2)
    assert len(receiver.wait(device, 2)) == 2


def test_registers_of_one_lineage_at_once(system):
    first = system.device()
    twins = [system.device(device_id=first.device_id, code=first.code)
             for _ in range(20)]
    answers = at_once(*[twin.register for twin in twins])
    # One that was replaced before its answer was written says so.
    assert {answer.state for answer in answers} <= {'pending', 'ended'}
    statuses = sorted(twin.connect(0).status for twin in twins)
    assert statuses == [200] + [410] * 19
    rows = system.sql("SELECT COUNT(*) FROM registration WHERE device_id = "
                      "'%s' AND live IS NOT NULL" % first.device_id)
    assert rows == [['1']]


def test_registers_of_one_lineage_and_a_browser_at_once(system):
    """The answer that came last may be the lost one: one pairing, and the
    device finds in by registering once more."""
    for _ in range(10):
        device, browser = system.device(), system.browser()
        twins = [system.device(device_id=device.device_id, code=device.code)
                 for _ in range(4)]
        at_once(*[twin.register for twin in twins],
                lambda: browser.submit(device.code))
        rows = system.sql("SELECT state, COUNT(*) FROM registration WHERE "
                          "device_id = '%s' AND live IS NOT NULL GROUP BY "
                          "state" % device.device_id)
        assert ['paired', '1'] in rows, rows
        assert browser.see('/status').screen == 'operate-device'


def test_two_terminals_and_a_device_at_once(system):
    """Whoever comes first: never both, and nobody waits for nothing."""
    for _ in range(15):
        device = system.device()
        browsers = [system.browser(), system.browser()]
        at_once(device.register, *[lambda b=b: b.submit(device.code)
                                   for b in browsers])
        screens = sorted(b.see('/status').screen for b in browsers)
        state = device.connect(0).state
        assert (state, screens) in (
            ('paired', ['code-unknown', 'operate-device']),
            ('pending', ['code-unknown', 'code-unknown']))


def test_two_devices_and_one_terminal_that_waits(system):
    """Of two lineages with its code one gets it."""
    for _ in range(20):
        browser = system.browser()
        first = system.device()
        second = system.device(code=first.code)
        browser.submit(first.code)
        at_once(first.register, second.register)
        states = sorted(d.connect(0).state for d in (first, second))
        assert states == ['paired', 'pending']
        assert browser.see('/status').screen == 'operate-device'


def test_successors_at_once(system):
    """One lineage, registered and typed many times: one pairing in force,
    and one order."""
    for _ in range(5):
        old = system.paired()
        order = set(old.report(supply(5)).orders)
        twins = [system.device(device_id=old.device_id, code=code)
                 for code in (old.code, new_code(), new_code())]
        at_once(*[lambda t=t: t.register(old.token) for t in twins])
        browsers = [system.browser() for _ in twins]
        at_once(*[lambda b=b, t=t: b.submit(t.code)
                  for b, t in zip(browsers, twins)])
        rows = system.sql(
            "SELECT COUNT(*), COUNT(DISTINCT line) FROM registration WHERE "
            "device_id = '%s' AND state = 'paired'" % old.device_id)
        assert old.connect(0).status == 410
        found = [t for t in twins if t.connect(0).status == 200
                 and set(t.orders()) == order]
        assert len(found) == 1, rows
        for twin in twins:
            if twin.connect(0).status == 200:
                twin.instruct('start')
                twin.report(supply(4))
        assert set(found[0].orders()) == order


def test_double_taps_at_once(system, browser, device):
    browser.get('/pair')
    pages = []

    def tap():
        twin = system.browser()
        twin.jar = dict(browser.jar)
        page = twin.submit(device.code)
        pages.append((page, twin))
    at_once(*[tap] * 6)
    assert {page.screen for page, _ in pages} == {'operate-device'}
    assert device.connect(0).version == device.version + 1


def test_ends_at_once(system, paired):
    paired.report(supply(1))
    answers = at_once(*[lambda: paired.instruct('end')] * 5
                      + [paired.browser.release] * 3)
    assert {a.status for a in answers[:5]} <= {200, 410}
    assert paired.connect(0).status == 410
    row = system.sql("SELECT ended_by, version FROM registration WHERE "
                     "device_id = '%s'" % paired.device_id)
    assert row[0][0] in ('device', 'user')
