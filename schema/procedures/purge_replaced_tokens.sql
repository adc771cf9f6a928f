-- Purge: replaced tokens, remembered 90 days.
-- in: how many at most. out: set 0: how many, and nothing.
CREATE OR REPLACE PROCEDURE purge_replaced_tokens(IN p_limit INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DELETE FROM replaced_token
    WHERE replaced_at <= UTC_TIMESTAMP() - INTERVAL 90 DAY LIMIT p_limit;
  SELECT ROW_COUNT() AS changed, NULL AS reached;
END
