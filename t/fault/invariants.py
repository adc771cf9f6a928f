"""What must hold whatever was killed: store, journal of the clients and
journal of the fulfilment side held against each other.

violations(world) is all of it. store(system) alone needs no journal. Each
returns sentences, one a violation; none: all is well.
"""
import collections

LOW, FULL = 20, 40	# percent: ordered at, a new cartridge from
OVERTAKEN_S = 60	# so much later an unanswered request may act yet
FORETOLD_S = 0.5	# so much later a commit is durable that can be read

# Statements that find nothing in a store that is whole.
NEVER = (
    ('two pairings of one lineage',
     "SELECT device_id, COUNT(*) FROM registration WHERE state = 'paired' "
     "GROUP BY device_id, lineage HAVING COUNT(*) > 1"),
    ('two pairings of one history',
     "SELECT line, COUNT(*) FROM registration WHERE state = 'paired' "
     "GROUP BY line HAVING COUNT(*) > 1"),
    ('a pairing that is not whole',
     "SELECT id, device_id FROM registration WHERE state = 'paired' AND "
     "(line IS NULL OR paired_at IS NULL OR token IS NULL OR place IS NOT "
     "NULL OR ended_at IS NOT NULL OR ended_by IS NOT NULL "
     "OR (service = 'started' AND started_at IS NULL))"),
    ('a pending registration that is not whole',
     "SELECT id, device_id FROM registration WHERE state = 'pending' AND "
     "(code IS NULL OR line IS NOT NULL OR paired_at IS NOT NULL OR token IS "
     "NULL OR ended_at IS NOT NULL OR service = 'started')"),
    ('an end that is not whole',
     "SELECT id, device_id FROM registration WHERE state = 'ended' AND "
     "(ended_at IS NULL OR ended_by IS NULL OR place IS NOT NULL "
     "OR (paired_at IS NULL) <> (line IS NULL))"),
    ('a code kept by what does not pend',
     "SELECT id, device_id FROM registration WHERE state <> 'pending' AND "
     "code IS NOT NULL"),
    ('a device that pends while one terminal waits with its code',
     "SELECT r.device_id, r.created_at, s.submitted_at FROM registration r "
     "JOIN submission s ON s.code = r.code WHERE r.state = 'pending' AND "
     "r.expires_at > UTC_TIMESTAMP() AND s.waits_until > UTC_TIMESTAMP()"),
    ('a terminal that waits with a code matched since',
     "SELECT c.matched_registration, s.submitted_at FROM submission s JOIN "
     "code c ON c.code = s.code WHERE s.waits_until > UTC_TIMESTAMP() AND "
     "c.matched_at > UTC_TIMESTAMP() - INTERVAL 10 MINUTE"),
    ('a session that holds what is no pairing',
     "SELECT h.registration FROM holding h LEFT JOIN registration r ON r.id "
     "= h.registration WHERE r.paired_at IS NULL"),
    ('a session that holds too much',
     "SELECT COUNT(*) FROM holding GROUP BY session HAVING COUNT(*) > 32"),
    ('a token both replaced and in force',
     "SELECT r.id FROM registration r JOIN replaced_token t ON t.token = "
     "r.token"),
    ('jobs of no history',
     "SELECT DISTINCT j.line FROM job j LEFT JOIN registration r ON r.line "
     "= j.line WHERE r.id IS NULL"),
    ('supplies of no history or no episode',
     "SELECT s.line, s.slot, s.episode FROM supply s LEFT JOIN registration "
     "r ON r.line = s.line LEFT JOIN episode e ON e.line = s.line AND "
     "e.slot = s.slot AND e.episode = s.episode WHERE r.id IS NULL OR "
     "(s.episode IS NOT NULL AND e.line IS NULL)"),
    ('two orders of one episode',
     "SELECT line, slot, episode, COUNT(*) FROM supply_order GROUP BY line, "
     "slot, episode HAVING COUNT(*) > 1"),
    ('an order of no episode or no pairing',
     "SELECT o.uuid FROM supply_order o LEFT JOIN episode e ON e.line = "
     "o.line AND e.slot = o.slot AND e.episode = o.episode LEFT JOIN "
     "registration r ON r.id = o.registration WHERE e.line IS NULL OR "
     "r.paired_at IS NULL OR r.line <> o.line"),
    ('a supply that is low and was not ordered',
     "SELECT r.device_id, s.slot, s.level FROM registration r JOIN "
     "supply_now s ON s.registration = r.id LEFT JOIN supply_order o ON "
     "o.line = s.line AND o.slot = s.slot AND o.episode = s.episode WHERE "
     "r.state = 'paired' AND r.service = 'started' AND s.class = "
     "'supplyThatIsConsumed' AND s.level BETWEEN 0 AND s.max_capacity AND "
     "s.level * 100 <= s.max_capacity * %d AND o.id IS NULL" % LOW),
    ('a registration that tells other orders than there are',
     "SELECT r.device_id, r.orders FROM registration r WHERE r.state = "
     "'paired' AND NOT r.orders <=> (SELECT GROUP_CONCAT(CONCAT_WS(' ', "
     "o.slot, o.state, o.uuid) ORDER BY o.slot SEPARATOR '\\n' LIMIT 64) "
     "FROM supply s JOIN supply_order o ON o.line = s.line AND o.slot = "
     "s.slot AND o.episode = s.episode WHERE s.line = r.line)"),
    ('an order delivered without an attempt',
     "SELECT uuid FROM supply_order WHERE state = 'delivered' AND attempts "
     "= 0"),
    ('an order queued in the name of an ended pairing',
     "SELECT o.uuid FROM supply_order o WHERE o.state = 'queued' AND NOT "
     "EXISTS (SELECT 1 FROM registration r WHERE r.line = o.line AND "
     "r.live = 1)"),
)


