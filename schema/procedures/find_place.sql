-- A place for a registration that will pend from an address. Inside
-- register_unusual; not granted to any program.
-- in: the address; how many places it has. out: the lowest free one, or NULL.
-- Somebody else may draw the same by lot meanwhile: the unique key decides.
CREATE OR REPLACE PROCEDURE find_place(
  IN p_address VARBINARY(8), IN p_places INT UNSIGNED,
  OUT p_place SMALLINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  -- Who is past its time pends no more, though it has not been ended yet.
  UPDATE registration SET place = NULL
    WHERE pending_address = p_address AND expires_at <= UTC_TIMESTAMP();
  SELECT MIN(free) INTO p_place FROM (
    SELECT 0 AS free UNION ALL
    SELECT place + 1 FROM registration WHERE pending_address = p_address) f
    WHERE free < p_places AND NOT EXISTS (SELECT 1 FROM registration
      WHERE pending_address = p_address AND place = f.free);
END
