-- While the service's units are spent each ending of a device's number has a
-- budget of its own, as many misses a day as an address has in 10 minutes:
-- one for its last 4 characters, and one for its last 8 where so many are
-- named. So each device is guessed at no more than four times as often a day
-- (two endings of its DeviceId, two of its serial number), however many
-- addresses guess; and who spends the budgets of all short endings keeps
-- nobody out who types more of the number. Inside count_miss; not granted to
-- any program.
-- in: the ending; misses allowed.
-- out: p_outcome: unchanged; budget-spent: more of the number is wanted;
--   too-many-tries: no try was left.
-- A budget is whole again a day after its last miss that counted.
CREATE OR REPLACE PROCEDURE count_ending(
  IN p_ending VARCHAR(64) CHARACTER SET ascii, IN p_misses_max INT UNSIGNED,
  INOUT p_outcome VARCHAR(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_name VARCHAR(8) CHARACTER SET ascii DEFAULT RIGHT(p_ending,
    IF(CHAR_LENGTH(p_ending) < 8, 4, 8));

  INSERT INTO guess (scope, name, since, spent)
    VALUES ('ending', v_name, v_now, 1)
    ON DUPLICATE KEY UPDATE
      spent = IF(since > v_now - INTERVAL 1 DAY, spent + 1, 1), since = v_now;
  IF (SELECT spent FROM guess WHERE scope = 'ending' AND name = v_name)
    > p_misses_max THEN
    SET p_outcome = IF(CHAR_LENGTH(p_ending) < 8, 'budget-spent',
      'too-many-tries');
  END IF;
END
