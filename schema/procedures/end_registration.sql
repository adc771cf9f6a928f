-- A pairing ends by its user, its device or an operator; its queued orders
-- are cancelled with it. Inside the caller's transaction; not granted to any
-- program. An attempt in flight counts as its answer says (record_attempt).
-- in: the registration, who ends it. out: whether it ended by this.
CREATE OR REPLACE PROCEDURE end_registration(
  IN p_id BIGINT UNSIGNED, IN p_by VARCHAR(12), OUT p_ended BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_line BIGINT UNSIGNED;

  UPDATE registration SET state = 'ended', ended_by = p_by, code = NULL,
    place = NULL,
    version = version + 1, ended_at = v_now, seen_at =
      IF(p_by = 'device', v_now, seen_at),
    token_used = token_used OR p_by = 'device'
    WHERE id = p_id AND state <> 'ended';
  SET p_ended = ROW_COUNT() = 1;
  IF p_ended THEN
    SET v_line = (SELECT line FROM registration WHERE id = p_id);
    UPDATE supply_order SET state = 'cancelled', changed_at = v_now
      WHERE line = v_line AND state = 'queued';
    DELETE FROM page_count WHERE line = v_line;
  END IF;
END
