-- tallystick orders retry: an order that failed, or waits for its next
-- attempt, is sent now, under the same id and with all its attempts anew.
-- in: the order's id.
-- out: set 0: outcome (ok, again: it waits for its first attempt, none: no such
--   order of a pairing in force has this id), left_version, document. The
--   version grows where the state changed.
CREATE OR REPLACE PROCEDURE retry_order(IN p_uuid UUID)
SQL SECURITY DEFINER MODIFIES SQL DATA
retry_order: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_failed, v_again BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SET v_id = (SELECT r.id
    FROM supply_order o JOIN registration r ON r.line = o.line
    WHERE o.uuid = p_uuid AND o.state IN ('failed', 'queued')
      AND r.state = 'paired');
  SET v_id = (SELECT id FROM registration
    WHERE id = v_id AND state = 'paired' FOR UPDATE);
  IF v_id IS NULL THEN
    ROLLBACK;
    SELECT 'none' AS outcome;
    LEAVE retry_order;
  END IF;
  UPDATE supply_order SET state = 'queued', attempts = 0, due_at = v_now,
      changed_at = v_now
    WHERE uuid = p_uuid AND state = 'failed';
  SET v_failed = ROW_COUNT() = 1;
  IF v_failed THEN
    CALL tell_orders(v_id, TRUE);
  ELSE
    UPDATE supply_order SET attempts = 0, due_at = v_now
      WHERE uuid = p_uuid AND state = 'queued' AND attempts > 0;
    SET v_again = ROW_COUNT() = 0;
  END IF;
  SELECT IF(v_again, 'again', 'ok') AS outcome,
      IF(v_failed, d.version - 1, 0) AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  COMMIT;
END
