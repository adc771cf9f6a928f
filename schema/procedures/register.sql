-- POST /device/register: the first registration request.
-- in: hashes of code, lineage and the new token; of the token that came with
--   the request, or NULL; the device's facts; p_pending_max NULL: no limit.
-- out: set 0: outcome (ok, not-admitted, throttled), left_version, document;
--   then a row 'also' for each other registration that changed.
-- The row of the code is locked first, so that a terminal with the same code
-- meets this device whichever comes first. A repeat of the very same call
-- (same token) has the effect of one.
CREATE OR REPLACE PROCEDURE register(
  IN p_code BINARY(32), IN p_lineage BINARY(32), IN p_token BINARY(32),
  IN p_carried BINARY(32), IN p_device_id VARCHAR(128) CHARACTER SET ascii,
  IN p_make_and_model VARCHAR(127), IN p_serial_number VARCHAR(64),
  IN p_firmware_version VARCHAR(64), IN p_address VARBINARY(8),
  IN p_pending_max INT UNSIGNED, IN p_listed_only BOOLEAN,
  IN p_early_codes BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
register: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_id, v_paired, v_pending, v_replaced, v_supersedes, v_superseded
    BIGINT UNSIGNED;
  DECLARE v_token BINARY(32);
  DECLARE v_pending_count INT UNSIGNED;
  DECLARE v_waiting INT UNSIGNED DEFAULT 0;
  DECLARE v_terminal, v_session BINARY(32);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  IF p_listed_only AND NOT EXISTS
    (SELECT 1 FROM admitted_device WHERE device_id = p_device_id) THEN
    SELECT 'not-admitted' AS outcome;
    LEAVE register;
  END IF;

  START TRANSACTION;
  INSERT INTO code (code, erase_at) VALUES (p_code, v_now + INTERVAL 1 DAY)
    ON DUPLICATE KEY UPDATE erase_at = VALUES(erase_at);

  -- What this lineage has: one paired and one pending at most.
  SELECT MAX(IF(live = 1 AND ((NOT token_used
        AND paired_at > v_now - INTERVAL 10 MINUTE) OR token = p_token),
      id, NULL)),
    MAX(IF(live = 0, id, NULL)), MAX(IF(token = p_token, id, NULL))
    INTO v_paired, v_pending, v_id
    FROM registration WHERE lineage = p_lineage AND live IS NOT NULL;

  IF v_id IS NULL AND v_paired IS NOT NULL THEN
    -- The answer to its first request got lost, and it was paired meanwhile.
    SELECT token INTO v_token FROM registration WHERE id = v_paired FOR UPDATE;
    UPDATE registration SET token = p_token, seen_at = v_now
      WHERE id = v_paired AND state = 'paired' AND NOT token_used;
    IF ROW_COUNT() = 1 THEN
      INSERT INTO replaced_token (token, replaced_at) VALUES (v_token, v_now);
      SET v_id = v_paired;
    END IF;
  END IF;
  IF v_id IS NOT NULL THEN
    SELECT 'ok' AS outcome, 0 AS left_version, d.*
      FROM registration_document d WHERE d.id = v_id;
    COMMIT;
    LEAVE register;
  END IF;

  IF v_pending IS NOT NULL THEN
    UPDATE registration SET state = 'ended', ended_by = 'replaced',
      code = NULL, version = version + 1, ended_at = v_now
      WHERE id = v_pending AND state = 'pending';
    SET v_replaced = v_pending;
  END IF;

  -- INTO reads without locks: two that each replace one of their own would
  -- wait for each other here.
  SELECT COUNT(*) INTO v_pending_count FROM registration
    WHERE pending_address = p_address AND expires_at > v_now;
  IF p_pending_max <= v_pending_count + 64 THEN
    -- Near the bound they come one after the other and count again, so that
    -- those not yet committed are seen; far from it nobody waits.
    INSERT INTO guess (scope, name, since, spent)
      VALUES ('pending', p_address, v_now, 0)
      ON DUPLICATE KEY UPDATE since = VALUES(since);
    SELECT COUNT(*) INTO v_pending_count FROM registration
      WHERE pending_address = p_address AND expires_at > v_now;
  END IF;
  IF p_pending_max <= v_pending_count THEN
    ROLLBACK;
    SELECT 'throttled' AS outcome;
    LEAVE register;
  END IF;

  IF p_carried IS NOT NULL THEN
    SET v_supersedes = (SELECT id FROM registration
      WHERE token = p_carried AND state = 'paired');
  END IF;

  INSERT INTO registration (lineage, token, code, state, supersedes,
      device_id, make_and_model, serial_number, firmware_version, address,
      created_at, seen_at, expires_at)
    VALUES (p_lineage, p_token, p_code, 'pending', v_supersedes,
      p_device_id, p_make_and_model, p_serial_number, p_firmware_version,
      p_address, v_now, v_now, v_now + INTERVAL 1 HOUR);
  SET v_id = LAST_INSERT_ID();

  IF p_early_codes THEN
    SELECT COUNT(*), MAX(terminal), MAX(session)
      INTO v_waiting, v_terminal, v_session
      FROM submission WHERE code = p_code AND waits_until > v_now;
  END IF;
  IF v_waiting = 1 THEN
    CALL match_registration(v_id, p_code, v_terminal, v_session,
      v_superseded);
  ELSEIF v_waiting > 1 THEN
    -- Two terminals typed it: neither is paired, both must type it again.
    UPDATE submission SET waits_until = NULL WHERE code = p_code;
  END IF;
  SELECT 'ok' AS outcome, 0 AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id
  UNION ALL
  SELECT 'also', d.version - 1, d.*
    FROM registration_document d
    WHERE d.id IN (v_replaced, v_supersedes, v_superseded)
      AND d.state = 'ended' AND (v_waiting = 1 OR d.id = v_replaced);
  COMMIT;
END
