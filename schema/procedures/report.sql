-- POST /device/report: jobs, and the supplies after them.
-- in: hash of the token; sequence or NULL; jobs as a JSON array (keys as in
--   the JSON_TABLE below), or NULL, and how many; supplies likewise (see
--   take_supplies), their levels as in registration.levels, and a hash of
--   what is judged of them (registration.judged): all NULL if none was told;
--   the condition's two bounds.
-- out: set 0: outcome (ok, unauthorized, gone, not-paired); if ok left_version,
--   document (only up to orders, where no order changed and a job is new;
--   otherwise whole, for it may be the repeat of a call whose answer got lost,
--   and who waits must be told), jobs accepted, jobs known before.
-- All or nothing: jobs, levels, episodes and orders in one transaction. Where
-- there is nothing to judge that was not judged before, only the levels are
-- kept; the first of them each day once more, for the line's history.
CREATE OR REPLACE PROCEDURE report(
  IN p_token BINARY(16), IN p_sequence BIGINT, IN p_jobs LONGTEXT,
  IN p_job_count INT UNSIGNED, IN p_supplies LONGTEXT,
  IN p_levels VARCHAR(640) CHARACTER SET ascii, IN p_judged BINARY(8),
  IN p_order_at TINYINT UNSIGNED, IN p_refilled_at TINYINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
report: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_id, v_line BIGINT UNSIGNED;
  DECLARE v_state, v_service VARCHAR(12);
  DECLARE v_expires_at DATETIME;
  DECLARE v_version, v_accepted INT UNSIGNED DEFAULT 0;
  DECLARE v_sequence BIGINT;
  DECLARE v_judged BINARY(8);
  DECLARE v_levels VARCHAR(640) CHARACTER SET ascii;
  DECLARE v_levels_at DATETIME;
  DECLARE v_orders VARCHAR(3600) CHARACTER SET ascii;
  DECLARE v_changed BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SELECT id, line, state, service, expires_at, version, sequence, judged,
      levels_at, orders
    INTO v_id, v_line, v_state, v_service, v_expires_at, v_version,
      v_sequence, v_judged, v_levels_at, v_orders
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

  IF p_supplies IS NOT NULL AND COALESCE(p_sequence > v_sequence, TRUE) THEN
    IF v_judged = p_judged THEN
      SET v_levels = p_levels;
    ELSE
      CALL take_supplies(v_id, v_line, p_supplies, p_judged,
        v_service = 'started', p_order_at, p_refilled_at, v_changed);
    END IF;
    IF COALESCE(v_levels_at < DATE(v_now), TRUE) THEN
      CALL keep_levels(v_line, p_levels);
    END IF;
  END IF;

  UPDATE registration SET version = version + v_changed, seen_at = v_now,
    token_used = TRUE,
    sequence = NULLIF(GREATEST(COALESCE(sequence, -1),
      COALESCE(p_sequence, -1)), -1),
    levels = COALESCE(v_levels, levels),
    levels_at = IF(v_levels IS NULL, levels_at, v_now)
    WHERE id = v_id AND state = 'paired';
  IF v_changed OR v_accepted = 0 THEN
    SELECT 'ok' AS outcome, IF(v_changed, v_version, 0) AS left_version, d.*,
        v_accepted AS accepted, p_job_count - v_accepted AS known
      FROM registration_document d WHERE d.id = v_id;
    COMMIT;
  ELSE
    COMMIT;
    SELECT 'ok' AS outcome, 0 AS left_version, v_id AS id,
      v_version AS version, v_state AS state, v_service AS service,
      v_orders AS orders, v_accepted AS accepted,
      p_job_count - v_accepted AS known;
  END IF;
END
