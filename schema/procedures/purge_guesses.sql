-- Purge: guess budgets whose window is over: an address's after 10 minutes,
-- the others after a day.
-- in: how many at most. out: set 0: how many, and nothing.
CREATE OR REPLACE PROCEDURE purge_guesses(IN p_limit INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();

  DELETE FROM guess WHERE since <= v_now - INTERVAL 10 MINUTE
    AND (scope = 'address' OR since <= v_now - INTERVAL 1 DAY) LIMIT p_limit;
  SELECT ROW_COUNT() AS changed, NULL AS reached;
END
