-- tallystick orders retry: a failed order is sent again, under the same id
-- and with all its attempts anew.
-- in: the order's id.
-- out: set 0: outcome (ok, none: no failed order of a pairing in force has
--   this id), left_version, document.
CREATE OR REPLACE PROCEDURE retry_order(IN p_uuid UUID)
SQL SECURITY DEFINER MODIFIES SQL DATA
retry_order: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SET v_id = (SELECT r.id
    FROM supply_order o JOIN registration r ON r.line = o.line
    WHERE o.uuid = p_uuid AND o.state = 'failed' AND r.state = 'paired');
  SET v_id = (SELECT id FROM registration
    WHERE id = v_id AND state = 'paired' FOR UPDATE);
  UPDATE supply_order SET state = 'queued', attempts = 0, due_at = v_now,
      changed_at = v_now
    WHERE uuid = p_uuid AND state = 'failed' AND v_id IS NOT NULL;
  IF ROW_COUNT() <> 1 THEN
    ROLLBACK;
    SELECT 'none' AS outcome;
    LEAVE retry_order;
  END IF;
  CALL tell_orders(v_id, TRUE);
  SELECT 'ok' AS outcome, d.version - 1 AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  COMMIT;
END
