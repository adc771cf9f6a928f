-- Purge: job reports older than the configuration keeps them.
-- in: how many to look at; after which to begin: NULL or what the call before
--   reached, LINE JOB, so that a walk sees each once; days kept.
-- out: set 0: how many went; how far it came, NULL: there is no more.
CREATE OR REPLACE PROCEDURE purge_jobs(
  IN p_limit INT UNSIGNED, IN p_from VARCHAR(64) CHARACTER SET ascii,
  IN p_days INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_old DATETIME DEFAULT UTC_TIMESTAMP() - INTERVAL p_days DAY;
  DECLARE v_line INT UNSIGNED
    DEFAULT COALESCE(SUBSTRING_INDEX(p_from, ' ', 1), 0);
  DECLARE v_job VARBINARY(16)
    DEFAULT COALESCE(UNHEX(SUBSTRING_INDEX(p_from, ' ', -1)), '');
  DECLARE v_to_line INT UNSIGNED;
  DECLARE v_to_job VARBINARY(16);
  DECLARE v_last BOOLEAN;
  DECLARE v_due, v_changed INT UNSIGNED DEFAULT 0;

  SELECT line, job INTO v_to_line, v_to_job FROM job
    WHERE (line = v_line AND job > v_job) OR line > v_line
    ORDER BY line, job LIMIT p_limit, 1;
  SET v_last = v_to_line IS NULL;
  IF v_last THEN
    SET v_to_line = 4294967295, v_to_job = UNHEX(REPEAT('FF', 16));
  END IF;
  -- Reads without locks: usually there is nothing to do.
  SELECT COUNT(*) INTO v_due FROM job
    WHERE ((line = v_line AND job > v_job) OR line > v_line)
      AND ((line = v_to_line AND job <= v_to_job) OR line < v_to_line)
      AND received_at <= v_old;
  IF v_due > 0 THEN
    DELETE FROM job
      WHERE ((line = v_line AND job > v_job) OR line > v_line)
        AND ((line = v_to_line AND job <= v_to_job) OR line < v_to_line)
        AND received_at <= v_old;
    SET v_changed = ROW_COUNT();
  END IF;
  IF v_last THEN
    CALL note_walk('purge_jobs');
  END IF;
  SELECT v_changed AS changed,
    IF(v_last, NULL, CONCAT(v_to_line, ' ', HEX(v_to_job))) AS reached;
END
