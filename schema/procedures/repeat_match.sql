-- The same terminal and code again within 10 minutes of their match (a
-- double tap, or a call repeated after a lost answer): the same answer, for
-- its new session too. Inside pair; not granted to any program.
-- out: the registration, or NULL: no such match, or one yet to come (the clock
--   was set back).
CREATE OR REPLACE PROCEDURE repeat_match(
  IN p_code BINARY(16), IN p_terminal BINARY(16), IN p_session BINARY(16),
  IN p_held BINARY(16), OUT p_registration BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_session BINARY(16);

  SELECT c.matched_registration, c.matched_session
    INTO p_registration, v_session
    FROM code c JOIN registration r ON r.id = c.matched_registration
    WHERE c.code = p_code AND c.matched_terminal = p_terminal
      AND c.matched_at > UTC_TIMESTAMP() - INTERVAL 10 MINUTE
      AND c.matched_at <= UTC_TIMESTAMP() + INTERVAL 1 MINUTE
      AND r.state = 'paired';
  IF p_registration IS NOT NULL THEN
    -- Any of the answers may be the one that the browser keeps.
    INSERT IGNORE INTO holding (session, registration, held_since)
      SELECT p_session, registration, held_since
        FROM holding WHERE session = v_session;
    INSERT IGNORE INTO holding (session, registration, held_since)
      VALUES (p_session, p_registration, UTC_TIMESTAMP(6));
    UPDATE code SET matched_session = p_session WHERE code = p_code;
    CALL move_session(p_held, p_session);
  END IF;
END