def store(system):
    """Unique keys, states, references: what the tables alone must show."""
    for sentence, statement in NEVER:
        for row in system.sql(statement)[:5]:
            yield '%s: %s' % (sentence, ' '.join(row))


def tables(system):
    """CHECK constraints, indexes and views, as the server sees them."""
    done = system.mariadb('client-root', '', tool='mariadb-check',
                          options=('--check', '--extended',
                                   '--process-views=YES'))
    for line in done.stdout.splitlines():
        if not line.endswith('OK'):
            yield 'mariadb-check: %s' % line
    if done.returncode != 0 or 'OK' not in done.stdout:
        yield 'mariadb-check: %s' % done.stderr


def reports(system, journal):
    """Jobs of an acknowledged report stored once, of another once or not
    at all, and all of them or none."""
    found = collections.defaultdict(list)
    for name, impressions in system.sql('SELECT LOWER(HEX(job)), impressions '
                                        'FROM job'):
        found[name].append(int(impressions))
    acknowledged, sent = set(), {}
    for entry in journal.of('report'):
        jobs = tuple(sorted(entry.jobs.items()))
        sent[jobs] = entry
        if entry.acknowledged:
            acknowledged.add(jobs)
            if sum(entry.told['counts']) != len(jobs):
                yield 'a receipt that counts wrongly: %r' % entry
    for jobs, entry in sent.items():
        stored = [found.pop(name.replace('-', ''), []) for name, _ in jobs]
        there = sum(map(bool, stored))
        if jobs in acknowledged and there < len(jobs):
            yield 'an acknowledged job is lost: %r' % entry
        if 0 < there < len(jobs):
            yield 'half a report is stored: %r' % entry
        if any(len(times) > 1 for times in stored):
            yield 'a job is stored twice: %r' % entry
        if any(times and times != [impressions] for times, (_, impressions)
               in zip(stored, jobs)):
            yield 'a job is stored otherwise than sent: %r' % entry
    for name in list(found)[:5]:
        yield 'a job that nobody sent: %s' % name


def deliveries(system, warehouse):
    """What fulfilment received is what was ordered, and all of it."""
    yield from warehouse.faults
    attempts = collections.defaultdict(list)
    for attempt in warehouse.attempts:
        attempts[attempt.order].append(attempt)
    orders = {row[0]: row[1:] for row in system.sql(
        'SELECT o.uuid, o.state, o.slot, o.type, o.percent, o.registration, '
        'r.device_id, EXISTS (SELECT 1 FROM registration e WHERE e.line = '
        "o.line AND e.ended_by IN ('user', 'device', 'operator') AND "
        'e.ended_at >= o.created_at) FROM supply_order o JOIN registration r '
        'ON r.id = o.registration')}
    for name, made in attempts.items():
        if name not in orders:
            yield 'fulfilment got an order that does not exist: %s' % name
            continue
        if any(other.message != made[0].message for other in made):
            yield 'an order that was sent in two forms: %s' % name
        data = made[0].message['data']
        said = [str(data['supply']['index']), data['supply']['type'],
                str(data['supply']['percent']), data['registration'],
                data['device']['id']]
        if data['order'] != name or said != orders[name][1:6]:
            yield 'an order that says %s, not %s' % (data, orders[name])
    for name, (state, *_, ended) in orders.items():
        moods = [attempt.mood for attempt in attempts[name]]
        good = any(attempt.accepted for attempt in attempts[name])
        if state == 'queued':
            yield 'an order that was never delivered: %s %s' % (name, moods)
        if state == 'delivered' and not good:
            yield 'a delivery that never was: %s %s' % (name, moods)
        if state == 'failed' and 'gone' not in moods:
            yield 'an order failed for nothing: %s %s' % (name, moods)
        if state == 'cancelled' and ended != '1':
            yield 'an order cancelled for nothing: %s' % name


