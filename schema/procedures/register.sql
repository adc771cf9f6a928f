-- POST /device/register: the first registration request.
-- in: hashes of code, lineage and the new token; of the token that came with
--   the request, or NULL; the device's facts; how many may pend
--   from its address, and which of these places it takes, by lot (0 to that
--   less 1), both NULL: no limit.
-- out: set 0: outcome (ok, not-admitted, throttled), left_version, document up
--   to device_id; set 1: a row 'also' for each other registration that changed.
-- The row of the code is locked first, so that a terminal with the same code
-- meets this device whichever comes first. A code that somebody else knows
-- takes the same statements as one that nobody knows: time must not tell. (A
-- terminal that waits for it does cost time: of that the answer tells anyway.)
-- To change a row takes 25 microseconds longer than to make one, so a row that
-- is there is left as it is, unless its time is all but over; to find it takes
-- 12 longer still, which are spent where it is made. What is left is measured
-- by './quickstart bench timing'.
-- The statement that locks the row tells, by user variables, what it has: a
-- look-up of its own would cost more. All that is this device's own affair is
-- found so or by the unique keys, and is register_unusual's, apart because a
-- procedure is read anew by each connection.
CREATE OR REPLACE PROCEDURE register(
  IN p_code BINARY(16), IN p_lineage BINARY(16), IN p_token BINARY(16),
  IN p_carried BINARY(16), IN p_device_id VARCHAR(128) CHARACTER SET ascii,
  IN p_make_and_model VARCHAR(127), IN p_serial_number VARCHAR(64),
  IN p_firmware_version VARCHAR(64), IN p_address VARBINARY(8),
  IN p_places SMALLINT UNSIGNED, IN p_place SMALLINT UNSIGNED,
  IN p_listed_only BOOLEAN, IN p_early_codes BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
register: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_expires_at DATETIME DEFAULT v_now + INTERVAL 1 HOUR;
  DECLARE v_usual BOOLEAN DEFAULT p_carried IS NULL AND NOT p_listed_only;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  IF v_usual THEN
    BEGIN
      DECLARE CONTINUE HANDLER FOR 1062 SET v_usual = FALSE;

      SET @kept_until = NULL, @awaited_until = NULL, @awaited_to = NULL,
        @matched_lineage = NULL;
      START TRANSACTION;
      INSERT INTO code (code, erase_at) VALUES (p_code, v_now + INTERVAL 1 DAY)
        ON DUPLICATE KEY UPDATE
          erase_at = IF((@kept_until := erase_at) > v_now + INTERVAL 1 MINUTE,
            erase_at, VALUES(erase_at)),
          awaited_until = (@awaited_until := awaited_until),
          awaited_to = (@awaited_to := awaited_to),
          matched_lineage = (@matched_lineage := matched_lineage);
      DO IF(@kept_until IS NULL, BENCHMARK(2100, CRC32('found')), 0);
      INSERT INTO registration (lineage, token, code, state,
          device_id, make_and_model, serial_number, firmware_version, address,
          place, created_at, seen_at, expires_at)
        VALUES (p_lineage, p_token, p_code, 'pending',
          p_device_id, p_make_and_model, p_serial_number, p_firmware_version,
          p_address, p_place, v_now, v_now, v_expires_at);
    END;
  END IF;
  -- Of several lineages (match_registration) it may be any.
  IF NOT v_usual
    OR @matched_lineage IN (p_lineage, UNHEX(REPEAT('00', 16)))
    OR (@awaited_until > v_now AND @awaited_to >= LAST_INSERT_ID()) THEN
    ROLLBACK;
    CALL register_unusual(p_code, p_lineage, p_token, p_carried, p_device_id,
      p_make_and_model, p_serial_number, p_firmware_version, p_address,
      p_places, p_place, p_listed_only, p_early_codes);
    LEAVE register;
  END IF;
  COMMIT;
  SELECT 'ok' AS outcome, 0 AS left_version, LAST_INSERT_ID() AS id,
    1 AS version, 'pending' AS state, 'stopped' AS service, NULL AS orders,
    DATE_FORMAT(v_expires_at, '%Y-%m-%dT%H:%i:%sZ') AS expires_at,
    p_device_id AS device_id;
END
