"""Orders leave: the message, its signature, attempts, cancellation."""
import base64
import email.utils
import json
import os
import re
import shutil
import subprocess
import time

import pytest

from client import supply
from courier import courier  # noqa: F401
from fulfilment import Reply
from system import HERE, eventually


def state(system, order):
    return system.sql("SELECT state FROM supply_order WHERE uuid = '%s'"
                      % order)[0][0]


def test_the_message(system, receiver):
    model = 'Büro &quot;1&quot; \\ &lt;x&gt;'
    device = system.paired(model=model, serial='S/N 7')
    order, = device.report(supply(37, 4, capacity=199)).orders
    asked = time.time()
    hook, = receiver.wait(device)
    number = system.sql("SELECT id FROM registration WHERE device_id = '%s'"
                        % device.device_id)[0][0]
    stamp = hook.message.pop('timestamp')
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', stamp)
    assert hook.message == {'type': 'supply.order', 'data': {
        'order': order, 'test': False,
        'reason': 'level 37 of 199 percent is at or under 20 %',
        'registration': number,
        'device': {'id': device.device_id, 'serialNumber': 'S/N 7',
                   'makeAndModel': 'Büro "1" \\ <x>'},
        'supply': {'index': 4, 'type': 'toner', 'colorant': 'cyan',
                   'percent': 18, 'sku': None}}}
    assert hook.headers['content-type'].startswith('application/json')
    assert hook.headers['webhook-id'] == order
    assert abs(int(hook.headers['webhook-timestamp']) - asked) < 10
    assert re.fullmatch(r'v1,[A-Za-z0-9+/]{43}=',
                        hook.headers['webhook-signature'])


def test_what_is_unknown_is_null(receiver, paired):
    paired.report(supply(1, colorant=None))
    hook, = receiver.wait(paired)
    assert hook.message['data']['supply']['colorant'] is None
    assert hook.message['data']['device']['serialNumber'] is None


def test_the_first_attempt_starts_within_two_seconds(system, receiver):
    times = []
    for _ in range(5):
        device = system.paired()
        begin = time.time()
        device.report(supply(1))
        hook, = receiver.wait(device)
        times.append(hook.at - begin)
    print('first attempts after %s s' % ['%.2f' % t for t in times])
    assert max(times) < 2