def foretold(journal, entry):
    """Whether it may tell a change that the database lost: without a binary
    log MariaDB lets others read a commit a moment before it is durable. Who
    made the change was not answered yet; who only reads was."""
    return entry.kind in ('connect', 'hold') and any(
        entry.begun <= death <= entry.until + FORETOLD_S
        for death in journal.deaths)


def versions(journal, lost=None):
    """A version only grows, as seen by whoever asks one after another. lost:
    takes the answers that a later one contradicts since the database died."""
    moments = []
    for entry in journal.entries:
        if entry.acknowledged and 'version' in entry.told \
                and getattr(entry, 'token', None):
            moments += [(entry.begun, 0, entry), (entry.until, 1, entry)]
    newest, doubtful, at_begin = {}, {}, {}
    for _, ended, entry in sorted(moments, key=lambda moment: moment[:2]):
        version = entry.told['version']
        if not ended:
            at_begin[entry.number] = newest.get(entry.token, 0)
            doubt = doubtful.pop(entry.token, None)
            if lost is not None and doubt and doubt.told['version'] > version:
                lost.append(doubt)
        elif version < at_begin[entry.number]:
            yield 'a version that shrank: %r' % entry
        if ended and foretold(journal, entry):
            doubtful[entry.token] = entry
        elif ended:
            newest[entry.token] = max(newest.get(entry.token, 0), version)


class Life:
    """One device's story as its journal tells it, in order."""

    def __init__(self):
        self.sent = collections.Counter()
        self.alive = False		# paired, as far as acknowledged
        self.pairings = 0
        self.service = None		# as acknowledged
        self.services = set()		# what may be
        self.unknown = []		# instructions that got no answer
        self.levels = []		# what may be the newest
        self.acknowledged = 0		# reports
        self.past, self.current = set(), {}	# orders by slot
        self.strange = []

    def take(self, entry):
        self.sent[entry.kind] += 1
        if entry.kind == 'paired':
            self.alive, self.pairings = True, self.pairings + 1
            self.service, self.unknown = 'stopped', []
        elif entry.kind == 'instruct':
            self.take_instruction(entry)
        elif entry.kind in ('release', 'ended') and entry.acknowledged:
            self.alive = False
        elif entry.kind == 'report':
            self.take_report(entry)

    def take_instruction(self, entry):
        service = {'start': 'started', 'stop': 'stopped', 'end': None}[
            entry.action]
        self.sent[entry.action] += 1
        if entry.unknown:
            self.unknown.append((entry.begun, service))
        if entry.acknowledged:
            self.alive = service is not None
            self.service = service
            if entry.told['service'] != (service or 'stopped'):
                self.tell('an instruction without effect', entry)
        self.services = {self.service} | {
            other for begun, other in self.unknown
            if begun > entry.begun - OVERTAKEN_S}

    def take_report(self, entry):
        newest = (entry.begun, entry.sequence, entry.levels)
        if entry.acknowledged:
            self.acknowledged += 1
            self.levels = [old for old in self.levels if entry.sequence is
                           None and old[0] > entry.begun - OVERTAKEN_S]
            for slot, level in enumerate(entry.levels, 1):
                self.take_level(entry, slot, level)
        elif entry.unknown:
            # Perhaps it was stored, perhaps it was full.
            for slot, level in enumerate(entry.levels, 1):
                if level >= FULL and slot in self.current:
                    self.past.add(self.current.pop(slot))
        if not entry.refused:
            self.levels.append(newest)

    def take_level(self, entry, slot, level):
        told = [name for name, (index, _) in entry.told['orders'].items()
                if index == slot]
        if level >= FULL and told:
            self.tell('a full supply with an open order', entry)
        if level <= LOW and not told and self.services == {'started'}:
            self.tell('a low supply without an order', entry)
        if len(told) > 1:
            self.tell('two orders of one supply', entry)
        if level >= FULL and slot in self.current:
            self.past.add(self.current.pop(slot))
        if entry.sequence is not None and told and level < FULL:
            if self.current.setdefault(slot, told[0]) != told[0]:
                self.tell('ordered once more', entry)

    def tell(self, sentence, entry):
        self.strange.append('%s: %r' % (sentence, entry))


