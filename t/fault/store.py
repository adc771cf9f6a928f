"""All that a database holds, kept, put back and told in a form in which two
runs of one story are alike: times as distances, random names and numbers by
their order."""
import contextlib
import datetime
import re
import subprocess
import tempfile
import time

DONE = 'that was all'
# Two forms of one content: a report's levels are kept beside the registration
# where nothing else has changed. What they mean is told by the view.
TOLD_BY_VIEW = (('registration', 'levels'), ('registration', 'levels_at'),
                ('supply', 'level'), ('supply', 'reported_at'))
VIEW = ('registration', 'slot', 'level', 'max_capacity', 'episode')
# Numbers that the server deals out.
DEALT = ('id', 'line', 'registration', 'matched_registration', 'supersedes')


class Store:
    def __init__(self, system, group='tallystick', socket=None):
        self.options = tempfile.NamedTemporaryFile('w', suffix='.cnf')
        account = system.account(group)
        self.options.write('[client]\nuser=%s\npassword=%s\nsocket=%s\n' % (
            account['user'], account['password'],
            socket or account['socket']))
        self.options.flush()
        self.client = subprocess.Popen(
            ['mariadb', '--defaults-file=' + self.options.name, '-N', '-B',
             '--unbuffered', system.account('tallystick')['database']],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding='utf-8',
            errors='surrogateescape')
        self.sql("SET time_zone = '+00:00'")
        self.session, = self.sql('SELECT CONNECTION_ID()')[0]

    def close(self):
        self.client.stdin.close()
        self.client.wait(10)
        self.options.close()

    def send(self, text):
        """Statements whose rows nobody has asked for yet."""
        self.client.stdin.write("%s;\nSELECT '%s';\n" % (text, DONE))
        self.client.stdin.flush()

    def receive(self):
        rows = []
        for line in self.client.stdout:
            line = line.rstrip('\n')
            if line == DONE:
                return rows
            rows.append(line.split('\t'))
        raise AssertionError('the client ended: %s' % rows[-1:])

    def sql(self, text):
        self.send(text)
        return self.receive()


def tables_of(store):
    """{table: [(column, type)]}, but for what the server reckons itself, what
    no request changes, and counts that are kept where counting took long."""
    tables = {}
    for table, name, kind in store.sql(
            "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE "
            "FROM information_schema.COLUMNS c "
            "JOIN information_schema.TABLES t USING (TABLE_SCHEMA, "
            "TABLE_NAME) WHERE c.TABLE_SCHEMA = DATABASE() AND "
            "t.TABLE_TYPE = 'BASE TABLE' AND c.IS_GENERATED = 'NEVER' "
            "AND c.TABLE_NAME NOT LIKE 'kept\\_%' AND c.TABLE_NAME "
            "NOT IN ('migration', 'walk', 'page_count') "
            "ORDER BY 1, c.ORDINAL_POSITION"):
        tables.setdefault(table, []).append((name, kind))
    return tables


class Kept:
    """A Store's tables as they are now, only that all was 2 s earlier: so no
    time that is new is taken for one of these."""

    def __init__(self, store):
        self.store = store
        self.columns = tables_of(store)
        for table, columns in self.columns.items():
            times = ', '.join('%s = %s - INTERVAL 2 SECOND' % (name, name)
                              for name, kind in columns if kind == 'datetime')
            store.sql('CREATE OR REPLACE TABLE kept_%s AS SELECT * FROM %s'
                      % (table, table))
            if times:
                store.sql('UPDATE kept_%s SET %s' % (table, times))
        self.made = time.monotonic()
        self.put_back()
        self.look()

    def look(self):
        """What there is before a call: names, numbers and times."""
        self.before = {(self.sort_of(table, name), cell)
                       for table, rows in self.read().items()
                       for row in rows
                       for (name, _), cell in zip(
                           self.columns.get(table, []), row)}
        self.times = {cell: 'time %d' % rank for rank, cell in enumerate(
            sorted(cell for sort, cell in self.before if sort == 'time'))}

    def age(self):
        """All is as if it had been made just now: what waits ten minutes
        still waits, however long a story is told again."""
        seconds = int(time.monotonic() - self.made)
        if seconds < 60:
            return
        self.made += seconds
        for table, columns in self.columns.items():
            times = ', '.join('%s = %s + INTERVAL %d SECOND'
                              % (name, name, seconds)
                              for name, kind in columns if kind == 'datetime')
            if times:
                self.store.sql('UPDATE kept_%s SET %s' % (table, times))
        self.restore()
        self.look()

    def put_back(self):
        """All tables as they were then."""
        self.age()
        self.restore()

    def restore(self):
        words = ['START TRANSACTION']
        for table, columns in self.columns.items():
            names = ', '.join(name for name, _ in columns)
            words += ['DELETE FROM ' + table,
                      'INSERT INTO %s (%s) SELECT %s FROM kept_%s' % (
                          table, names, names, table)]
        self.store.sql(';'.join(words + ['COMMIT']))

    def read(self):
        """Rows of each table."""
        words = ["SELECT 'supply_now', %s FROM supply_now" % ', '.join(VIEW)]
        for table, columns in self.columns.items():
            cells = ', '.join(
                'HEX(%s)' % name if kind in ('binary', 'varbinary')
                else name for name, kind in columns)
            words.append("SELECT '%s', %s FROM %s" % (table, cells, table))
        tables = {}
        for row in self.store.sql(';'.join(words)):
            tables.setdefault(row[0], []).append(row[1:])
        return tables

    def tell(self, since):
        """in: when what came after it was begun (UTC). out: {table: rows},
        what is new in them told by distance or order."""
        told, names = {}, {}
        for table, rows in self.read().items():
            masked = sorted((self.mask(table, row, since), row)
                            for row in rows)
            told[table] = [
                tuple(names.setdefault(cell, 'new %d' % len(names))
                      if word == 'new' else word
                      for word, cell in zip(words, row))
                for words, row in masked]
        return told

    def sort_of(self, table, name):
        """What a column's value is compared with that was there before."""
        if dict(self.columns.get(table, [])).get(name) == 'datetime':
            return 'time'
        if name in DEALT:
            return 'order' if (table, name) == ('supply_order', 'id') \
                else 'registration'
        return 'other'

    def mask(self, table, row, since):
        words = []
        columns = self.columns.get(table, [(name, 'int') for name in VIEW])
        for (name, kind), cell in zip(columns, row):
            if (table, name) in TOLD_BY_VIEW:
                cell = 'see supply_now'
            elif table == 'guess' and name == 'name' \
                    and row[0] in ('service', 'early'):
                cell = 'the hour'
            elif table == 'level_day' and name == 'levels':
                cell = cell.replace(' ', '')
            elif cell in self.times and kind == 'datetime':
                cell = self.times[cell]
            elif cell == 'NULL' \
                    or (self.sort_of(table, name), cell) in self.before:
                pass
            elif kind == 'datetime':
                cell = distance(cell, since)
            elif kind in ('binary', 'varbinary', 'uuid') or name in DEALT:
                cell = 'new'
            elif (table, name) == ('registration', 'orders'):
                cell = re.sub('[0-9a-f-]{36}', 'new', cell)
            words.append(cell)
        return tuple(words)


def distance(cell, since):
    """In whole minutes; half a minute is forgiven."""
    with contextlib.suppress(ValueError):
        when = datetime.datetime.fromisoformat(cell)
        seconds = (when - since).total_seconds()
        return 'in %d min' % ((seconds + 30) // 60)
    return cell
