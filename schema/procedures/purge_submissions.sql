-- Purge: codes typed whose outcome is no longer told.
-- in: how many at most. out: set 0: how many, and nothing.
CREATE OR REPLACE PROCEDURE purge_submissions(IN p_limit INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();

  DELETE FROM submission WHERE shown_until <= v_now
    AND (waits_until IS NULL OR waits_until <= v_now) LIMIT p_limit;
  SELECT ROW_COUNT() AS changed, NULL AS reached;
END
