"""tallystick migrate: what an older database holds goes on."""
import pathlib
import shutil

import pytest

FIRST = pathlib.Path(__file__).resolve().parent.parent / 'schema/migrations'

# A paired and a pending device as the first version stored them.
ROWS = """
INSERT INTO registration (id, lineage, token, code, state, line, device_id,
    make_and_model, address, created_at, seen_at, expires_at, paired_at)
  VALUES (7, UNHEX(SHA2('l7', 256)), UNHEX(SHA2('t7', 256)), NULL, 'paired', 7,
      'E7', 'Example', 'ad', UTC_TIMESTAMP(), UTC_TIMESTAMP(),
      UTC_TIMESTAMP(), UTC_TIMESTAMP()),
    (8, UNHEX(SHA2('l8', 256)), UNHEX(SHA2('t8', 256)),
      UNHEX(SHA2('c8', 256)), 'pending', NULL, 'E8', 'Example', 'ad',
      UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 HOUR,
      NULL);
INSERT INTO code (code, erase_at)
  VALUES (UNHEX(SHA2('c8', 256)), UTC_TIMESTAMP() + INTERVAL 1 DAY);
INSERT INTO code (code, erase_at, matched_at, matched_registration)
  VALUES (UNHEX(SHA2('c7', 256)), UTC_TIMESTAMP(), UTC_TIMESTAMP(), 7),
    (UNHEX(SHA2('c9', 256)), UTC_TIMESTAMP(), NULL, NULL);
INSERT INTO submission VALUES (UNHEX(SHA2('c9', 256)), UNHEX(SHA2('b9', 256)),
  UNHEX(SHA2('s9', 256)), UTC_TIMESTAMP(6), '2026-11-22 13:00:00',
  '2026-11-22 13:00:00');
INSERT INTO holding VALUES (UNHEX(SHA2('s7', 256)), 7, UTC_TIMESTAMP(6));
INSERT INTO replaced_token VALUES (UNHEX(SHA2('r7', 256)), UTC_TIMESTAMP());
INSERT INTO job VALUES (7, '12345678', 'Print', 'completed', UTC_TIMESTAMP(),
  UTC_TIMESTAMP(), 1, NULL, NULL);
"""

HASHES = """
SELECT id, lineage = LEFT(UNHEX(SHA2(CONCAT('l', id), 256)), 16),
    token = LEFT(UNHEX(SHA2(CONCAT('t', id), 256)), 16),
    code <=> IF(id = 8, LEFT(UNHEX(SHA2('c8', 256)), 16), NULL),
    expires_at IS NULL
  FROM registration ORDER BY id;
SELECT registration, session = LEFT(UNHEX(SHA2('s7', 256)), 16) FROM holding;
SELECT MAX(code = LEFT(UNHEX(SHA2('c8', 256)), 16)), COUNT(*),
    MAX(IF(code = LEFT(UNHEX(SHA2('c9', 256)), 16), awaited_until, NULL)),
    COUNT(awaited_until),
    MAX(matched_lineage = LEFT(UNHEX(SHA2('l7', 256)), 16)),
    COUNT(matched_lineage)
  FROM code;
SELECT COUNT(*), MIN(token = LEFT(UNHEX(SHA2('r7', 256)), 16))
  FROM replaced_token;
SELECT line, job FROM job;
"""


@pytest.fixture
def old(system):
    """A function that runs SQL in a database of the first version."""
    def run(text):
        done = system.mariadb('client-root', 'USE tallystick_old;' + text)
        assert done.returncode == 0, done.stderr
        return [line.split('\t') for line in done.stdout.splitlines()]
    done = system.mariadb(
        'client-root', 'CREATE DATABASE tallystick_old CHARACTER SET utf8mb4 '
        'COLLATE utf8mb4_bin')
    assert done.returncode == 0, done.stderr
    run((FIRST / '001-tables.sql').read_text() + ROWS)
    yield run
    run('DROP DATABASE tallystick_old')


@pytest.fixture
def migrate(system):
    """A function that runs it there, but for the grants."""
    root = system.account('client-root')
    folder = system.folder / 'old'
    (folder / 'grants').mkdir(parents=True)
    option_file, conf = folder / 'old.cnf', folder / 'old.conf'
    option_file.write_text(
        '[tallystick]\nuser = root\npassword = %s\nsocket = %s\n'
        'database = tallystick_old\n' % (root['password'], root['socket']))
    settings = dict(line.split(' = ') for line in
                    system.conf.read_text().splitlines() if ' = ' in line)
    for name in 'migrations', 'views', 'procedures':
        (folder / name).symlink_to(pathlib.Path(settings['schema']) / name)
    settings.update(database=option_file, schema=folder)
    conf.write_text(''.join('%s = %s\n' % item for item in settings.items()))
    shutil.chown(option_file, system.owner.pw_uid)

    def run():
        done = system.command('migrate', conf=conf)
        assert done.returncode == 0, done.stderr
        return done.stdout
    run.grants = folder / 'grants'
    yield run
    shutil.rmtree(folder)


def test_hashes_keep_their_first_half(old, migrate):
    wanted = [['7', '1', '1', '1', '1'], ['8', '1', '1', '1', '0'],
              ['7', '1'],
              ['1', '3', '2026-11-22 13:00:00', '1', '1', '1'],
              ['1', '1'], ['7', '12345678']]
    migrate()
    assert old(HASHES) == wanted
    # As if it had ended before it was noted.
    old('DELETE FROM migration WHERE number >= 3')
    migrate()
    assert old(HASHES) == wanted


def test_grants_left_to_somebody_else_are_told(old, migrate):
    assert 'may grant' not in migrate()
    (migrate.grants / 'nobody.sql').write_text(
        "GRANT EXECUTE ON PROCEDURE pair TO 'no-such'@'localhost';")
    said = migrate()
    assert 'skipped grants/nobody.sql' in said
    assert 'run these 1 files of ' in said and 'tallystick doctor' in said
