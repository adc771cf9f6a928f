-- POST /device/instruct: the related instruction, pause, release.
-- in: hash of the token; start, stop or end; the condition's two bounds.
-- out: set 0: outcome (ok, unauthorized, gone, not-paired), left_version,
--   document. A repeat changes nothing; a repeated end is ok too.
CREATE OR REPLACE PROCEDURE instruct(
  IN p_token BINARY(16), IN p_action ENUM('start', 'stop', 'end'),
  IN p_order_at TINYINT UNSIGNED, IN p_refilled_at TINYINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
instruct: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_id, v_line BIGINT UNSIGNED;
  DECLARE v_state, v_service, v_ended_by VARCHAR(12);
  DECLARE v_expires_at, v_paired_at, v_started_at DATETIME;
  DECLARE v_version INT UNSIGNED;
  DECLARE v_device_id VARCHAR(128) CHARACTER SET ascii;
  DECLARE v_orders VARCHAR(3600) CHARACTER SET ascii;
  DECLARE v_changed, v_ordered, v_unsettled BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SELECT id, line, state, service, ended_by, expires_at, version, orders,
      device_id, paired_at, started_at, levels IS NOT NULL
    INTO v_id, v_line, v_state, v_service, v_ended_by, v_expires_at, v_version,
      v_orders, v_device_id, v_paired_at, v_started_at, v_unsettled
    FROM registration WHERE token = p_token FOR UPDATE;
  IF v_state = 'pending' AND v_expires_at > v_now THEN
    UPDATE registration SET token_used = TRUE WHERE id = v_id;
    SELECT 'not-paired' AS outcome;
    COMMIT;
    LEAVE instruct;
  END IF;
  IF v_state = 'ended' AND v_ended_by = 'device' AND p_action = 'end' THEN
    SELECT 'ok' AS outcome, 0 AS left_version, d.*
      FROM registration_document d WHERE d.id = v_id;
    COMMIT;
    LEAVE instruct;
  END IF;
  IF v_state IS NULL OR v_state <> 'paired' THEN
    ROLLBACK;
    CALL explain_token(p_token);
    LEAVE instruct;
  END IF;

  IF p_action <> 'end' THEN
    SET v_changed = (p_action = 'start') <> (v_service = 'started');
    IF p_action = 'start' THEN
      IF v_unsettled THEN
        CALL settle_levels(v_line);
      END IF;
      CALL judge_supplies(v_id, v_line, TRUE, p_order_at, p_refilled_at,
        v_ordered);
    END IF;
    SET v_service = IF(p_action = 'start', 'started', 'stopped'),
      v_started_at = IF(v_changed AND p_action = 'start', v_now, v_started_at);
    UPDATE registration SET service = v_service, started_at = v_started_at,
      version = version + (v_changed OR v_ordered),
      seen_at = v_now, token_used = TRUE
      WHERE id = v_id AND state = 'paired';
    IF NOT v_ordered THEN
      COMMIT;
      SELECT 'ok' AS outcome, IF(v_changed, v_version, 0) AS left_version,
        v_id AS id, v_version + v_changed AS version, v_state AS state,
        v_service AS service, v_orders AS orders, NULL AS expires_at,
        v_device_id AS device_id,
        DATE_FORMAT(v_paired_at, '%Y-%m-%dT%H:%i:%sZ') AS paired_at,
        DATE_FORMAT(v_started_at, '%Y-%m-%dT%H:%i:%sZ') AS started_at;
      LEAVE instruct;
    END IF;
  ELSE
    CALL end_registration(v_id, 'device', v_changed);
  END IF;
  SELECT 'ok' AS outcome, IF(d.version <> v_version, v_version, 0)
      AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  COMMIT;
END
