"""Each program's account may run its own procedures and nothing else."""
import re

import pytest
from client import supply
from system import eventually

OWN = {'register': {'register'}, 'connect': {'connect'},
       'instruct': {'instruct'}, 'report': {'report'}, 'pair': {'pair'},
       'status': {'status', 'release_registration'},
       'deliver': {'claim_orders', 'record_attempt'}}


@pytest.mark.parametrize('name', OWN)
def test_grants(system, name):
    done = system.mariadb('tallystick-' + name, 'SHOW GRANTS')
    assert done.returncode == 0, done.stderr
    rights = [re.sub(r' TO .*', '', line)
              for line in done.stdout.splitlines()]
    assert sorted(rights) == ['GRANT EXECUTE ON PROCEDURE `tallystick`.`%s`'
                              % own for own in sorted(OWN[name])] + [
        'GRANT USAGE ON *.*']


# What may be tried of each table and view, ...
OF_A_TABLE = (
    'SELECT 1 FROM {0} LIMIT 1', 'SELECT COUNT(*) FROM {0}',
    'INSERT INTO {0} VALUES ()', 'REPLACE INTO {0} VALUES ()',
    'UPDATE {0} SET {1} = DEFAULT WHERE 0', 'DELETE FROM {0} WHERE 0',
    'TRUNCATE {0}', 'DROP TABLE {0}', 'DROP VIEW {0}',
    'ALTER TABLE {0} ADD x INT', 'RENAME TABLE {0} TO x',
    'CREATE INDEX x ON {0} ({1})', 'LOCK TABLES {0} READ',
    'LOCK TABLES {0} WRITE', 'FLUSH TABLES {0} WITH READ LOCK',
    'SHOW CREATE TABLE {0}', 'DESCRIBE {0}', 'SHOW INDEX FROM {0}',
    'HANDLER {0} OPEN', 'CHECK TABLE {0}', 'ANALYZE TABLE {0}',
    'OPTIMIZE TABLE {0}', 'EXPLAIN SELECT * FROM {0}',
    "LOAD DATA INFILE '/etc/hostname' INTO TABLE {0}",
    "SELECT * FROM {0} INTO OUTFILE '/tmp/x-{0}'",
    "EXECUTE IMMEDIATE 'SELECT 1 FROM {0}'",
    'CREATE VIEW x AS SELECT * FROM {0}',
    'CREATE TRIGGER x BEFORE INSERT ON {0} FOR EACH ROW SET @x = 1')

# ... of each routine that is not the account's own, ...
OF_A_ROUTINE = (
    'SHOW CREATE {2} {0}', 'DROP {2} {0}', "ALTER {2} {0} COMMENT 'x'",
    "EXECUTE IMMEDIATE 'CALL {0}({1})'")

# ... and of the server.
OF_THE_SERVER = (
    'CREATE TABLE x (x INT)', 'CREATE TEMPORARY TABLE x (x INT)',
    'CREATE VIEW x AS SELECT 1', 'CREATE PROCEDURE x() DO 1',
    'CREATE FUNCTION x() RETURNS INT RETURN 1', 'CREATE SEQUENCE x',
    'CREATE EVENT x ON SCHEDULE EVERY 1 DAY DO DO 1',
    'CREATE DATABASE x',
    'ALTER DATABASE CHARACTER SET latin1', 'DROP DATABASE nowhere',
    'USE mysql', 'SELECT * FROM mysql.global_priv',
    'SELECT * FROM mysql.proc', 'SELECT * FROM mysql.procs_priv',
    'SELECT * FROM sys.version', "CREATE USER x@localhost",
    "DROP USER root@localhost", "RENAME USER root@localhost TO x@localhost",
    "SET PASSWORD FOR root@localhost = PASSWORD('x')",
    "ALTER USER root@localhost IDENTIFIED BY 'x'", 'CREATE ROLE x',
    'GRANT ALL ON *.* TO CURRENT_USER', 'GRANT SELECT ON * TO CURRENT_USER',
    'GRANT EXECUTE ON PROCEDURE {own} TO root@localhost',
    'REVOKE EXECUTE ON PROCEDURE {own} FROM CURRENT_USER',
    'SHOW GRANTS FOR root@localhost', 'SHOW CREATE USER root@localhost',
    'SET GLOBAL max_connections = 1', 'SET GLOBAL general_log = ON',
    "SET GLOBAL init_connect = 'DO 1'", 'SET GLOBAL event_scheduler = ON',
    'SET SESSION sql_log_bin = 0', 'FLUSH TABLES', 'FLUSH PRIVILEGES',
    'FLUSH TABLES WITH READ LOCK', 'FLUSH STATUS', 'FLUSH LOGS',
    'KILL {other}', 'KILL QUERY {other}',
    'SHOW BINARY LOGS', 'SHOW MASTER STATUS', 'SHOW ALL SLAVES STATUS',
    'RESET MASTER', 'START SLAVE', 'STOP SLAVE',
    "CHANGE MASTER TO MASTER_HOST = 'x'", 'BACKUP STAGE START',
    "INSTALL SONAME 'auth_ed25519'", "INSTALL PLUGIN x SONAME 'x.so'",
    "UNINSTALL PLUGIN aria", "CREATE FUNCTION xx RETURNS INTEGER SONAME 'x'",
    "CREATE SERVER x FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')",
    'SHOW ENGINE INNODB STATUS',
    "SELECT 1 INTO OUTFILE '/tmp/x-rights'",
    "SELECT 1 INTO DUMPFILE '/tmp/x-rights'", "PURGE BINARY LOGS TO 'x'",
    'ALTER PROCEDURE {own} SQL SECURITY INVOKER', 'DROP PROCEDURE {own}',
    'CACHE INDEX mysql.db IN x', 'SHUTDOWN')

