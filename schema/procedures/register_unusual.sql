-- POST /device/register where the usual way is barred: the device has a
-- registration, a terminal waits for it, its place is taken, a token came
-- along, or enrolment is by list. Inside register; not granted to any program.
-- in, out: as register. A repeat of the very same call (same token) has the
--   effect of one.
CREATE OR REPLACE PROCEDURE register_unusual(
  IN p_code BINARY(16), IN p_lineage BINARY(16), IN p_token BINARY(16),
  IN p_carried BINARY(16), IN p_device_id VARCHAR(128) CHARACTER SET ascii,
  IN p_make_and_model VARCHAR(127), IN p_serial_number VARCHAR(64),
  IN p_firmware_version VARCHAR(64), IN p_address VARBINARY(8),
  IN p_places SMALLINT UNSIGNED, IN p_place SMALLINT UNSIGNED,
  IN p_listed_only BOOLEAN, IN p_early_codes BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
register_unusual: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_expires_at DATETIME DEFAULT v_now + INTERVAL 1 HOUR;
  DECLARE v_id, v_replaced, v_supersedes, v_superseded BIGINT UNSIGNED;
  DECLARE v_matched BOOLEAN DEFAULT FALSE;
  DECLARE v_place SMALLINT UNSIGNED DEFAULT p_place;
  DECLARE v_failures, v_tries TINYINT UNSIGNED DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  IF p_listed_only AND NOT EXISTS
    (SELECT 1 FROM admitted_device WHERE device_id = p_device_id) THEN
    SELECT 'not-admitted' AS outcome;
    LEAVE register_unusual;
  END IF;

  transaction: LOOP
    START TRANSACTION;
    IF p_places IS NOT NULL THEN
      -- Who has to look for a place does so one after the other.
      INSERT INTO guess (scope, name, since, spent)
        VALUES ('pending', p_address, v_now, 0)
        ON DUPLICATE KEY UPDATE since = VALUES(since);
    END IF;
    -- Made or found, in the same time, as in register.
    SET @kept_until = NULL;
    INSERT INTO code (code, erase_at) VALUES (p_code, v_now + INTERVAL 1 DAY)
      ON DUPLICATE KEY UPDATE
        erase_at = IF((@kept_until := erase_at) > v_now + INTERVAL 1 MINUTE,
          erase_at, VALUES(erase_at));
    DO IF(@kept_until IS NULL, BENCHMARK(2100, CRC32('found')), 0);

    CALL renew_registration(p_lineage, p_token, p_device_id, v_id, v_replaced);
    IF v_id IS NOT NULL THEN
      -- Paired by this code already: it is not needed for a day.
      UPDATE code SET erase_at = v_now + INTERVAL 10 MINUTE
        WHERE code = p_code AND matched_registration = v_id;
      SELECT 'ok' AS outcome, 0 AS left_version, d.*
        FROM registration_document d WHERE d.id = v_id;
      COMMIT;
      LEAVE register_unusual;
    END IF;
    IF p_carried IS NOT NULL THEN
      SET v_supersedes = (SELECT id FROM registration
        WHERE token = p_carried AND state = 'paired');
    END IF;
    IF p_places IS NOT NULL THEN
      CALL find_place(p_address, p_places, v_place);
      IF v_place IS NULL THEN
        ROLLBACK;
        SELECT 'throttled' AS outcome;
        LEAVE register_unusual;
      END IF;
    END IF;

    BEGIN
      DECLARE CONTINUE HANDLER FOR 1062 SET v_failures = v_failures + 1;

      INSERT INTO registration (lineage, token, code, state, supersedes,
          device_id, make_and_model, serial_number, firmware_version, address,
          place, created_at, seen_at, expires_at)
        VALUES (p_lineage, p_token, p_code, 'pending', v_supersedes,
          p_device_id, p_make_and_model, p_serial_number, p_firmware_version,
          p_address, v_place, v_now, v_now, v_expires_at);
      SET v_id = LAST_INSERT_ID();
    END;
    IF v_failures = v_tries THEN
      LEAVE transaction;
    END IF;
    ROLLBACK;
    SET v_tries = v_failures;
    IF v_tries > 8 THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no place';
    END IF;
  END LOOP;

  IF p_early_codes THEN
    CALL match_waiting(v_id, p_code, CRC32(p_device_id), p_lineage,
      v_supersedes, v_superseded, v_matched);
  END IF;
  IF v_replaced IS NULL AND NOT v_matched THEN
    COMMIT;
    SELECT 'ok' AS outcome, 0 AS left_version, v_id AS id, 1 AS version,
      'pending' AS state, 'stopped' AS service, NULL AS orders,
      DATE_FORMAT(v_expires_at, '%Y-%m-%dT%H:%i:%sZ') AS expires_at,
      p_device_id AS device_id;
    LEAVE register_unusual;
  END IF;
  SELECT 'ok' AS outcome, 0 AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  SELECT 'also' AS outcome, d.version - 1 AS left_version, d.*
    FROM registration_document d
    WHERE d.id IN (v_replaced, v_supersedes, v_superseded)
      AND d.state = 'ended' AND (v_matched OR d.id = v_replaced);
  COMMIT;
END
