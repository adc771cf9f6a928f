-- Which history a new pairing goes on with, and the pairings that end by it.
-- Inside match_registration's transaction; not granted to any program.
-- in: the lineage's pairing in force, or NULL; the registration whose token
--   the device carried, or NULL; the lineage's history, or NULL.
-- out: p_line: the history to go on with, or NULL: one of its own.
CREATE OR REPLACE PROCEDURE inherit_line(
  IN p_superseded BIGINT UNSIGNED, IN p_supersedes BIGINT UNSIGNED,
  INOUT p_line BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_other BIGINT UNSIGNED;

  IF p_supersedes IS NOT NULL THEN
    SET v_other = (SELECT line FROM registration
      WHERE id = p_supersedes AND state = 'paired' FOR UPDATE);
  END IF;
  IF p_superseded IS NOT NULL OR v_other IS NOT NULL THEN
    UPDATE registration SET state = 'ended', ended_by = 'superseded',
      version = version + 1, ended_at = UTC_TIMESTAMP()
      WHERE id IN (p_superseded, p_supersedes) AND state = 'paired';
  END IF;
  -- A history that went over to another lineage's pairing, which carried the
  -- token, is that one's: one pairing in force a line.
  IF EXISTS (SELECT 1 FROM registration
    WHERE line = p_line AND state = 'paired') THEN
    SET p_line = NULL;
  END IF;
  CALL settle_levels(p_line);
  IF v_other IS NOT NULL AND NOT v_other <=> p_line THEN
    CALL settle_levels(v_other);
    IF p_line IS NOT NULL THEN
      CALL merge_line(p_line, v_other);
    END IF;
    SET p_line = v_other;
  END IF;
END