@pytest.fixture(scope='session')
def verifier(tmp_path_factory):
    """The reference verifier of Standard Webhooks, from npm."""
    if not shutil.which('npm'):
        pytest.skip('npm is not installed')
    folder = tmp_path_factory.mktemp('verifier')
    environment = dict(os.environ)
    if 'NODE_PATH' not in environment:
        for name in ('package.json', 'package-lock.json'):
            shutil.copy(HERE / name, folder)
        done = subprocess.run(
            ['npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts'],
            cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            pytest.skip('npm ci: ' + done.stderr[-300:])
    (folder / 'verify.js').write_text('''
        const { Webhook } = require('standardwebhooks');
        const { secret, headers, body } =
            JSON.parse(require('fs').readFileSync(0, 'utf8'));
        try {
            const read = new Webhook(secret).verify(body, headers);
            console.log(JSON.stringify(read));
        } catch (error) {
            console.log(String(error));
            process.exit(1);
        }''')

    def verify(secret, headers, body):
        return subprocess.run(
            ['node', 'verify.js'], cwd=folder, text=True, timeout=60,
            env=environment, capture_output=True, input=json.dumps({
                'secret': secret, 'headers': headers, 'body': body}))
    return verify


def test_the_reference_verifier_accepts_it(receiver, paired, verifier):
    paired.report(supply(1, colorant='ünï'))
    hook, = receiver.wait(paired)
    body = hook.raw.decode()
    done = verifier(receiver.secret, hook.headers, body)
    assert done.returncode == 0, done.stdout + done.stderr
    assert hook.message['data']['order'] in done.stdout
    assert verifier(receiver.secret, hook.headers, body + ' ').returncode
    assert verifier('whsec_' + 'A' * 44, hook.headers, body).returncode
    stale = dict(hook.headers, **{'webhook-timestamp': '1'})
    assert verifier(receiver.secret, stale, body).returncode


def test_attempts(system, receiver):
    """Told at once, as they all wait for the same seconds."""
    def order(*replies):
        device = system.paired()
        receiver.answer(device, *replies)
        device.order, = device.report(supply(9)).orders
        return device
    error = order(Reply(500))
    redirect = order(Reply(302, {'Location': receiver.url + '/other'}))
    later = order(Reply(503, {'Retry-After': '9'}))
    dated = order(Reply(429, {'Retry-After': email.utils.formatdate(
        time.time() + 10, usegmt=True)}))
    sooner = order(Reply(503, {'Retry-After': '1'}))
    gone = order(Reply(410))
    fine = order(Reply(299))
    released = order(Reply(500))
    assert receiver.wait(released)
    assert eventually(lambda: state(system, released.order) == 'queued')
    eventually(lambda: False, 0.5)
    released.browser.release()
    assert state(system, released.order) == 'cancelled'

    for device in (error, redirect, sooner, later, dated):
        hooks = receiver.wait(device, 2, 16)
        assert len(hooks) == 2
        assert {hook.headers['webhook-id'] for hook in hooks} == \
            {device.order}
        assert hooks[0].message == hooks[1].message
        gap = hooks[1].at - hooks[0].at
        print('again after %.1f s' % gap)
        assert (8.5 if device in (later, dated) else 4) <= gap < 15
        assert eventually(lambda: device.orders()[device.order][1]
                          == 'delivered')
    assert not receiver.strays, 'a redirect was followed'
    assert gone.orders()[gone.order] == (1, 'failed')
    assert fine.orders()[fine.order] == (1, 'delivered')
    assert len(receiver.of(gone)) == len(receiver.of(fine)) == 1
    assert len(receiver.of(released)) == 1, 'cancelled, and sent again'
    # Failed keeps the episode: nothing else is ordered for it.
    assert set(gone.report(supply(5)).orders) == {gone.order}


@pytest.mark.late
def test_silence_is_a_failure(system, receiver):
    hooks = receiver.wait(system.silent, 2, 60)
    assert len(hooks) == 2
    assert 22 <= hooks[1].at - hooks[0].at <= 45, '20 s, then 5 s and jitter'
    order, = system.silent.orders()
    assert hooks[0].headers['webhook-id'] == order == \
        hooks[1].headers['webhook-id']


def test_after_the_last_attempt_it_failed(system, receiver, paired):
    receiver.answer(paired, Reply(500), Reply(500))
    order, = paired.report(supply(9)).orders
    receiver.wait(paired)
    row = "FROM supply_order WHERE uuid = '%s'" % order
    assert eventually(lambda: system.sql(
        'SELECT lease_until IS NULL ' + row) == [['1']])
    due, = system.sql('SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), due_at) '
                      + row)[0]
    assert 2 <= int(due) <= 10
    version = paired.connect(0).version
    system.sql("UPDATE supply_order SET attempts = 9, due_at = "
               "UTC_TIMESTAMP() WHERE uuid = '%s'" % order)
    assert eventually(lambda: paired.orders()[order] == (1, 'failed'))
    assert paired.connect(0).version == version + 1
    assert set(paired.report(supply(5)).orders) == {order}
    assert len(receiver.of(paired)) == 2


@pytest.mark.parametrize('attempt,delay', [
    (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, 50400),
    (8, 72000), (9, 86400)])
def test_the_delays(system, receiver, paired, attempt, delay):
    receiver.answer(paired, Reply(500), Reply(500))
    order, = paired.report(supply(9)).orders
    assert receiver.wait(paired)
    row = "FROM supply_order WHERE uuid = '%s'" % order
    assert eventually(lambda: system.sql(
        'SELECT lease_until IS NULL ' + row) == [['1']])
    system.sql("UPDATE supply_order SET attempts = %d, due_at = "
               "UTC_TIMESTAMP() WHERE uuid = '%s'" % (attempt - 1, order))
    assert len(receiver.wait(paired, 2)) == 2
    left = eventually(lambda: [due for due, in system.sql(
        'SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), due_at) ' + row
        + ' AND lease_until IS NULL AND due_at > UTC_TIMESTAMP()')])
    assert left and 0.7 * delay <= int(left[0]) <= 1.4 * delay, left
    paired.instruct('end')


def test_an_attempt_in_flight_counts_as_its_answer_says(system, receiver):
    told = {}
    for status in (204, 500):
        device = system.paired()
        receiver.answer(device, Reply(status, wait_s=1.5))
        told[status], = device.report(supply(9)).orders
        assert receiver.wait(device)
        device.browser.release()
        assert state(system, told[status]) == 'cancelled'
    assert eventually(lambda: state(system, told[204]) == 'delivered')
    eventually(lambda: False, 1)
    assert state(system, told[500]) == 'cancelled'


def test_the_operator_s_end_cancels_too(system, receiver, paired):
    system.part('stop', 'deliver')
    try:
        order, = paired.report(supply(9)).orders
        system.sql("CALL end_registration((SELECT id FROM registration WHERE "
                   "device_id = '%s'), 'operator', @ended)"
                   % paired.device_id)
        assert state(system, order) == 'cancelled'
    finally:
        system.part('start', 'deliver')
    eventually(lambda: False, 1)
    assert not receiver.of(paired)


def test_many_couriers_deliver_once(system, receiver):
    """Several deliver at once; one is killed with orders in flight."""
    system.part('stop', 'deliver')
    devices = [system.paired() for _ in range(25)]
    for device in devices:
        device.order, = device.report(supply(9)).orders
        receiver.answer(device, Reply(204, wait_s=0.05))
    couriers = [subprocess.Popen(
        [str(system.prefix / 'bin' / 'tallystick'), '-c', str(system.conf),
         'deliver', '--watch'], stderr=subprocess.DEVNULL,
        **system.as_owner()) for _ in range(5)]
    try:
        for device in devices:
            assert receiver.wait(device)
        for device in devices:
            assert eventually(lambda: device.orders()[device.order][1]
                              == 'delivered')
        assert [len(receiver.of(device)) for device in devices] == [1] * 25
    finally:
        for courier in couriers:
            courier.terminate()
        for courier in couriers:
            courier.wait(30)
        system.part('start', 'deliver')


def test_deliver_once(system, receiver, paired):
    system.part('stop', 'deliver')
    try:
        order, = paired.report(supply(9)).orders
        done = system.command('deliver')
        assert done.returncode == 0, done.stderr
        assert state(system, order) == 'delivered'
        assert len(receiver.of(paired)) == 1
    finally:
        system.part('start', 'deliver')


def test_without_a_target_orders_stay_queued(system, receiver, paired):
    with system.configured(['deliver'], webhook_url=''):
        order, = paired.report(supply(9)).orders
        eventually(lambda: False, 1.5)
        assert state(system, order) == 'queued'
        said = system.command('doctor')
        assert 'webhook' in said.stdout + said.stderr
    assert receiver.wait(paired)


def test_other_targets_only_if_they_are_named(receiver, paired,
                                              courier):  # noqa: F811
    """What is not https at a public address: exactly that host and port."""
    order, = paired.report(supply(9)).orders
    url, port = receiver.url, receiver.port
    done = courier(webhook_allow=['127.0.0.1:%d' % (port + 1)])
    assert done.returncode and 'webhook-allow' in done.stderr
    done = courier(webhook_allow=['localhost:%d' % port])
    assert done.returncode and 'webhook-allow' in done.stderr
    for host in ('127.0.0.1', 'localhost', '[::1]'):
        courier(webhook_allow=['other.example:1'],
                webhook_url=['https://%s:%d/hook' % (host, port)])
        assert paired.orders()[order][1] == 'queued'
    assert not receiver.of(paired)
    assert url == receiver.url


def test_several_secrets_while_one_is_being_changed(
        system, receiver, paired, courier, verifier):  # noqa: F811
    order, = paired.report(supply(9)).orders
    files = []
    secrets = ['whsec_' + base64.b64encode(os.urandom(24)).decode(),
               receiver.secret]
    for count, secret in enumerate(secrets):
        path = system.run / 'tmp' / ('secret%d' % count)
        path.write_text(secret + '\n')
        path.chmod(0o600)
        system.give(path)
        files.append(path)
    done = courier(webhook_secret=files)
    assert done.returncode == 0, done.stderr
    hook, = receiver.wait(paired)
    signatures = hook.headers['webhook-signature'].split(' ')
    assert len(signatures) == 2
    for secret, own in zip(secrets, signatures):
        done = verifier(secret, hook.headers, hook.raw.decode())
        assert done.returncode == 0, done.stdout
        # In the order of the configuration, the newest first.
        for other in secrets:
            done = verifier(other, dict(hook.headers, **{
                'webhook-signature': own}), hook.raw.decode())
            assert (done.returncode == 0) == (other == secret)
    assert paired.orders() == {order: (1, 'delivered')}
