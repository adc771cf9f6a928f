-- Count a miss where the code was compared. Inside pair, which rolls back
-- when the outcome is not 'waits'; not granted to any program.
-- out: waits, or too-many-tries: the address or the ending has no try left.
--   Nothing more is counted for the repeat of a call whose miss was counted.
-- A miss costs the service as many units as codes are pending: the chance of
-- a stranger's hit is units over the code space. Once the day's units are
-- spent the device must be named, and judge_ending counts.
CREATE OR REPLACE PROCEDURE count_miss(
  IN p_code BINARY(16), IN p_terminal BINARY(16), IN p_session BINARY(16),
  IN p_ending VARCHAR(64) CHARACTER SET ascii, IN p_address VARBINARY(8),
  IN p_misses_max INT UNSIGNED, IN p_units_max BIGINT UNSIGNED,
  IN p_units BIGINT UNSIGNED, OUT p_outcome VARCHAR(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
count_miss: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_spent, v_pending BIGINT UNSIGNED;

  SET p_outcome = 'waits';
  IF EXISTS (SELECT 1 FROM submission WHERE code = p_code
    AND terminal = p_terminal AND session = p_session) THEN
    LEAVE count_miss;
  END IF;

  INSERT INTO guess (scope, name, since, spent)
    VALUES ('address', p_address, v_now, 1)
    ON DUPLICATE KEY UPDATE
      spent = IF(since > v_now - INTERVAL 10 MINUTE, spent + 1, 1),
      since = IF(since > v_now - INTERVAL 10 MINUTE, since, v_now);
  SET v_spent = (SELECT spent FROM guess
    WHERE scope = 'address' AND name = p_address);
  IF v_spent > p_misses_max THEN
    SET p_outcome = 'too-many-tries';
    LEAVE count_miss;
  END IF;

  IF p_units < p_units_max THEN
    CALL count_pending(v_pending);
    INSERT INTO guess (scope, name, since, spent)
      VALUES ('service', DATE_FORMAT(v_now, '%Y%m%d%H'), v_now, v_pending)
      ON DUPLICATE KEY UPDATE spent = spent + VALUES(spent);
    LEAVE count_miss;
  END IF;

  CALL judge_ending(p_ending, p_units_max, 1, p_outcome);
END