# What may be asked without an error, and the one answer that it may give.
ASKED = {
    "SELECT LOAD_FILE('/etc/hostname') IS NULL": '1',
    "SELECT GROUP_CONCAT(table_schema, '.', table_name) FROM "
    "information_schema.tables WHERE table_schema NOT IN "
    "('information_schema', 'performance_schema')": 'NULL',
    "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema NOT "
    "IN ('information_schema')": '0',
    'SELECT COUNT(*) FROM information_schema.views': '0',
    'SELECT COUNT(*) FROM information_schema.triggers': '0',
    'SELECT COUNT(*) FROM information_schema.events': '0',
    'SELECT COUNT(*) FROM information_schema.schema_privileges': '0',
    'SELECT COUNT(*) FROM information_schema.table_privileges': '0',
    'SELECT COUNT(DISTINCT grantee) FROM information_schema.user_privileges':
        '1',
    'SELECT COUNT(DISTINCT user) FROM information_schema.processlist': '1',
    'SELECT COUNT(routine_definition) FROM information_schema.routines': '0',
    "SELECT GROUP_CONCAT(routine_name ORDER BY routine_name) FROM "
    "information_schema.routines": '{owns}',
    "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name NOT "
    "IN ('information_schema', DATABASE())": '0',
}


def statements_of_others(system, name):
    """All but the account's own procedures, a line each."""
    columns = dict(system.sql(
        "SELECT table_name, MIN(column_name) FROM information_schema.columns "
        "WHERE table_schema = DATABASE() GROUP BY 1"))
    assert {'registration', 'supply_order', 'code', 'guess'} < set(columns)
    routines = system.sql(
        "SELECT r.routine_name, COALESCE(GROUP_CONCAT('@x' SEPARATOR ', '), "
        "''), r.routine_type FROM information_schema.routines r LEFT JOIN "
        "information_schema.parameters p ON p.specific_schema = "
        "r.routine_schema AND p.specific_name = r.specific_name AND "
        "p.ordinal_position > 0 AND p.parameter_mode IS NOT NULL "
        "WHERE r.routine_schema = DATABASE() "
        "GROUP BY r.routine_name, r.routine_type")
    assert OWN[name] < {row[0] for row in routines}
    lines = [each.format(table, column) for table, column in columns.items()
             for each in OF_A_TABLE]
    for routine, arguments, kind in routines:
        if routine not in OWN[name]:
            call = 'CALL %s(%s)' if kind == 'PROCEDURE' else 'SELECT %s(%s)'
            lines.append(call % (routine, arguments))
            lines += [each.format(routine, arguments, kind)
                      for each in OF_A_ROUTINE]
    other = min(connections(system, another(name)))
    return lines + [each.format(own=min(OWN[name]), other=other)
                    for each in OF_THE_SERVER]


def another(name):
    return 'pair' if name != 'pair' else 'status'


def connections(system, name):
    return set(system.mariadb(
        'client-root', "SELECT id FROM information_schema.processlist WHERE "
        "user = 'tallystick-%s'" % name).stdout.split())


def allowed(system, name, statements):
    """Those that the account's server did not refuse for want of a right."""
    done = system.mariadb('tallystick-' + name, ';\n'.join(statements) + ';\n',
                          options=('-N', '-B', '--force', '--show-warnings'))
    refused = {}
    for line in done.stderr.splitlines():
        error = re.match(r'ERROR (\d+) .*at line (\d+): (.*)', line)
        if error:
            refused[int(error.group(2))] = error.groups()
    rights = re.compile('denied|do not have|not owner|need .* privilege|'
                        'command is not allowed')
    unseen = re.compile('(SHOW CREATE|SHOW) (PROCEDURE|FUNCTION)')
    passed = []
    for number, statement in enumerate(statements, 1):
        error = refused.get(number)
        if error is None or not (rights.search(error[2])
                                 or unseen.match(statement)
                                 and 'does not exist' in error[2]):
            passed.append((statement, error))
    return passed


def leaks(system, name):
    """What the account may ask, and is told more of than its own."""
    owns = ','.join(sorted(OWN[name]))
    told = {}
    for question, answer in ASKED.items():
        done = system.mariadb('tallystick-' + name, question)
        if done.stdout.strip() != answer.format(owns=owns):
            told[question] = done.stdout + done.stderr
    return told


