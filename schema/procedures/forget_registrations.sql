-- Purge: 90 days after its end a registration's token is forgotten; one that
-- never was paired goes whole. (Paired ones stay: their line's history.)
-- in: how many at most, about; after which end to begin: what an earlier call
--   reached, so that a walk over all that ended sees each once.
-- out: set 0: how many were changed; up to which end, NULL: there is no more.
CREATE OR REPLACE PROCEDURE forget_registrations(
  IN p_limit INT UNSIGNED, IN p_from DATETIME)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_to DATETIME;
  DECLARE v_changed INT UNSIGNED DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SET v_to = (SELECT MAX(ended_at) FROM (SELECT ended_at FROM registration
    WHERE ended_at > p_from
      AND ended_at <= UTC_TIMESTAMP() - INTERVAL 90 DAY
    ORDER BY ended_at LIMIT p_limit) walk);
  IF v_to IS NOT NULL THEN
    DELETE FROM registration
      WHERE ended_at > p_from AND ended_at <= v_to AND paired_at IS NULL;
    SET v_changed = ROW_COUNT();
    UPDATE registration SET token = NULL
      WHERE ended_at > p_from AND ended_at <= v_to AND token IS NOT NULL;
    SET v_changed = v_changed + ROW_COUNT();
  END IF;
  COMMIT;
  SELECT v_changed AS changed,
    DATE_FORMAT(v_to, '%Y-%m-%d %H:%i:%s') AS reached;
END
