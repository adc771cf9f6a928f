-- How many codes are pending, for the budget. Inside count_miss; not granted
-- to any program.
-- out: their number; where they are many, no less than that: as it was in the
--   last 10 seconds, and all that came since. Counting 100,000 anew for each
--   miss would cost more than all the rest.
CREATE OR REPLACE PROCEDURE count_pending(OUT p_pending BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_newest, v_counted_to BIGINT UNSIGNED;

  -- INTO reads without locks; SET would lock all that pends.
  SELECT COALESCE(MAX(id), 0) INTO v_newest FROM registration;
  SELECT MAX(IF(name = '', spent, NULL)), MAX(IF(name = '', NULL, spent))
    INTO p_pending, v_counted_to FROM guess
    WHERE scope = 'pending' AND name IN ('', 'newest')
      AND since > v_now - INTERVAL 10 SECOND;
  IF v_counted_to IS NOT NULL THEN
    SET p_pending = p_pending + IF(v_newest > v_counted_to,
      v_newest - v_counted_to, 0);
  ELSE
    SELECT COUNT(*) INTO p_pending FROM registration
      WHERE pending_address IS NOT NULL;
    IF p_pending > 1000 THEN
      INSERT INTO guess (scope, name, since, spent)
        VALUES ('pending', '', v_now, p_pending),
          ('pending', 'newest', v_now, v_newest)
        ON DUPLICATE KEY UPDATE since = VALUES(since), spent = VALUES(spent);
    END IF;
  END IF;
END
