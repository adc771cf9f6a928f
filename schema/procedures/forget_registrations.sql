-- Purge: 90 days after its end a registration's token is forgotten; one that
-- never was paired goes whole. (Paired ones stay: their line's history.)
-- in: how many to look at; after which to begin: NULL or what the call before
--   reached, so that a walk sees each once.
-- out: set 0: how many were changed; how far it came, NULL: there is no more.
CREATE OR REPLACE PROCEDURE forget_registrations(
  IN p_limit INT UNSIGNED, IN p_from VARCHAR(64) CHARACTER SET ascii)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_old DATETIME DEFAULT UTC_TIMESTAMP() - INTERVAL 90 DAY;
  DECLARE v_from INT UNSIGNED DEFAULT COALESCE(p_from, 0);
  DECLARE v_to, v_end INT UNSIGNED;
  DECLARE v_due, v_changed INT UNSIGNED DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SELECT id INTO v_to
    FROM registration WHERE id > v_from ORDER BY id LIMIT p_limit, 1;
  SET v_end = COALESCE(v_to, 4294967295);
  -- Reads without locks: usually there is nothing to do.
  SELECT COUNT(*) INTO v_due FROM registration
    WHERE id > v_from AND id <= v_end AND ended_at <= v_old
      AND (paired_at IS NULL OR token IS NOT NULL);
  IF v_due > 0 THEN
    START TRANSACTION;
    DELETE FROM registration WHERE id > v_from AND id <= v_end
      AND ended_at <= v_old AND paired_at IS NULL;
    SET v_changed = ROW_COUNT();
    UPDATE registration SET token = NULL WHERE id > v_from AND id <= v_end
      AND ended_at <= v_old AND token IS NOT NULL;
    SET v_changed = v_changed + ROW_COUNT();
    COMMIT;
  END IF;
  IF v_to IS NULL THEN
    CALL note_walk('forget_registrations');
  END IF;
  SELECT v_changed AS changed, v_to AS reached;
END
