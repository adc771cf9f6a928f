"""A database full of devices that have been in use for 400 days, loaded past the programs and as fast as it goes.

All follows from a device's number: mostly paired and started, some ended, the newest still pending; four toners each, as
report.lua tells them, some of them ordered before; job records of all ages. Tokens are those of bench/token.c.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

import load
import stage

DAYS = 400
TOKEN = pathlib.Path(stage.BUILD) / 'bench' / 'token'
NICE = ('nice', '-n', '19')

# Of a registration's number: 1 in 25 has ended, half of these were never paired; the last 1 in 200 are pending.
ENDED = 'id MOD 25 = 0'
NEVER = 'id MOD 50 = 0'
PENDING = 'id > @devices - @devices DIV 200'
PAIRED = f'NOT (id <= @devices - @devices DIV 200 AND {NEVER}) AND NOT ({PENDING})'
ORDERED = 'id MOD 10 = 3'
MODELS = ("'Example MFC-9340', 'Example LX-2000 Office', 'Example HL-5450', 'Sample P 3055 Color', 'Sample M 404', "
          "'Model Works 7840', 'Model Works 7835i', 'Example MFC-L6900'")
TONERS = "'black', 'cyan', 'magenta', 'yellow'"

BEGIN = ("SET SESSION unique_checks = 0, foreign_key_checks = 0, time_zone = '+00:00', tx_isolation = 'READ-COMMITTED';"
         'SET @now = UTC_TIMESTAMP(), @devices = {devices}, @judged = {judged}, @levels = {levels};')

REGISTRATIONS = f"""LOAD DATA LOCAL INFILE '/dev/stdin' INTO TABLE registration CHARACTER SET ascii (id, @text, @hash)
SET lineage = UNHEX(MD5(CONCAT('lineage', id))),
  created_at = @now - INTERVAL {DAYS} * 86400 * (@devices - id) / @devices SECOND,
  state = CASE WHEN {PENDING} THEN 'pending' WHEN {ENDED} THEN 'ended' ELSE 'paired' END,
  token = IF(state = 'ended' AND NOT {NEVER} AND id MOD 4 = 1, NULL, UNHEX(@hash)),
  code = IF(state = 'pending', UNHEX(MD5(CONCAT('code', id))), NULL),
  service = IF(state = 'paired', 'started', 'stopped'),
  ended_by = IF(state <> 'ended', NULL, IF({NEVER}, 'expired', 'device')),
  version = CASE state WHEN 'pending' THEN 1 WHEN 'paired' THEN 3 ELSE 4 END,
  line = IF({PAIRED}, id, NULL),
  device_id = CONCAT('E', LPAD(id, 8, '0'), 'B1N', LPAD(id MOD 1000, 3, '0')),
  make_and_model = ELT(1 + id MOD 8, {MODELS}),
  serial_number = device_id,
  firmware_version = CONCAT('1.', id MOD 90),
  address = UNHEX(LPAD(HEX(167772160 + id MOD 10000000), 8, '0')),
  token_used = state <> 'pending',
  sequence = IF(state = 'paired', 1, NULL),
  judged = IF(state = 'paired', @judged, NULL),
  levels = IF(state = 'paired', @levels, NULL),
  levels_at = IF(state = 'paired', @now - INTERVAL 1 HOUR, NULL),
  -- Of half of them the sign of life stays fresh for as long as is measured.
  seen_at = IF(id MOD 2 = 0, @now + INTERVAL 1 DAY, @now - INTERVAL 1 HOUR),
  expires_at = IF(state = 'pending', @now + INTERVAL 1 DAY, NULL),
  room = IF(state = 'pending', '', NULL),
  place = IF(state = 'pending', 0, NULL),
  paired_at = IF({PAIRED}, created_at + INTERVAL 3 MINUTE, NULL),
  started_at = IF({PAIRED}, created_at + INTERVAL 4 MINUTE, NULL),
  ended_at = IF(state = 'ended', LEAST(@now, created_at + INTERVAL id MOD 300 DAY), NULL)"""

HOLDINGS = f"""INSERT INTO holding (session, registration, held_since)
SELECT UNHEX(MD5(CONCAT('session', id))), id, @now - INTERVAL {DAYS} * 86400 * (@devices - id) / @devices SECOND
FROM (SELECT seq AS id FROM seq_1_to_{{devices}}) device WHERE {PAIRED}"""

CODES = """INSERT INTO code (code, erase_at)
SELECT code, @now + INTERVAL 1 DAY FROM registration WHERE code IS NOT NULL"""

SUPPLIES = f"""INSERT INTO supply (line, slot, class, type, colorant, unit, max_capacity, level, serial_number, reported_at,
  episode)
