-- A device registers with a code that terminals may wait with. Inside
-- register, which holds the lock on the code's row; not granted to any
-- program.
-- in: the new registration, its code, device and lineage, what it supersedes
--   or NULL.
-- out: p_superseded: as match_registration; p_matched: whether it was paired.
CREATE OR REPLACE PROCEDURE match_waiting(
  IN p_id BIGINT UNSIGNED, IN p_code BINARY(16), IN p_device INT UNSIGNED,
  IN p_lineage BINARY(16), IN p_supersedes BIGINT UNSIGNED,
  OUT p_superseded BIGINT UNSIGNED, OUT p_matched BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_waiting INT UNSIGNED;
  DECLARE v_line BIGINT UNSIGNED;
  DECLARE v_terminal, v_session BINARY(16);

  SELECT COUNT(*), MAX(terminal), MAX(session)
    INTO v_waiting, v_terminal, v_session
    FROM submission WHERE code = p_code AND waits_until > UTC_TIMESTAMP();
  SET p_matched = v_waiting = 1;
  IF p_matched THEN
    CALL match_registration(p_id, p_code, p_device, p_lineage,
      p_supersedes, v_terminal, v_session, p_superseded, v_line);
  ELSEIF v_waiting > 1 THEN
    -- Two terminals typed it: neither is paired, both must type it again.
    UPDATE submission SET waits_until = NULL WHERE code = p_code;
    UPDATE code SET awaited_until = NULL WHERE code = p_code;
  END IF;
END
