-- How many codes are pending, for the budgets. Inside count_miss and
-- judge_ending; not granted to any program.
-- out: their number; where they are many, as it was in the last 10 seconds:
--   counting 100,000 anew for each miss would cost more than all the rest.
CREATE OR REPLACE PROCEDURE count_pending(OUT p_pending BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();

  -- INTO reads without locks; SET would lock all that pends.
  SELECT MAX(spent) INTO p_pending FROM guess
    WHERE scope = 'pending' AND name = ''
      AND since > v_now - INTERVAL 10 SECOND;
  IF p_pending IS NULL THEN
    SELECT COUNT(*) INTO p_pending FROM registration
      WHERE pending_address IS NOT NULL;
    IF p_pending > 1000 THEN
      INSERT INTO guess (scope, name, since, spent)
        VALUES ('pending', '', v_now, p_pending)
        ON DUPLICATE KEY UPDATE since = VALUES(since), spent = VALUES(spent);
    END IF;
  END IF;
END
