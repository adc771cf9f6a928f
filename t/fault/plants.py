"""Violations to plant in what a run left: in the store, in the journal of the
clients, in that of the fulfilment side. Each has the check that must tell it
and the begin of its sentence.
"""
import copy
import json

import invariants


def sql(*statements):
    def plant(world):
        world.store_changed = True
        for statement in statements:
            done = world.system.mariadb('client-root', statement)
            assert done.returncode == 0, done.stderr
    return plant


def acknowledged_report(world, count=1, **more):
    """One whose jobs all are still as they were stored."""
    found = world.system.sql('SELECT LOWER(HEX(job)) FROM job')
    stored = {name for name, in found}
    for entry in world.journal.of('report'):
        names = [name.replace('-', '') for name in entry.jobs]
        if entry.acknowledged and len(names) >= count and stored.issuperset(
                names) and all(getattr(entry, name) == value
                               for name, value in more.items()):
            return entry, names
    raise AssertionError('no such report')


def of_job(statement, count=1):
    """The statement with the number of an acknowledged job."""
    def plant(world):
        _, names = acknowledged_report(world, count)
        sql(statement % names[0])(world)
    return plant


def half_a_report(world):
    entry, names = acknowledged_report(world, 2)
    for other in world.journal.of('report'):
        if other.jobs == entry.jobs:
            other.status = None
    sql("DELETE FROM job WHERE job = UNHEX('%s')" % names[0])(world)


def receipt(check, change):
    """A journal that tells another receipt than there was."""
    def plant(world):
        entry = [entry for entry in world.journal.of('report')
                 if entry.acknowledged and check(entry)][-1]
        entry.told = copy.deepcopy(entry.told)
        change(entry.told)
    return plant


def other_id(told):
    told['orders'] = {'not ' + name: what
                      for name, what in told['orders'].items()}


def once_more(world):
    """A supply's second receipt tells another order than its first."""
    before = {}
    for entry in world.journal.of('report'):
        if entry.acknowledged and entry.sequence and max(entry.levels) < 40:
            orders = set(entry.told['orders'])
            if orders and orders <= before.get(entry.device, set()):
                entry.told = copy.deepcopy(entry.told)
                return other_id(entry.told)
            before[entry.device] = orders
        elif getattr(entry, 'device', None):
            before.pop(entry.device, None)
    raise AssertionError('no such receipts')


def last(kind, **facts):
    def plant(world):
        entry = [entry for entry in world.journal.of(kind)
                 if entry.status == 200][0]
        entry.told = dict(entry.told, **facts)
        entry.status = facts.get('status', entry.status)
    return plant


def of_attempt(change):
    """A fulfilment side that tells of another attempt than there was."""
    def plant(world):
        delivered = {name for name, in world.system.sql(
            "SELECT uuid FROM supply_order WHERE state = 'delivered'")}
        attempts = world.warehouse.attempts
        change([attempt for attempt in attempts
                if attempt.order == [a.order for a in attempts
                                     if a.order in delivered][0]])
    return plant


def nobody_asked(kind):
    """A journal without a request of this kind."""
    def plant(world):
        for entry in world.journal.of(kind):
            entry.kind = 'nothing'
    return plant


def in_two_forms(world):
    again = copy.copy(world.warehouse.attempts[0])
    other_form([again])
    world.warehouse.attempts.append(again)


def signed_by_another(world):
    attempt = world.warehouse.attempts[0]
    world.warehouse.take({
        'webhook-id': attempt.order, 'webhook-timestamp': '1',
        'webhook-signature': 'v1,AAAA'}, json.dumps(attempt.message).encode())


def refuse_all(attempts):
    for attempt in attempts:
        attempt.mood = 'fails'


def other_form(attempts):
    attempts[0].message = copy.deepcopy(attempts[0].message)
    attempts[0].message['data']['supply']['percent'] += 1


PAIRED = "(SELECT MAX(id) FROM registration WHERE state = 'paired')"
ANY_ORDER = "(SELECT MIN(id) FROM supply_order WHERE state = '%s')"
WAITING = (
    "INSERT INTO submission SELECT UNHEX(REPEAT('0C', 16)), "
    "UNHEX(REPEAT('0D', 16)), UNHEX(REPEAT('0E', 16)), UTC_TIMESTAMP(), "
    "UTC_TIMESTAMP() + INTERVAL 9 MINUTE, UTC_TIMESTAMP() + INTERVAL 9 MINUTE")