@pytest.mark.parametrize('name', OWN)
def test_no_table_and_no_other_procedure(system, name):
    statements = statements_of_others(system, name)
    assert len(statements) > 500
    passed = allowed(system, name, statements)
    print(*passed, sep="\n")
    assert passed == []
    assert leaks(system, name) == {}
    # No error, and no effect.
    before = connections(system, another(name))
    system.mariadb('tallystick-' + name,
                   "KILL USER 'tallystick-%s'" % another(name))
    assert before and connections(system, another(name)) == before
    assert eventually(system.healthy, 20)


@pytest.mark.parametrize('right,passes', [
    ('SELECT ON tallystick.registration', 'SELECT 1 FROM registration'),
    ('SELECT (state) ON tallystick.registration', 'DESCRIBE registration'),
    ('UPDATE ON tallystick.holding', 'UPDATE holding'),
    ('DELETE ON tallystick.*', 'DELETE FROM job'),
    ('INSERT ON tallystick.guess', 'INSERT INTO guess'),
    ('EXECUTE ON PROCEDURE tallystick.purge_guesses', 'CALL purge_guesses'),
    ('EXECUTE ON tallystick.*', 'CALL find_place'),
    ('CREATE TEMPORARY TABLES ON tallystick.*', 'CREATE TEMPORARY'),
    ('CREATE ROUTINE ON tallystick.*', 'CREATE PROCEDURE x'),
    ('FILE ON *.*', None), ('PROCESS ON *.*', None),
    ('SHOW DATABASES ON *.*', None), ('RELOAD ON *.*', 'FLUSH STATUS')])
def test_one_right_too_many_is_found(system, right, passes):
    account = "'tallystick-connect'@'localhost'"
    try:
        done = system.mariadb('client-root', 'GRANT %s TO %s' % (right,
                                                                 account))
        assert done.returncode == 0, done.stderr
        # Only what does no harm where the right is there.
        harmless = [line for line in statements_of_others(system, 'connect')
                    if passes and line.startswith(passes)]
        found = allowed(system, 'connect', harmless) if passes \
            else leaks(system, 'connect')
        assert found
    finally:
        system.mariadb('client-root', 'DROP PROCEDURE IF EXISTS tallystick.x;'
                       'REVOKE %s FROM %s' % (right, account))
    assert leaks(system, 'connect') == {}


def test_the_invariants_are_unique_keys(system, paired):
    """No race and no hole in a program can break them."""
    row = ("FROM registration WHERE device_id = '%s'" % paired.device_id)
    columns = ('code, state, device_id, make_and_model, address, created_at, '
               'seen_at, expires_at')
    for column, key in (('lineage', 'one_paired_one_pending_a_lineage'),
                        ('RIGHT(UUID(), 16), line', 'one_paired_a_line')):
        names = column.replace('RIGHT(UUID(), 16)', 'lineage')
        done = system.mariadb(
            'tallystick', 'INSERT INTO registration (%s, %s) SELECT %s, %s %s'
            % (columns, names, columns, column, row))
        assert key in done.stderr
    pending = system.pending()
    done = system.mariadb(
        'tallystick', "INSERT INTO registration (%s, lineage, place) SELECT "
        "%s, RIGHT(UUID(), 16), place FROM registration WHERE device_id = '%s'"
        % (columns, columns, pending.device_id))
    assert 'one_pending_a_place' in done.stderr
    paired.report(supply(3))
    columns = ('line, slot, episode, registration, reason, type, percent, '
               'created_at, changed_at, due_at')
    done = system.mariadb(
        'tallystick', 'INSERT INTO supply_order (uuid, %s) SELECT UUID(), %s '
        'FROM supply_order ORDER BY id DESC LIMIT 1' % (columns, columns))
    assert 'one_order_an_episode' in done.stderr


def test_every_table_has_a_primary_key(system):
    """Views and temporary tables aside: those hold nothing for good."""
    bare = system.sql(
        "SELECT t.table_name FROM information_schema.tables t LEFT JOIN "
        "information_schema.table_constraints c ON c.table_schema = "
        "t.table_schema AND c.table_name = t.table_name AND "
        "c.constraint_type = 'PRIMARY KEY' WHERE t.table_schema = DATABASE() "
        "AND t.table_type <> 'VIEW' AND c.constraint_name IS NULL")
    assert bare == []


def test_every_column_has_a_comment(system):
    bare = system.sql(
        "SELECT c.table_name, c.column_name FROM information_schema.columns "
        "c JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE table_schema = DATABASE() AND t.table_type = 'BASE TABLE' "
        "AND c.column_comment = ''")
    assert bare == []


def test_files_are_the_owner_s_alone(system):
    for path in [system.run / 'database.cnf',
                 *(system.run / 'keys').iterdir()]:
        assert path.stat().st_mode & 0o077 == 0, path
