"""Each program's account may run its own procedures and nothing else."""
import re

import pytest
from client import supply

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


@pytest.mark.parametrize('name', OWN)
def test_no_table_and_no_other_procedure(system, name):
    tables = [row[0] for row in system.sql('SHOW TABLES')]
    assert 'registration' in tables
    routines = [row[0] for row in system.sql(
        "SELECT routine_name FROM information_schema.routines WHERE "
        "routine_schema = DATABASE()")]
    assert OWN[name] < set(routines)
    statements = ['SELECT 1 FROM %s LIMIT 1' % table for table in tables]
    statements += ['DELETE FROM %s' % table for table in tables]
    statements += ['CALL %s()' % routine for routine in routines
                   if routine not in OWN[name]]
    for statement in statements:
        done = system.mariadb('tallystick-' + name, statement)
        assert done.returncode and 'denied' in done.stderr, statement


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
