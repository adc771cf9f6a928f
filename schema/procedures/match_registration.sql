-- The match itself, inside the transaction of register or pair, which holds
-- the lock on the code's row. Not granted to any program.
-- in: a pending registration; the terminal that typed its code; the session
--   that shall hold it.
-- out: p_superseded: the lineage's pairing that ended by this one, or NULL.
--   (registration.supersedes names the other that may have.)
-- err: 45000 when the registration is no longer pending.
CREATE OR REPLACE PROCEDURE match_registration(
  IN p_id BIGINT UNSIGNED, IN p_code BINARY(32), IN p_terminal BINARY(32),
  IN p_session BINARY(32), OUT p_superseded BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_lineage BINARY(32);
  DECLARE v_supersedes, v_line, v_other BIGINT UNSIGNED;

  SELECT lineage, supersedes INTO v_lineage, v_supersedes
    FROM registration WHERE id = p_id FOR UPDATE;

  -- The lineage's history, and that of the pairing whose token it carried.
  SELECT MAX(IF(live = 1, id, NULL)), MAX(line)
    INTO p_superseded, v_line
    FROM registration WHERE lineage = v_lineage AND line IS NOT NULL;
  IF v_supersedes IS NOT NULL THEN
    SET v_other = (SELECT line FROM registration
      WHERE id = v_supersedes AND state = 'paired' FOR UPDATE);
  END IF;

  IF p_superseded IS NOT NULL OR v_other IS NOT NULL THEN
    UPDATE registration SET state = 'ended', ended_by = 'superseded',
      version = version + 1, ended_at = v_now
      WHERE id IN (p_superseded, v_supersedes) AND state = 'paired';
  END IF;
  -- A history that went over to another lineage's pairing, which carried the
  -- token, is that one's: one pairing in force a line.
  IF EXISTS (SELECT 1 FROM registration
    WHERE line = v_line AND state = 'paired') THEN
    SET v_line = NULL;
  END IF;
  IF v_line IS NOT NULL AND v_other IS NOT NULL AND v_line <> v_other THEN
    CALL merge_line(v_line, v_other);
  END IF;

  UPDATE registration SET state = 'paired', code = NULL,
    version = version + 1, paired_at = v_now,
    line = COALESCE(v_other, v_line, id)
    WHERE id = p_id AND state = 'pending';
  IF ROW_COUNT() <> 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not pending';
  END IF;

  UPDATE code SET matched_at = v_now, matched_registration = p_id,
    matched_terminal = p_terminal, matched_session = p_session,
    erase_at = v_now + INTERVAL 10 MINUTE WHERE code = p_code;
  DELETE FROM submission WHERE code = p_code AND terminal = p_terminal;
  UPDATE submission SET waits_until = NULL WHERE code = p_code;
  INSERT INTO holding (session, registration, held_since)
    VALUES (p_session, p_id, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE held_since = VALUES(held_since);
END
