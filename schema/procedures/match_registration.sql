-- The match itself, inside the transaction of register or pair. It locks the
-- code's row first. Not granted to any program.
-- in: a pending registration, its code, device and lineage, what it
--   supersedes or NULL; the terminal that typed the code; the session that
--   shall hold it.
-- out: p_superseded: the lineage's pairing that ended by this one, or NULL.
--   (registration.supersedes names the other that may have.)
--   p_line: the history it goes on with, or NULL: one of its own.
-- err: 45000 when the registration is no longer pending with this code.
CREATE OR REPLACE PROCEDURE match_registration(
  IN p_id BIGINT UNSIGNED, IN p_code BINARY(16), IN p_device INT UNSIGNED,
  IN p_lineage BINARY(16), IN p_supersedes BIGINT UNSIGNED,
  IN p_terminal BINARY(16), IN p_session BINARY(16),
  OUT p_superseded BIGINT UNSIGNED,
  OUT p_line BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();

  -- Matched by several lineages in 10 minutes it names none of them: zeros,
  -- and register looks for each.
  UPDATE code SET
    awaited_until = NULLIF(@awaited_until := awaited_until, awaited_until),
    matched_lineage = IF(matched_lineage <> p_lineage
      AND matched_at > v_now - INTERVAL 10 MINUTE, UNHEX(REPEAT('00', 16)),
      p_lineage),
    matched_at = v_now, matched_registration = p_id,
    matched_terminal = p_terminal, matched_session = p_session,
    erase_at = v_now + INTERVAL 10 MINUTE WHERE code = p_code;

  -- The lineage's history.
  SELECT MAX(IF(live = 1, id, NULL)), MAX(line) INTO p_superseded, p_line
    FROM registration WHERE device = p_device AND lineage = p_lineage
      AND line IS NOT NULL;
  IF p_line IS NOT NULL OR p_supersedes IS NOT NULL THEN
    CALL inherit_line(p_superseded, p_supersedes, p_line);
  END IF;

  UPDATE registration SET state = 'paired', code = NULL, place = NULL,
    version = version + 1, paired_at = v_now, expires_at = NULL, room = NULL,
    line = COALESCE(p_line, id)
    WHERE id = p_id AND code = p_code AND state = 'pending';
  IF ROW_COUNT() <> 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not pending';
  END IF;
  IF p_line IS NOT NULL THEN
    CALL tell_orders(p_id, FALSE);
  END IF;

  IF @awaited_until IS NOT NULL THEN
    DELETE FROM submission WHERE code = p_code AND terminal = p_terminal;
    UPDATE submission SET waits_until = NULL WHERE code = p_code;
  END IF;
  INSERT INTO holding (session, registration, held_since)
    VALUES (p_session, p_id, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE held_since = VALUES(held_since);
END
