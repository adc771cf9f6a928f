-- Purge: 400 days after a registration's end no browser is told of it.
-- in, out: as forget_registrations.
CREATE OR REPLACE PROCEDURE purge_holdings(
  IN p_limit INT UNSIGNED, IN p_from DATETIME)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_to DATETIME;
  DECLARE v_changed INT UNSIGNED DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SET v_to = (SELECT MAX(ended_at) FROM (SELECT ended_at FROM registration
    WHERE ended_at > p_from
      AND ended_at <= UTC_TIMESTAMP() - INTERVAL 400 DAY
    ORDER BY ended_at LIMIT p_limit) walk);
  IF v_to IS NOT NULL THEN
    DELETE h FROM registration r STRAIGHT_JOIN holding h
      ON h.registration = r.id
      WHERE r.ended_at > p_from AND r.ended_at <= v_to;
    SET v_changed = ROW_COUNT();
  END IF;
  COMMIT;
  SELECT v_changed AS changed,
    DATE_FORMAT(v_to, '%Y-%m-%d %H:%i:%s') AS reached;
END
