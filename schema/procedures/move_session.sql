-- What a terminal's session held goes over to its fresh one, the 31 newest
-- beside what is new; the old one is void. Inside pair; not granted to any
-- program. in: p_from NULL, or a session that may not exist: nothing moves.
CREATE OR REPLACE PROCEDURE move_session(
  IN p_from BINARY(16), IN p_to BINARY(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  IF p_from IS NOT NULL AND p_from <> p_to THEN
    -- None lies ahead, where a clock that was set back left it: what comes
    -- now is the newest.
    UPDATE IGNORE holding SET session = p_to,
      held_since = IF(held_since > UTC_TIMESTAMP(6),
        UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, held_since)
      WHERE session = p_from ORDER BY held_since DESC LIMIT 31;
    DELETE FROM holding WHERE session = p_from;
    UPDATE submission SET session = p_to WHERE session = p_from;
  END IF;
END