SELECT id, slot, 'supplyThatIsConsumed', 'toner', ELT(slot, {TONERS}), 'percent', 100, 90,
  CONCAT('TN-', ELT(slot, {TONERS}), '-04711'), @now - INTERVAL 1 HOUR, IF(slot = 1 AND {ORDERED}, 2, 1)
FROM (SELECT 1 + (seq - 1) DIV 4 AS id, 1 + (seq - 1) MOD 4 AS slot FROM seq_1_to_{{supplies}}) place WHERE {PAIRED}"""

EPISODES = f"""INSERT INTO episode (line, slot, episode, type, colorant, serial_number, opened_at, refilled_at)
SELECT id, slot, episode, 'toner', ELT(slot, {TONERS}), CONCAT('TN-', ELT(slot, {TONERS}), '-04711'),
  @now - INTERVAL id MOD {DAYS} + 1 DAY, IF(slot = 1 AND episode = 1 AND {ORDERED}, @now - INTERVAL 1 DAY, NULL)
FROM (SELECT 1 + (seq - 1) DIV 5 AS id, GREATEST(1, (seq - 1) MOD 5) AS slot, IF((seq - 1) MOD 5 = 1, 2, 1) AS episode
  FROM seq_1_to_{{episodes}}) place WHERE ({PAIRED}) AND (episode = 1 OR {ORDERED})"""

ORDERS = f"""INSERT INTO supply_order (uuid, line, slot, episode, registration, reason, type, colorant, percent, state,
  created_at, changed_at, attempts, due_at, last_answer)
SELECT UUID(), id, 1, 1, id, 'level 18 of 100 percent is at or under 20 %', 'toner', 'black', 18,
  'delivered', at, at, 1, at, '204'
FROM (SELECT seq AS id, @now - INTERVAL {DAYS} * 86400 * (@devices - seq) / @devices SECOND AS at
  FROM seq_1_to_{{devices}}) device WHERE ({PAIRED}) AND {ORDERED}"""

JOBS = f"""INSERT INTO job (line, job, kind, state, completed_at, received_at, impressions, impressions_full_color,
  media_sheets)
SELECT id, UNHEX(MD5(seq)), IF(seq MOD 5 = 0, 'Copy', 'Print'), 'completed', at, at, 1 + seq MOD 20, seq MOD 4,
  1 + seq MOD 10
