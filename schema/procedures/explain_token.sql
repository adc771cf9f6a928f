-- Why a token opens nothing: gone (its registration ended, expired, or the
-- token was replaced) or unauthorized (never issued, or forgotten).
-- Reads only. out: set 0: outcome.
CREATE OR REPLACE PROCEDURE explain_token(IN p_token BINARY(16))
SQL SECURITY DEFINER READS SQL DATA
BEGIN
  SELECT IF(EXISTS (SELECT 1 FROM registration WHERE token = p_token)
      OR EXISTS (SELECT 1 FROM replaced_token WHERE token = p_token),
    'gone', 'unauthorized') AS outcome;
END
