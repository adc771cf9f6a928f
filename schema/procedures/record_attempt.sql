-- What became of an attempt to deliver an order.
-- in: the order's id; the courier that has it under lease; the attempt's
--   number, as claim_orders told it; what came of it: delivered, again (in
--   p_delay_s seconds) or failed; the answer in words.
-- out: set 0: outcome (ok, lost: the lease went to another), left_version,
--   document of the pairing whose open order changed, if any. Called again,
--   the answer to the first call lost, it changes nothing and answers alike,
--   but for lost where the order was retried or claimed meanwhile. Whoever
--   records the same of the same attempt is taken for one who calls again.
-- An order cancelled while its attempt was in flight counts as the answer
-- says: delivered, else it stays cancelled. A lease that another courier took
-- over does not undo a delivery. Attempts count here, where one has come to an
-- end: couriers that die before it does can use up none of them.
-- An order retried by the operator meanwhile has another number due. Unless it
-- was delivered it stays as he left it: queued, due, all attempts before it.
CREATE OR REPLACE PROCEDURE record_attempt(
  IN p_uuid UUID, IN p_owner BINARY(16),
  IN p_attempt INT UNSIGNED, IN p_result ENUM('delivered', 'again', 'failed'),
  IN p_delay_s INT UNSIGNED, IN p_answer VARCHAR(255))
SQL SECURITY DEFINER MODIFIES SQL DATA
record_attempt: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_line, v_id BIGINT UNSIGNED;
  DECLARE v_attempts INT UNSIGNED;
  DECLARE v_recorded, v_retried BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  -- The pairing first, as whoever ends it does: two that wait for each other
  -- would have to be repeated. INTO reads without a lock.
  SELECT line INTO v_line FROM supply_order WHERE uuid = p_uuid;
  IF p_result <> 'again' THEN
    SELECT id INTO v_id FROM registration
      WHERE line = v_line AND live = 1 FOR UPDATE;
  END IF;
  SELECT attempts, COALESCE(lease_owner IS NULL AND attempts = p_attempt
      AND last_answer = p_answer, FALSE) INTO v_attempts, v_recorded
    FROM supply_order WHERE uuid = p_uuid FOR UPDATE;
  SET v_retried = p_result <> 'delivered' AND NOT v_recorded
    AND v_attempts + 1 <> p_attempt;
  IF v_retried THEN
    SET p_result = 'again', v_id = NULL;
  END IF;
  UPDATE supply_order SET
      state = CASE p_result WHEN 'delivered' THEN 'delivered'
        WHEN 'failed' THEN IF(state = 'queued', 'failed', state)
        ELSE state END,
      due_at = IF(p_result = 'again' AND NOT v_retried,
        v_now + INTERVAL p_delay_s SECOND, due_at),
      changed_at = IF(p_result = 'again', changed_at, v_now),
      attempts = IF(v_retried, attempts, LEAST(attempts + 1, 250)),
      lease_owner = NULL, lease_until = NULL, last_answer = p_answer
    WHERE uuid = p_uuid AND state <> 'delivered' AND NOT v_recorded
      AND (lease_owner = p_owner OR p_result = 'delivered');
  IF ROW_COUNT() = 0 AND v_recorded IS NOT TRUE THEN
    ROLLBACK;
    SELECT 'lost' AS outcome;
    LEAVE record_attempt;
  END IF;
  IF v_id IS NULL AND p_result <> 'again' THEN
    -- Paired again, or gone over to another line, meanwhile?
    SET v_id = (SELECT r.id
      FROM supply_order o JOIN registration r ON r.line = o.line AND r.live = 1
      WHERE o.uuid = p_uuid FOR UPDATE);
  END IF;
  IF v_id IS NOT NULL AND NOT v_recorded THEN
    CALL tell_orders(v_id, TRUE);
  END IF;
  SELECT 'ok' AS outcome, IF(v_id IS NULL, 0, d.version - 1) AS left_version,
      d.*
    FROM (SELECT 1) one LEFT JOIN registration_document d ON d.id = v_id;
  COMMIT;
END
