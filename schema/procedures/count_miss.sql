-- Count a miss where the code was compared. Inside pair, which rolls back
-- when the outcome is not 'waits'; not granted to any program.
-- in: misses allowed an address in 10 minutes, and an ending in a day; units
--   that typing may cost the service in a day, and those that it had cost.
-- out: waits; too-many-tries or budget-spent: the address, the service or the
--   ending has no try left. Nothing more is counted for the repeat of a call
--   whose miss was counted.
-- A miss costs the service as many units as codes are pending: the chance of
-- a stranger's hit is units over the code space. Whoever locks the hour's row
-- first is compared first: of any number at once only those are told anything
-- that began within the budget. Once the day's units are spent the device
-- must be named, and count_ending counts.
-- An hour's row stays in the sum until a day after its last miss.
CREATE OR REPLACE PROCEDURE count_miss(
  IN p_code BINARY(16), IN p_terminal BINARY(16), IN p_session BINARY(16),
  IN p_ending VARCHAR(64) CHARACTER SET ascii, IN p_address VARBINARY(8),
  IN p_misses_max INT UNSIGNED, IN p_units_max BIGINT UNSIGNED,
  IN p_units BIGINT UNSIGNED, OUT p_outcome VARCHAR(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
count_miss: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_spent, v_units, v_pending BIGINT UNSIGNED;

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

  IF p_units >= p_units_max THEN
    CALL count_ending(p_ending, p_misses_max, p_outcome);
    LEAVE count_miss;
  END IF;
  CALL count_pending(v_pending);
  INSERT INTO guess (scope, name, since, spent)
    VALUES ('service', DATE_FORMAT(v_now, '%Y%m%d%H'), v_now, v_pending)
    ON DUPLICATE KEY UPDATE spent = spent + VALUES(spent),
      since = GREATEST(since, VALUES(since));
  SELECT SUM(spent) INTO v_units FROM guess
    WHERE scope = 'service' AND since > v_now - INTERVAL 1 DAY;
  IF v_units >= p_units_max + v_pending THEN
    SET p_outcome = 'budget-spent';
  END IF;
END
