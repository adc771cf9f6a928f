-- Purge: job reports older than the configuration keeps them.
-- in: how many at most; days kept. out: set 0: how many, and nothing.
CREATE OR REPLACE PROCEDURE purge_jobs(
  IN p_limit INT UNSIGNED, IN p_days INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DELETE FROM job WHERE received_at <= UTC_TIMESTAMP() - INTERVAL p_days DAY
    LIMIT p_limit;
  SELECT ROW_COUNT() AS changed, NULL AS reached;
END
