"""A device and a terminal that meet in the same instant, as often as asked:
TALLYSTICK_CROSSINGS (each of 8 pairs; 100,000 in the long run). By SQL alone,
which crosses far more closely than requests do."""
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

CROSSINGS = int(os.environ.get('TALLYSTICK_CROSSINGS', 250))
PAIRS = 8
UNTIL_DONE = """
    REPEAT
      BEGIN
        DECLARE EXIT HANDLER FOR 1020, 1062, 1205, 1213, 1644
          SET v_done = FALSE;
        SET v_done = TRUE;
        CALL %s;
      END;
    UNTIL v_done END REPEAT;
"""
CODE = "UNHEX(MD5(CONCAT('code ', p_who, ' ', v_at)))"
REGISTER = """register(%s, UNHEX(MD5(CONCAT('lineage ', p_who, ' ', v_at))),
  UNHEX(MD5(CONCAT('token ', p_who, ' ', v_at))), NULL,
  CONCAT('crossing-', p_who, '-', v_at), 'model', NULL, NULL,
  UNHEX('7F000001'), NULL, NULL, FALSE, TRUE)""" % CODE
PAIR = """pair(%s, UNHEX(MD5(CONCAT('terminal ', p_who, ' ', v_at))),
  UNHEX(MD5(CONCAT('session ', p_who, ' ', v_at))), NULL, NULL,
  UNHEX(CONCAT('7F00020', p_who)), 4294967295, 1 << 62, 1 << 62)""" % CODE
HARNESS = """
DROP TABLE IF EXISTS crossing;
CREATE TABLE crossing (who INT PRIMARY KEY, at INT) ENGINE = MEMORY;
INSERT INTO crossing SELECT seq, 0 FROM seq_0_to_%d;
DELIMITER //
CREATE OR REPLACE PROCEDURE crossing_device(p_who INT, p_count INT)
BEGIN
  DECLARE v_at INT DEFAULT 0;
  DECLARE v_done BOOLEAN;
  SET SESSION innodb_snapshot_isolation = ON;
  WHILE v_at < p_count DO
    SET v_at = v_at + 1;
    UPDATE crossing SET at = v_at WHERE who = p_who;
    %s
  END WHILE;
END//
CREATE OR REPLACE PROCEDURE crossing_terminal(p_who INT, p_count INT)
BEGIN
  DECLARE v_at, v_device INT DEFAULT 0;
  DECLARE v_done BOOLEAN;
  SET SESSION innodb_snapshot_isolation = ON;
  WHILE v_at < p_count DO
    SET v_at = v_at + 1;
    REPEAT
      SELECT at INTO v_device FROM crossing WHERE who = p_who;
    UNTIL v_device >= v_at END REPEAT;
    %s
  END WHILE;
END//
""" % (PAIRS - 1, UNTIL_DONE % REGISTER, UNTIL_DONE % PAIR)
CLEAN = """
DROP PROCEDURE crossing_device;
DROP PROCEDURE crossing_terminal;
DROP TABLE crossing;
DELETE h FROM holding h JOIN registration r ON r.id = h.registration
  WHERE r.device_id LIKE 'crossing-%';
DELETE FROM registration WHERE device_id LIKE 'crossing-%';
DELETE FROM guess;
"""


def sql(system, text):
    done = system.mariadb('client-root', text, limit_s=3000)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(3600)
def test_whoever_crosses_meets(system):
    """The lock on a row just inserted comes a moment before a snapshot shows
    what its holder committed, so that who looks by snapshot may miss the other
    (in bare SQL 6 times of 160,000)."""
    sql(system, HARNESS)
    sql(system, 'SET GLOBAL innodb_flush_log_at_trx_commit = 0')
    try:
        with ThreadPoolExecutor(2 * PAIRS) as pool:
            for done in [pool.submit(sql, system, 'CALL crossing_%s(%d, %d)'
                                     % (role, who, CROSSINGS))
                         for who in range(PAIRS)
                         for role in ('device', 'terminal')]:
                done.result()
        rows = sql(system, "SELECT state, COUNT(*) FROM registration WHERE "
                   "device_id LIKE 'crossing-%' GROUP BY state").split()
        assert rows == ['paired', str(PAIRS * CROSSINGS)]
    finally:
        sql(system, 'SET GLOBAL innodb_flush_log_at_trx_commit = 1')
        sql(system, CLEAN)
