"""Where orders may go: https at public addresses, and what is named."""
import re
import time

import pytest
from client import supply
from courier import courier, due_now, names, order_row  # noqa: F401
from receiver import RawReceiver
from test_webhook_tls import authority, context  # noqa: F401

PUBLIC, PUBLIC6 = '198.41.0.4', '2001:503:ba3e::2:30'
# One of each kind; t/test_webhook.c knows their borders.
REFUSED = [
    '127.0.0.1', '0.0.0.0', '10.0.0.1', '100.64.0.1', '169.254.169.254',
    '192.0.2.1', '224.0.0.1', '::', '::1', '::ffff:198.41.0.4',
    '64:ff9b::7f00:1', '2001:0:7f00:1::', '2002:7f00:1::1', 'fd00:ec2::254',
    'fe80::1', 'ff02::1']
WRITTEN = [
    'localhost', 'localhost.', 'LOCALHOST', '127.0.0.1', '127.1', '127.0.1',
    '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001',
    '127.0.0.1.', '0', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '\u2460\u2461\u2467.0.0.1',
    '%31%32%37.0.0.1']
URLS = [
    'http://orders.example/', 'HTTP://orders.example/', 'orders.example',
    '//orders.example/', 'https://', 'https:///', 'ftp://orders.example/',
    'file:///etc/passwd', 'file://orders.example/x', 'gopher://orders.example',
    'dict://orders.example:443/', 'telnet://orders.example',
    'smtp://orders.example', 'ldap://orders.example', 'https+unix://x/',
    'javascript:alert(1)', 'https://a@orders.example/',
    'https://a:b@orders.example/', 'https://@orders.example/',
    'https://orders.example@127.0.0.1/', 'https://orders.example/#x',
    'https://[fe80::1%25lo]/', 'https://orders.example:99999/',
    'https://orders.example:-1/', 'https://orders.example:x/',
    'https://127.0.0.1\\@orders.example/', 'https://orders.example\\/',
    'https://a b.example/', 'https://[::1/', 'https://[x]/']


@pytest.fixture
def order(courier, paired):  # noqa: F811
    """It waits for the test's own couriers."""
    order, = paired.report(supply(9)).orders
    yield order
    paired.instruct('end')


def attempt(system, order, courier, **more):  # noqa: F811
    due_now(system, order)
    done = courier(**more)
    assert done.returncode == 0, done.stderr
    return order_row(system, order, 'state, last_answer')


def test_names_of_addresses_within(system, courier, order, names):  # noqa: F811
    """Each alone, and all at once."""
    for answers in REFUSED + [','.join(REFUSED)]:
        state, answer = attempt(system, order, courier,
                                environment=names(answers),
                                webhook_url='https://orders.example/hook')
        assert state == 'queued' and 'not public' in answer, (answers, answer)
        assert names.connects() == []
        system.sql("UPDATE supply_order SET attempts = 0 WHERE uuid = '%s'"
                   % order)


def test_a_public_one_among_others(system, courier, order, names):  # noqa: F811
    answers = ','.join(['10.0.0.1', PUBLIC, '::1', PUBLIC6, '127.0.0.1'])
    state, _ = attempt(system, order, courier, environment=names(answers),
                       webhook_url='https://orders.example/hook')
    assert state == 'queued'
    assert set(names.connects()) == {PUBLIC + '/443', PUBLIC6 + '/443'}


def test_other_ways_to_write_this_machine(system, courier,  # noqa: F811
                                          order, names):
    raw = RawReceiver()
    for host in WRITTEN:
        due_now(system, order)
        done = courier(environment=names(''),
                       webhook_allow='other.example:443',
                       webhook_url='https://%s:%d/hook' % (host, raw.port))
        assert done.returncode in (0, 78), (host, done.stderr)
        assert order_row(system, order, 'state') == ['queued'], host
        assert names.connects() == [], host
        system.sql("UPDATE supply_order SET attempts = 0 WHERE uuid = '%s'"
                   % order)
    assert not raw.times and not raw.refused
    raw.stop()


def test_urls_of_another_form_stop_the_start(system, courier, names):  # noqa: F811
    for url in URLS:
        done = courier(environment=names(PUBLIC), webhook_url=url)
        assert done.returncode == 78, (url, done.stderr)
        assert 'webhook-url' in done.stderr and names.connects() == [], url
    said = system.command('doctor', conf=courier.conf).stdout
    assert re.search('FAIL.*webhook-url', said), said


def test_a_name_that_changes(system, courier, order, names,  # noqa: F811
                             authority, context):
    """Public for who asks first, this machine for who asks then: it is asked
    for once, and what was judged is what is connected to."""
    raw = RawReceiver(context('orders.example'))
    routes = '%s/443=%d,127.0.0.1/443=%d' % (PUBLIC, raw.port, raw.port)
    keys = {'webhook_ca': authority.file,
            'webhook_url': 'https://orders.example/hook'}
    for answers in ('127.0.0.1|' + PUBLIC, '127.0.0.1'):
        state, answer = attempt(system, order, courier, environment=names(
            answers, routes), **keys)
        assert state == 'queued' and 'not public' in answer
        assert names.connects() == [] and not raw.times
    state, answer = attempt(system, order, courier, environment=names(
        PUBLIC + '|127.0.0.1', routes), **keys)
    assert (state, answer) == ('delivered', 'HTTP 204')
    assert names.connects() == [PUBLIC + '/443']
    raw.stop()


def test_a_resolver_that_hangs(system, courier, order, names):  # noqa: F811
    """It costs its attempt 10 s and holds up nobody else."""
    begin = time.monotonic()
    state, answer = attempt(system, order, courier, environment=names('hang'),
                            webhook_url='https://orders.example/hook')
    took = time.monotonic() - begin
    print('given up after %.1f s: %s' % (took, answer))
    assert state == 'queued' and answer.startswith('Resolving timed out')
    assert took < 15


def test_exactly_that_host_and_port(system, courier, order, names):  # noqa: F811
    """A name within is used only as it is named."""
    raw = RawReceiver()
    url = 'http://orders.example:%d/hook' % raw.port
    for allow in ('orders.example:%d' % (raw.port + 1), 'orders.example',
                  'example:%d' % raw.port, 'x.orders.example:%d' % raw.port,
                  'orders.example.:%d' % raw.port, '*:%d' % raw.port,
                  '127.0.0.1:%d' % raw.port,
                  'http://orders.example:%d' % raw.port,
                  'orders.example:%d/hook' % raw.port):
        done = courier(environment=names('127.0.0.1'), webhook_url=url,
                       webhook_allow=allow)
        assert done.returncode == 78 and 'webhook-allow' in done.stderr, allow
    assert not raw.times
    done = courier(environment=names('127.0.0.1'), webhook_url=url,
                   webhook_allow=['other.example:1', 'Orders.Example:%d'
                                  % raw.port])
    assert done.returncode == 0, done.stderr
    assert order_row(system, order, 'state') == ['delivered']
    raw.stop()