def lives(journal):
    found = collections.defaultdict(Life)
    for entry in journal.entries:
        if getattr(entry, 'device', None):
            found[entry.device].take(entry)
    return found


def histories(system, journal):
    """Each registration is what was asked for and acknowledged."""
    rows = collections.defaultdict(list)
    for row in system.sql(
            'SELECT device_id, id, state, service, ended_by, paired_at IS '
            'NOT NULL, line FROM registration ORDER BY id'):
        rows[row[0]].append(row[1:])
    levels = collections.defaultdict(dict)
    for device, slot, level in system.sql(
            'SELECT r.device_id, s.slot, s.level FROM registration r JOIN '
            "supply_now s ON s.registration = r.id WHERE r.state = 'paired'"):
        levels[device][int(slot)] = int(level)
    for device, life in lives(journal).items():
        yield from life.strange
        for sentence in history(life, rows[device], levels[device]):
            yield '%s: %s: %s, %s' % (device, sentence, rows[device],
                                      dict(life.sent))


def history(life, rows, levels):
    by = collections.Counter(row[3] for row in rows)
    paired = [row for row in rows if row[1] == 'paired']
    matched = sum(row[4] == '1' for row in rows)
    if len(rows) > life.sent['register']:
        yield 'more registrations than requests'
    if matched < life.pairings:
        yield 'an acknowledged pairing is lost'
    if matched > life.sent['pair']:
        yield 'more pairings than codes typed'
    for end, most in (('device', life.sent['end']),
                      ('user', life.sent['release']),
                      ('operator', life.sent['devices end']),
                      ('superseded', matched - 1), ('expired', 0),
                      ('replaced', life.sent['register'] - 1)):
        if by[end] > max(0, most):
            yield 'ended by %s, which nothing explains' % end
    if len(paired) != life.alive:
        yield '%d pairings in force, not %d' % (len(paired), life.alive)
    if len({row[5] for row in rows if row[4] == '1'}) > 1:
        yield 'its history was torn'
    if life.alive and paired and paired[0][2] not in life.services:
        yield 'its service is not as instructed'
    may_be = [dict(enumerate(newest[2], 1)) for newest in life.levels]
    if not life.acknowledged:
        may_be.append({})	# nothing, so far
    if life.alive and levels not in may_be:
        yield 'its levels are %s, not as reported: %s' % (levels, may_be)


def told(system, journal):
    """Orders that clients were told of exist, and delivered ones stay so."""
    orders = {row[0]: row[1:] for row in system.sql(
        'SELECT uuid, slot, state FROM supply_order')}
    for entry in journal.entries:
        if not entry.acknowledged or foretold(journal, entry):
            continue
        for name, (slot, state) in entry.told.get('orders', {}).items():
            if name not in orders or orders[name][0] != str(slot):
                yield 'an order was told that does not exist: %r' % entry
            elif state == 'delivered' != orders[name][1]:
                yield 'a delivery that was told is lost: %r' % entry


def at_last(journal):
    """Tokens and sessions open what they should."""
    found = lives(journal)
    for entry in journal.of('last-connect'):
        life = found[entry.device]
        if entry.status != (200 if life.alive else 410):
            yield 'a token that does not do as acknowledged: %r' % entry
        elif life.alive and (entry.told['state'] != 'paired' or entry.told[
                'service'] not in life.services):
            yield 'a device that stands otherwise: %r' % entry
    for entry in journal.of('last-status'):
        wanted = ('operate-device', 'status') if found[
            entry.device].alive else ('released',)
        if entry.told.get('screen') not in wanted:
            yield 'a terminal that stands otherwise than %s: %r' % (
                wanted, entry)


CHECKS = {
    'store': lambda world: store(world.system),
    'tables': lambda world: tables(world.system),
    'reports': lambda world: reports(world.system, world.journal),
    'deliveries': lambda world: deliveries(world.system, world.warehouse),
    'versions': lambda world: versions(world.journal),
    'histories': lambda world: histories(world.system, world.journal),
    'told': lambda world: told(world.system, world.journal),
    'at_last': lambda world: at_last(world.journal),
}


def violations(world):
    return [sentence for check in CHECKS.values() for sentence in check(world)]
