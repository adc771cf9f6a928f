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
  DECLARE v_expires_at DATETIME;
  DECLARE v_version INT UNSIGNED;
  DECLARE v_changed, v_orders BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SELECT id, line, state, service, ended_by, expires_at, version
    INTO v_id, v_line, v_state, v_service, v_ended_by, v_expires_at, v_version
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

  IF p_action = 'end' THEN
    CALL end_registration(v_id, 'device', v_changed);
  ELSE
    SET v_changed = (p_action = 'start') <> (v_service = 'started');
    IF p_action = 'start' THEN
      CALL settle_levels(v_line);
      CALL judge_supplies(v_id, v_line, TRUE, p_order_at, p_refilled_at,
        v_orders);
    END IF;
    UPDATE registration SET
      service = IF(p_action = 'start', 'started', 'stopped'),
      started_at = IF(v_changed AND p_action = 'start', v_now, started_at),
      version = version + (v_changed OR v_orders),
      seen_at = v_now, token_used = TRUE
      WHERE id = v_id AND state = 'paired';
  END IF;
  SELECT 'ok' AS outcome, IF(d.version <> v_version, v_version, 0)
      AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  COMMIT;
END
