-- Purge: codes past their time, unless something pends or waits with them.
-- in: how many at most. out: set 0: how many, and nothing.
-- Whoever needs a code puts its time off first, under the row's lock.
CREATE OR REPLACE PROCEDURE purge_codes(IN p_limit INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();

  DELETE FROM code WHERE erase_at <= v_now
    AND NOT EXISTS (SELECT 1 FROM registration r WHERE r.code = code.code)
    AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.code = code.code
      AND s.waits_until > v_now)
    LIMIT p_limit;
  SELECT ROW_COUNT() AS changed, NULL AS reached;
END
