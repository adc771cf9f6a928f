-- POST /device/report: jobs, and the supplies after them.
-- in: hash of the token; sequence or NULL; jobs and supplies as JSON arrays
--   (keys as in the JSON_TABLEs below); the condition's two bounds.
-- out: set 0: outcome (ok, unauthorized, gone, not-paired), left_version,
--   document; set 1: jobs accepted, jobs known before.
-- All or nothing: jobs, levels, episodes and orders in one transaction.
CREATE OR REPLACE PROCEDURE report(
  IN p_token BINARY(32), IN p_sequence BIGINT, IN p_jobs LONGTEXT,
  IN p_supplies LONGTEXT, IN p_job_count INT UNSIGNED,
  IN p_order_at TINYINT UNSIGNED, IN p_refilled_at TINYINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
report: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_id, v_line BIGINT UNSIGNED;
  DECLARE v_state, v_service VARCHAR(12);
  DECLARE v_expires_at DATETIME;
  DECLARE v_version, v_accepted INT UNSIGNED DEFAULT 0;
  DECLARE v_sequence BIGINT;
  DECLARE v_orders BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SELECT id, line, state, service, expires_at, version, sequence
    INTO v_id, v_line, v_state, v_service, v_expires_at, v_version, v_sequence
    FROM registration WHERE token = p_token FOR UPDATE;
  IF v_state = 'pending' AND v_expires_at > v_now THEN
    UPDATE registration SET token_used = TRUE WHERE id = v_id;
    SELECT 'not-paired' AS outcome;
    COMMIT;
    LEAVE report;
  END IF;
  IF v_state IS NULL OR v_state <> 'paired' THEN
    ROLLBACK;
    CALL explain_token(p_token);
    LEAVE report;
  END IF;

  IF p_jobs IS NOT NULL THEN
    INSERT INTO job (line, job, kind, state, completed_at, received_at,
        impressions, impressions_full_color, media_sheets)
      SELECT v_line, UNHEX(j.name), j.kind, j.state,
          COALESCE(j.completed_at, v_now), v_now, j.impressions,
          j.full_color, j.sheets
        FROM JSON_TABLE(p_jobs, '$[*]' COLUMNS (
          name VARCHAR(32) CHARACTER SET ascii PATH '$.j',
          kind VARCHAR(8) CHARACTER SET ascii PATH '$.k',
          state VARCHAR(12) CHARACTER SET ascii PATH '$.s',
          completed_at DATETIME PATH '$.t',
          impressions INT PATH '$.i',
          full_color INT PATH '$.c',
          sheets INT PATH '$.m')) j
      ON DUPLICATE KEY UPDATE job.line = job.line;
    SET v_accepted = ROW_COUNT();
  END IF;

  IF p_supplies IS NOT NULL
    AND COALESCE(p_sequence > v_sequence, TRUE) THEN
    INSERT INTO supply (line, slot, class, type, colorant, unit,
        max_capacity, level, serial_number, spares, reported_at)
      SELECT v_line, s.slot, s.class, s.type, s.colorant, s.unit,
          s.max_capacity, s.level, s.serial_number, s.spares, v_now
        FROM JSON_TABLE(p_supplies, '$[*]' COLUMNS (
          slot INT PATH '$.i',
          class VARCHAR(24) CHARACTER SET ascii PATH '$.c',
          type VARCHAR(40) CHARACTER SET ascii PATH '$.t',
          colorant VARCHAR(64) PATH '$.o',
          unit VARCHAR(40) CHARACTER SET ascii PATH '$.u',
          max_capacity INT PATH '$.m',
          level INT PATH '$.l',
          serial_number VARCHAR(64) PATH '$.n',
          spares INT PATH '$.p')) s
      ON DUPLICATE KEY UPDATE class = VALUES(class), type = VALUES(type),
        colorant = VALUES(colorant), unit = VALUES(unit),
        max_capacity = VALUES(max_capacity), level = VALUES(level),
        serial_number = VALUES(serial_number), spares = VALUES(spares),
        reported_at = VALUES(reported_at);
    CALL judge_supplies(v_id, v_line, v_service = 'started', p_order_at,
      p_refilled_at, v_orders);
  END IF;

  UPDATE registration SET version = version + v_orders, seen_at = v_now,
    token_used = TRUE,
    sequence = NULLIF(GREATEST(COALESCE(sequence, -1),
      COALESCE(p_sequence, -1)), -1)
    WHERE id = v_id AND state = 'paired';
  SELECT 'ok' AS outcome, IF(v_orders, v_version, 0) AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  SELECT v_accepted AS accepted, p_job_count - v_accepted AS known;
  COMMIT;
END