FROM (SELECT seq, 1 + (seq - 1) * @devices DIV {{jobs}} AS id,
    @now - INTERVAL seq * 7919 MOD {DAYS * 86400 - 3600} SECOND AS at FROM seq_1_to_{{jobs}}) record WHERE {PAIRED}"""


def mariadb(system, text, stdin=subprocess.DEVNULL):
    """One statement of loading, out of the way of whoever measures."""
    done = subprocess.run(
        [*NICE, 'mariadb', f'--defaults-file={system.run}/database.cnf', '--defaults-group-suffix=-root',
         '--local-infile=1', '--batch', 'tallystick', '-e', text], stdin=stdin, capture_output=True, text=True,
        check=False)
    if done.returncode != 0:
        sys.exit(f'bench: {done.stderr.strip()}')


def keys_of(system, table):
    """Name and definition of each but the primary one."""
    made = system.sql(f'SHOW CREATE TABLE {table}')[0][1].replace('\\n', '\n')
    lines = (line.strip().rstrip(',') for line in made.split('\n'))
    return {line.split('`')[1]: line for line in lines if line.startswith(('KEY ', 'UNIQUE KEY '))}


def template(system):
    """judged and levels as the programs store them for what report.lua tells."""
    told, one = system.run / 'tmp' / 'told', system.run / 'tmp' / 'one'

    def send(name, **words):
        load.send(f'{name}.lua', system.port, 1, 5, **words)

    def send_file(name, line, **words):
        one.write_text(f'{line}\n' * 2)        # wrk tries the script once before it sends
        send(name, file=one, **words)

    send('register', path='/device/register', file=told, limit=3)
    device, token = told.read_text().split()[:2]
    send_file('pair', device[7:])
    send_file('instruct', f'{token} start', once='yes')
    send_file('report', token, jobs=1, first=0, limit=4)
    rows = system.sql("SELECT CONCAT('0x', HEX(judged)), QUOTE(levels) FROM registration WHERE state = 'paired'")
    if len(rows) != 1 or rows[0][1] == 'NULL':
        sys.exit('bench: no device could be prepared')
    return dict(zip(('judged', 'levels'), rows[0]))


class Filler:
    """Loads one system: so many registrations and job records, about, in place of all there are."""

    def __init__(self, system, devices, jobs):
        self.system = system
        paired = 1 - 1 / 200 - 1 / 50
        self.words = {'devices': devices, 'supplies': 4 * devices, 'episodes': 5 * devices, 'jobs': round(jobs / paired),
                      **template(system)}

    def run(self, text, **more):
        mariadb(self.system, (BEGIN + text).format(**self.words), **more)

    def registrations(self):
        source = subprocess.Popen([*NICE, TOKEN, self.system.run / 'keys', str(self.words['devices'])],
                                  stdout=subprocess.PIPE)
        self.run(REGISTRATIONS, stdin=source.stdout)
        source.stdout.close()
        if source.wait() != 0:
            sys.exit('bench: no tokens')

    def table(self, table, load_rows):
        """Its secondary keys once all is there: sorted, they fill their pages."""
        begun = time.monotonic()
        keys = keys_of(self.system, table)
        self.run(f'TRUNCATE {table};' + ''.join(f'ALTER TABLE {table} DROP KEY {name};' for name in keys))
        load_rows()
        loaded = time.monotonic()
        if keys:
            self.run(f'ALTER TABLE {table} ' + ', '.join(f'ADD {line}' for line in keys.values()))
        self.run(f'ANALYZE TABLE {table}')
        if time.monotonic() - begun > 5:
            print(f'  {table}: {loaded - begun:.0f} s, keys {time.monotonic() - loaded:.0f} s', flush=True)

    def first(self):
        self.table('registration', self.registrations)
        for table, text in ('code', CODES), ('holding', HOLDINGS), ('supply', SUPPLIES):
            self.table(table, lambda text=text: self.run(text))

    def second(self):
        for table, text in ('job', JOBS), ('episode', EPISODES), ('supply_order', ORDERS):
            self.table(table, lambda text=text: self.run(text))


    def fill(self):
        """Seconds that it took."""
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(self.first), pool.submit(self.second)]:
                done.result()
        return time.monotonic() - begun


def trim(system, devices):
    """Back to so many registrations, after more have been added by requests."""
    mariadb(system, f'DELETE FROM holding WHERE registration > {devices};'
            f'DELETE FROM registration WHERE id > {devices};'
            'DELETE c FROM code c LEFT JOIN registration r ON r.code = c.code WHERE r.id IS NULL')


def tokens(system, numbers, purpose='token'):
    """The tokens of devices, or of terminals (session), by number: a dict. in: numbers, sorted."""
    keys = system.run / 'tmp' / f'keys-{purpose}'
    keys.mkdir(mode=0o700, exist_ok=True)
    (keys / 'token').unlink(missing_ok=True)
    os.link(system.run / 'keys' / purpose, keys / 'token')
    wanted, found = set(numbers), {}
    with subprocess.Popen([TOKEN, keys, str(numbers[-1])], stdout=subprocess.PIPE, text=True) as source:
        for line in source.stdout:
            number, token, digits = line.split()
            if int(number) in wanted:
                found[int(number)] = token, digits
    return found


def device_id(number):
    """As REGISTRATIONS makes it."""
    return f'E{number:08}B1N{number % 1000:03}'


def warm(system):
    """What is used most is in memory, as after a day: read last."""
    for what in ('COUNT(level) FROM supply', 'COUNT(type) FROM episode', 'COUNT(held_since) FROM holding',
                 'COUNT(impressions) FROM job', 'COUNT(token_used) FROM registration',
                 "COUNT(*) FROM registration FORCE INDEX (token) WHERE token > ''",
                 'COUNT(live) FROM registration FORCE INDEX (one_paired_one_pending_a_lineage) WHERE device >= 0'):
        mariadb(system, 'SELECT ' + what)
