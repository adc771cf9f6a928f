-- A device whose code is known registers again. Inside register, which holds
-- the lock on the code's row; not granted to any program.
-- in: hashes of lineage and of the new token; the DeviceId.
-- out: p_id: the registration that answers, or NULL: a new one is wanted;
--   p_replaced: the pending one that ended by this, or NULL.
CREATE OR REPLACE PROCEDURE renew_registration(
  IN p_lineage BINARY(16), IN p_token BINARY(16),
  IN p_device_id VARCHAR(128) CHARACTER SET ascii,
  OUT p_id BIGINT UNSIGNED, OUT p_replaced BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_paired BIGINT UNSIGNED;
  DECLARE v_token BINARY(16);

  -- What this lineage has: one paired and one pending at most.
  SELECT MAX(IF(live = 1 AND ((NOT token_used
        AND paired_at > v_now - INTERVAL 10 MINUTE
        AND paired_at <= v_now + INTERVAL 1 MINUTE) OR token = p_token),
      id, NULL)),
    MAX(IF(live = 0, id, NULL)), MAX(IF(token = p_token, id, NULL))
    INTO v_paired, p_replaced, p_id
    FROM registration WHERE device = CRC32(p_device_id)
      AND lineage = p_lineage AND live IS NOT NULL;

  IF p_id IS NULL AND v_paired IS NOT NULL THEN
    -- The answer to its first request got lost, and it was paired meanwhile.
    SELECT token INTO v_token FROM registration WHERE id = v_paired FOR UPDATE;
    UPDATE registration SET token = p_token, seen_at = v_now
      WHERE id = v_paired AND state = 'paired' AND NOT token_used;
    IF ROW_COUNT() = 1 THEN
      INSERT INTO replaced_token (token, replaced_at) VALUES (v_token, v_now);
      SET p_id = v_paired;
    END IF;
  END IF;
  IF p_id IS NULL AND p_replaced IS NOT NULL THEN
    UPDATE registration SET state = 'ended', ended_by = 'replaced',
      code = NULL, place = NULL, version = version + 1, ended_at = v_now
      WHERE id = p_replaced AND state = 'pending';
  END IF;
END
