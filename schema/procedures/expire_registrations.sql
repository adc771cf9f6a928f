-- Purge: registrations that pended past their time end.
-- in: how many at most.
-- out: set 0: outcome ok, left_version, document of each; set 1: how many,
--   and nothing.
-- Looked for among those that pend, which are few, and without locks; then
-- ended under a condition that a device which called meanwhile no longer
-- meets.
CREATE OR REPLACE PROCEDURE expire_registrations(IN p_limit INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_due LONGTEXT DEFAULT '[]';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SELECT COALESCE(JSON_ARRAYAGG(id ORDER BY id), '[]') INTO v_due
    FROM (SELECT id FROM registration FORCE INDEX (one_pending_a_place)
      WHERE pending_address IS NOT NULL AND expires_at <= v_now
      LIMIT p_limit) due;
  UPDATE JSON_TABLE(v_due, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) due
      STRAIGHT_JOIN registration r ON r.id = due.id
    SET r.state = 'ended', r.ended_by = 'expired', r.code = NULL,
      r.place = NULL,
      r.version = r.version + 1, r.ended_at = v_now
    WHERE r.state = 'pending' AND r.expires_at <= v_now;
  SELECT 'ok' AS outcome, d.version - 1 AS left_version, d.*
    FROM JSON_TABLE(v_due, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) due
      STRAIGHT_JOIN registration_document d ON d.id = due.id
    WHERE d.state = 'ended' AND d.ended_by = 'expired';
  SELECT JSON_LENGTH(v_due) AS changed, NULL AS reached;
  COMMIT;
END
