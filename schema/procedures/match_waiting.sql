-- A device registers with a code that a terminal may wait with. Inside
-- register, which holds the lock on the code's row; not granted to any
-- program.
-- in: the new registration, its code, device and lineage, what it supersedes
--   or NULL.
-- Its number may be the next after the one that register first gave it.
-- out: p_superseded: as match_registration; p_matched: whether it was paired.
CREATE OR REPLACE PROCEDURE match_waiting(
  IN p_id BIGINT UNSIGNED, IN p_code BINARY(16), IN p_device INT UNSIGNED,
  IN p_lineage BINARY(16), IN p_supersedes BIGINT UNSIGNED,
  OUT p_superseded BIGINT UNSIGNED, OUT p_matched BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_line BIGINT UNSIGNED;
  DECLARE v_terminal, v_session BINARY(16);

  -- With locks, as pair looks for registrations (there is why).
  SELECT MAX(s.terminal), MAX(s.session) INTO v_terminal, v_session
    FROM code c JOIN submission s ON s.code = c.code
    WHERE c.code = p_code AND c.awaited_until > v_now
      AND c.awaited_to + 1 >= p_id AND s.waits_until > v_now
    HAVING COUNT(*) = 1
    LOCK IN SHARE MODE;
  SET p_matched = v_terminal IS NOT NULL;
  IF p_matched THEN
    CALL match_registration(p_id, p_code, p_device, p_lineage,
      p_supersedes, v_terminal, v_session, p_superseded, v_line);
  END IF;
END
