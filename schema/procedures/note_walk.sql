-- Purge: a walk has seen the last row of its table; 'tallystick doctor' looks
-- whether that was lately. Not granted to any program.
-- in: the procedure that walks.
CREATE OR REPLACE PROCEDURE note_walk(
  IN p_name VARCHAR(32) CHARACTER SET ascii)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  INSERT INTO walk (name, ended_at) VALUES (p_name, UTC_TIMESTAMP())
    ON DUPLICATE KEY UPDATE ended_at = VALUES(ended_at);
END
