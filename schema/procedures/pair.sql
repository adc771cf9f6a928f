-- POST /pair: the second registration request.
-- in: hashes of the code typed, of the terminal, of its fresh session and of
--   the session it came with (or NULL); the device's ending as typed, in its
--   normal form, or NULL; who asks; misses allowed an address in 10 minutes;
--   units of guessing allowed the whole service in a day (misses times codes
--   pending then); the same for codes that wait for their devices (times
--   registrations then), and for how many registrations one waits at least (0:
--   none waits).
-- out: set 0: outcome (paired, waits, too-many-tries; name-device: several pend
--   with the code; budget-spent: the service's, so that more of the device's
--   number is wanted), left_version, document; then a row 'also' for each
--   pairing superseded.
-- A miss locks the code's row first, then the address's, then the hour's of the
-- service: each submission meets them once, so of any number at once only the
-- allowed misses are compared. A hit locks the code's row, then waits for the
-- misses that came before it.
-- A repeat of the very same call (same session) has the effect of one.
CREATE OR REPLACE PROCEDURE pair(
  IN p_code BINARY(16), IN p_terminal BINARY(16), IN p_session BINARY(16),
  IN p_held BINARY(16), IN p_ending VARCHAR(64) CHARACTER SET ascii,
  IN p_address VARBINARY(8), IN p_misses_max INT UNSIGNED,
  IN p_units_max BIGINT UNSIGNED, IN p_early_units BIGINT UNSIGNED,
  IN p_early_share INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
pair: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_misses, v_tried BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_units BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_count INT UNSIGNED DEFAULT 0;
  DECLARE v_id, v_superseded, v_supersedes BIGINT UNSIGNED;
  DECLARE v_line BIGINT UNSIGNED;
  DECLARE v_lineage BINARY(16);
  DECLARE v_device_id VARCHAR(128) CHARACTER SET ascii;
  DECLARE v_version INT UNSIGNED;
  DECLARE v_waits BOOLEAN;
  DECLARE v_outcome VARCHAR(16);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  -- What is spent is not compared at all, so that no time tells of a hit.
  SELECT COALESCE(SUM(IF(scope = 'address', spent, 0)), 0),
      COALESCE(SUM(IF(scope = 'ending', spent, 0)), 0),
      COALESCE(SUM(IF(scope = 'service', spent, 0)), 0)
    INTO v_misses, v_tried, v_units FROM guess
    WHERE (scope = 'address' AND name = p_address
        AND since > v_now - INTERVAL 10 MINUTE)
      OR (scope = 'ending' AND name = RIGHT(p_ending,
          IF(CHAR_LENGTH(p_ending) < 8, 4, 8))
        AND since > v_now - INTERVAL 1 DAY)
      OR (scope = 'service' AND since > v_now - INTERVAL 1 DAY);
  IF v_misses >= p_misses_max THEN
    SELECT 'too-many-tries' AS outcome;
    LEAVE pair;
  END IF;
  IF v_units >= p_units_max
    AND (p_ending IS NULL OR v_tried >= p_misses_max) THEN
    SELECT IF(CHAR_LENGTH(p_ending) >= 8, 'too-many-tries', 'budget-spent')
      AS outcome;
    LEAVE pair;
  END IF;

  -- The usual case, before the transaction, where a read costs half. That it
  -- still stands is proved by the change, else the call is repeated.
  IF p_ending IS NULL THEN
    SELECT COUNT(*), MAX(id), MAX(lineage), MAX(supersedes),
        MAX(device_id), MAX(version)
      INTO v_count, v_id, v_lineage, v_supersedes,
        v_device_id, v_version
      FROM registration WHERE code = p_code AND state = 'pending'
        AND expires_at > v_now;
  END IF;

  -- Who locks a code's row may do so a moment before a snapshot shows what its
  -- holder committed (MariaDB ends the lock of a row just inserted first). So
  -- whoever registered is looked for with locks, which see it; and at this
  -- level these lock what is found, never a gap that others register into.
  IF v_count <> 1 THEN
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  END IF;
  START TRANSACTION;
  IF v_count <> 1 THEN
    -- Made or found, in the same time (register tells of it; measured apart).
    SET @kept_until = NULL;
    INSERT INTO code (code, erase_at)
      VALUES (p_code, v_now + INTERVAL 10 MINUTE)
      ON DUPLICATE KEY UPDATE erase_at =
        GREATEST(@kept_until := erase_at, VALUES(erase_at));
    DO IF(@kept_until IS NULL, BENCHMARK(1600, CRC32('found')), 0);
    SELECT COUNT(*), MAX(id), MAX(lineage), MAX(supersedes),
        MAX(device_id), MAX(version)
      INTO v_count, v_id, v_lineage, v_supersedes,
        v_device_id, v_version
      FROM registration WHERE code = p_code AND state = 'pending'
        AND expires_at > v_now
        AND (p_ending IS NULL
          OR RIGHT(REGEXP_REPLACE(UPPER(device_id), '[^0-9A-Z]', ''),
            CHAR_LENGTH(p_ending)) = p_ending
          OR RIGHT(REGEXP_REPLACE(UPPER(serial_number), '[^0-9A-Z]', ''),
            CHAR_LENGTH(p_ending)) = p_ending)
      FOR UPDATE;
  END IF;

  IF v_count = 0 THEN
    CALL repeat_match(p_code, p_terminal, p_session, p_held, v_id);
    IF v_id IS NOT NULL THEN
      COMMIT;
      SELECT 'paired' AS outcome, 0 AS left_version, d.*
        FROM registration_document d WHERE d.id = v_id;
      LEAVE pair;
    END IF;
    CALL count_miss(p_code, p_terminal, p_session, p_ending, p_address,
      p_misses_max, p_units_max, v_units, v_outcome);
    IF v_outcome <> 'waits' THEN
      ROLLBACK;
      SELECT v_outcome AS outcome;
      LEAVE pair;
    END IF;
    -- While the units are spent none waits: a device could claim any number.
    SET v_waits = FALSE;
    IF v_units < p_units_max THEN
      CALL wait_for_device(p_code, p_terminal, p_session, p_early_units,
        p_early_share, v_waits);
    END IF;
    -- After a double tap or a lost answer the session that it came with is
    -- void already, and what that held is the earlier answer's.
    INSERT IGNORE INTO holding (session, registration, held_since)
      SELECT p_session, h.registration, h.held_since
        FROM submission s JOIN holding h ON h.session = s.session
        WHERE s.code = p_code AND s.terminal = p_terminal
          AND s.shown_until > v_now;
    INSERT INTO submission (code, terminal, session, submitted_at,
        waits_until, shown_until)
      VALUES (p_code, p_terminal, p_session, UTC_TIMESTAMP(6),
        IF(v_waits, v_now + INTERVAL 10 MINUTE, NULL),
        v_now + INTERVAL 10 MINUTE)
      ON DUPLICATE KEY UPDATE session = VALUES(session),
        submitted_at = VALUES(submitted_at),
        waits_until = VALUES(waits_until), shown_until = VALUES(shown_until);
    IF p_held IS NOT NULL THEN
      CALL move_session(p_held, p_session);
    END IF;
    SELECT 'waits' AS outcome;
    COMMIT;
    LEAVE pair;
  END IF;

  IF v_count > 1 THEN
    SET v_outcome = 'name-device';
    CALL judge_hit(p_ending, p_address, p_misses_max, p_units_max,
      v_units >= p_units_max, v_outcome);
    ROLLBACK;
    SELECT v_outcome AS outcome;
    LEAVE pair;
  END IF;
  CALL match_registration(v_id, p_code, CRC32(v_device_id), v_lineage,
    v_supersedes, p_terminal, p_session, v_superseded, v_line);
  SET v_outcome = 'paired';
  CALL judge_hit(p_ending, p_address, p_misses_max, p_units_max,
    v_units >= p_units_max, v_outcome);
  IF v_outcome <> 'paired' THEN
    ROLLBACK;
    SELECT v_outcome AS outcome;
    LEAVE pair;
  END IF;
  IF p_held IS NOT NULL THEN
    CALL move_session(p_held, p_session);
  END IF;
  IF v_line IS NULL AND v_superseded IS NULL THEN
    COMMIT;
    SELECT 'paired' AS outcome, v_version AS left_version, v_id AS id,
      v_version + 1 AS version, 'paired' AS state, 'stopped' AS service,
      NULL AS orders, NULL AS expires_at, v_device_id AS device_id,
      DATE_FORMAT(v_now, '%Y-%m-%dT%H:%i:%sZ') AS paired_at;
    LEAVE pair;
  END IF;
  SELECT 'paired' AS outcome, d.version - 1 AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  SELECT 'also' AS outcome, d.version - 1 AS left_version, d.*
    FROM registration_document d
    WHERE d.id IN (v_supersedes, v_superseded) AND d.state = 'ended';
  COMMIT;
END
