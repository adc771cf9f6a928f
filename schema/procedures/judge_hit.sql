-- Whether a hit counts: only while a try was left. It is held against misses
-- that were counted since it was begun, and waits for those not yet committed:
-- so it takes its place among them, and of any number at once no more are
-- compared than the budgets allow. Inside pair, after the match was made, so
-- that all lock the code's row first; not granted to any program.
-- in: as count_miss; whether the units had been spent when it was begun.
-- out: p_outcome: unchanged; too-many-tries or budget-spent: no try was left.
CREATE OR REPLACE PROCEDURE judge_hit(
  IN p_ending VARCHAR(64) CHARACTER SET ascii, IN p_address VARBINARY(8),
  IN p_misses_max INT UNSIGNED, IN p_units_max BIGINT UNSIGNED,
  IN p_spent BOOLEAN, INOUT p_outcome VARCHAR(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_misses, v_tried, v_units BIGINT UNSIGNED;

  SELECT SUM(IF(scope = 'address', spent, NULL)),
      SUM(IF(scope = 'ending', spent, NULL)),
      SUM(IF(scope = 'service', spent, NULL))
    INTO v_misses, v_tried, v_units FROM guess
    WHERE (scope = 'address' AND name = p_address
        AND since > v_now - INTERVAL 10 MINUTE)
      OR (scope = 'ending' AND name = RIGHT(p_ending,
          IF(CHAR_LENGTH(p_ending) < 8, 4, 8))
        AND p_spent AND since > v_now - INTERVAL 1 DAY)
      OR (scope = 'service' AND NOT p_spent
        AND since > v_now - INTERVAL 1 DAY)
    LOCK IN SHARE MODE;
  IF v_misses >= p_misses_max THEN
    SET p_outcome = 'too-many-tries';
  ELSEIF v_tried >= p_misses_max THEN
    SET p_outcome = IF(CHAR_LENGTH(p_ending) < 8, 'budget-spent',
      'too-many-tries');
  ELSEIF v_units >= p_units_max THEN
    SET p_outcome = 'budget-spent';
  END IF;
END