TWINS = sql(
    'ALTER TABLE registration DROP KEY one_paired_one_pending_a_lineage, '
    'DROP KEY one_paired_a_line',
    "UPDATE registration SET state = 'paired' WHERE paired_at IS NOT NULL")
FAILED = sql("UPDATE supply_order SET state = 'failed' WHERE state = "
             "'delivered'")
PLANTED = (
    ('reports', 'an acknowledged job is lost',
     of_job("DELETE FROM job WHERE job = UNHEX('%s')")),
    ('reports', 'half a report is stored', half_a_report),
    ('reports', 'a job is stored twice', of_job(
        'INSERT INTO job SELECT 4000000000, job, kind, state, completed_at, '
        'received_at, impressions, impressions_full_color, media_sheets FROM '
        "job WHERE job = UNHEX('%s')")),
    ('reports', 'a job is stored otherwise than sent', of_job(
        'UPDATE job SET impressions = impressions + 1 WHERE job = '
        "UNHEX('%s')")),
    ('reports', 'a job that nobody sent', of_job(
        'UPDATE job SET job = UNHEX(REPEAT(\'0F\', 16)) WHERE job = '
        "UNHEX('%s')")),
    ('reports', 'a receipt that counts wrongly', receipt(
        lambda entry: True, lambda told: told.update(counts=(0, 0)))),
    ('histories', 'a low supply without an order', receipt(
        lambda entry: min(entry.levels) <= 20 and entry.told['orders'],
        lambda told: told.update(orders={}))),
    ('histories', 'a full supply with an open order', receipt(
        lambda entry: min(entry.levels) >= invariants.FULL,
        lambda told: told.update(orders={'an order': (1, 'queued')}))),
    ('histories', 'two orders of one supply', receipt(
        lambda entry: entry.levels,
        lambda told: told.update(orders={'an order': (1, 'queued'),
                                         'another': (1, 'queued')}))),
    ('histories', 'ordered once more', once_more),
    ('told', 'an order was told that does not exist', receipt(
        lambda entry: entry.told['orders'], other_id)),
    ('told', 'a delivery that was told is lost', FAILED),
    ('deliveries', 'signature of', signed_by_another),
    ('deliveries', 'an order that was sent in two forms', in_two_forms),
    ('deliveries', 'an order failed for nothing', FAILED),
    ('deliveries', 'a delivery that never was', of_attempt(refuse_all)),
    ('deliveries', 'an order that says', of_attempt(other_form)),
    ('deliveries', 'an order that was never delivered', sql(
        "UPDATE supply_order SET state = 'queued', due_at = UTC_TIMESTAMP() "
        "+ INTERVAL 1 DAY WHERE id = "
        + ANY_ORDER % 'delivered')),
    ('deliveries', 'an order cancelled for nothing', sql(
        "UPDATE supply_order o SET o.state = 'cancelled' WHERE NOT EXISTS "
        "(SELECT 1 FROM registration r WHERE r.line = o.line AND r.ended_by "
        "IN ('user', 'device', 'operator')) ORDER BY id LIMIT 1")),
    ('deliveries', 'fulfilment got an order that does not exist', sql(
        'DELETE FROM supply_order WHERE id = ' + ANY_ORDER % 'delivered')),
    ('store', 'two orders of one episode', sql(
        'ALTER TABLE supply_order DROP KEY one_order_an_episode, DROP KEY '
        'uuid', 'INSERT INTO supply_order (uuid, line, slot, episode, '
        'registration, reason, type, percent, state, created_at, changed_at, '
        'due_at) SELECT UUID(), line, slot, episode, registration, reason, '
        'type, percent, state, created_at, changed_at, due_at FROM '
        'supply_order LIMIT 1')),
    ('store', 'an order of no episode or no pairing', sql(
        'UPDATE supply_order SET episode = 4000000000 LIMIT 1')),
    ('store', 'an order delivered without an attempt', sql(
        "UPDATE supply_order SET attempts = 0 WHERE state = 'delivered'")),
    ('store', 'an order queued in the name of an ended pairing', sql(
        "UPDATE supply_order SET state = 'queued', due_at = UTC_TIMESTAMP() "
        "+ INTERVAL 1 DAY", "UPDATE registration SET state = 'ended'")),
    ('store', 'a supply that is low and was not ordered', sql(
        "UPDATE registration r JOIN supply s ON s.line = r.line SET "
        "r.levels = NULL, s.level = 3, s.episode = (SELECT MAX(episode) + 1 "
        "FROM episode e WHERE e.line = s.line) WHERE r.state = 'paired' AND "
        "r.service = 'started'")),
    ('histories', 'its levels are', sql(
        "UPDATE registration r JOIN supply s ON s.line = r.line SET "
        "r.levels = NULL, s.level = 200 WHERE r.state = 'paired'")),
    ('store', 'supplies of no history or no episode', sql(
        'UPDATE supply SET line = 4000000000 LIMIT 1')),
    ('store', 'a registration that tells other orders', sql(
        "UPDATE registration SET orders = '7 queued x' WHERE id = "
        + PAIRED)),
    ('histories', 'an instruction without effect',
     last('instruct', service='neither')),
    ('histories', 'its service is not as instructed', sql(
        "UPDATE registration SET service = IF(service = 'started', "
        "'stopped', 'started'), started_at = UTC_TIMESTAMP() WHERE state = "
        "'paired'")),
    ('histories', 'more registrations than requests',
     nobody_asked('register')),
    ('histories', 'more pairings than codes typed', nobody_asked('pair')),
    ('histories', 'ended by operator, which nothing explains', sql(
        "UPDATE registration SET ended_by = 'operator' WHERE ended_by = "
        "'replaced' OR ended_by = 'superseded'")),
    ('histories', 'its history was torn', sql(
        "UPDATE registration SET line = id WHERE line <> id AND live IS "
        "NULL")),
    ('histories', '0 pairings in force, not 1', sql(
        "UPDATE registration SET state = 'ended', ended_by = 'user', "
        "ended_at = UTC_TIMESTAMP() WHERE id = " + PAIRED)),
    ('histories', 'an acknowledged pairing is lost', sql(
        'UPDATE registration SET paired_at = NULL WHERE id = ' + PAIRED)),
    ('store', 'a pairing that is not whole', sql(
        'UPDATE registration SET ended_at = paired_at WHERE id = '
        + PAIRED)),
    ('store', 'a pending registration that is not whole', sql(
        "UPDATE registration SET state = 'pending' WHERE id = " + PAIRED)),
    ('store', 'an end that is not whole', sql(
        "UPDATE registration SET state = 'ended' WHERE id = " + PAIRED)),
    ('store', 'a code kept by what does not pend', sql(
        "UPDATE registration SET code = UNHEX(REPEAT('0C', 16)) WHERE id = "
        + PAIRED)),
    ('store', 'a device that pends while one terminal waits', sql(
        "UPDATE registration SET state = 'pending', code = UNHEX(REPEAT('0C', "
        "16)), expires_at = UTC_TIMESTAMP() + INTERVAL 1 HOUR WHERE id = "
        + PAIRED, WAITING)),
    ('store', 'a terminal that waits with a code matched since', sql(
        WAITING, "INSERT INTO code (code, erase_at, matched_at) VALUES "
        "(UNHEX(REPEAT('0C', 16)), UTC_TIMESTAMP(), UTC_TIMESTAMP())")),
    ('store', 'two pairings of one lineage', TWINS),
    ('store', 'two pairings of one history', TWINS),
    ('store', 'a session that holds what is no pairing', sql(
        "INSERT INTO holding VALUES (UNHEX(REPEAT('0E', 16)), 4000000000, "
        "UTC_TIMESTAMP())")),
    ('store', 'a session that holds too much', sql(
        "INSERT INTO holding SELECT UNHEX(REPEAT('0E', 16)), seq, "
        "UTC_TIMESTAMP() FROM seq_1_to_33")),
    ('store', 'jobs of no history', sql(
        'UPDATE job SET line = 4000000000 LIMIT 1')),
    ('store', 'a token both replaced and in force', sql(
        'INSERT INTO replaced_token SELECT token, UTC_TIMESTAMP() FROM '
        'registration WHERE id = ' + PAIRED)),
    ('tables', 'mariadb-check', sql(
        'CREATE TABLE gone (a INT)', 'CREATE VIEW broken AS SELECT * FROM '
        'gone', 'DROP TABLE gone')),
    ('versions', 'a version that shrank', last('last-connect', version=1)),
    ('at_last', 'a token that does not do as acknowledged',
     last('last-connect', status=401)),
    ('at_last', 'a device that stands otherwise',
     last('last-connect', state='pending')),
    ('at_last', 'a terminal that stands otherwise',
     last('last-status', screen='enter-code')),
)
