-- The newest levels of a line go from its registration to its supplies, where
-- they are judged and merged. Inside the transaction of a caller that has the
-- lock on the registration's row; not granted to any program.
-- (Each of them was reported at levels_at: levels are kept beside the
-- registration only while every report tells all slots of the line.)
CREATE OR REPLACE PROCEDURE settle_levels(IN p_line BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  UPDATE registration r JOIN supply s ON s.line = r.line
    SET s.level = JSON_VALUE(r.levels, CONCAT('$."', s.slot, '"')),
      s.reported_at = r.levels_at
    WHERE r.line = p_line AND r.levels IS NOT NULL;
  UPDATE registration SET levels = NULL, levels_at = NULL, judged = NULL
    WHERE line = p_line AND levels IS NOT NULL;
END
