-- GET /device/connect: who holds this token, and how it stands.
-- in: hash of the token.
-- out: set 0: outcome (ok, unauthorized, gone), left_version 0, document.
-- The sign of life is written every 15 minutes at most once paired, so that a
-- device that waits, which asks every 52 seconds, costs a write in 17 calls.
CREATE OR REPLACE PROCEDURE connect(IN p_token BINARY(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
connect: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_stale BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SELECT id, NOT token_used OR state = 'pending'
      OR seen_at < v_now - INTERVAL 15 MINUTE
    INTO v_id, v_stale
    FROM registration WHERE token = p_token
      AND (state = 'paired' OR (state = 'pending' AND expires_at > v_now));
  IF v_id IS NULL THEN
    CALL explain_token(p_token);
    LEAVE connect;
  END IF;
  IF v_stale THEN
    UPDATE registration SET seen_at = v_now, token_used = TRUE,
      expires_at = IF(state = 'pending', LEAST(created_at + INTERVAL 1 DAY,
        v_now + INTERVAL 1 HOUR), expires_at)
      WHERE id = v_id AND token = p_token;
  END IF;
  SELECT 'ok' AS outcome, 0 AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
END
