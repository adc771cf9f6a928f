-- The episode that a supply now in a slot belongs to, made the open one: one
-- of its own that was not seen refilled is resumed, else p_mine is its own,
-- else a new one begins. Inside judge_supplies; not granted to any program.
-- in: what is in the slot; serial number NULL: not told; p_mine: the open
--   episode if it may be the same cartridge's, or NULL; p_fresh: resume none.
-- out: its number.
CREATE OR REPLACE PROCEDURE find_episode(
  IN p_line BIGINT UNSIGNED, IN p_slot SMALLINT UNSIGNED,
  IN p_mine INT UNSIGNED, IN p_fresh BOOLEAN, OUT p_episode INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  IF NOT p_fresh THEN
    SET p_episode = (SELECT MAX(e.episode)
      FROM supply s JOIN episode e ON e.line = s.line AND e.slot = s.slot
      WHERE s.line = p_line AND s.slot = p_slot AND e.refilled_at IS NULL
        AND e.type = s.type AND e.colorant <=> s.colorant
        AND (s.serial_number IS NULL OR e.serial_number = s.serial_number));
    IF p_episode IS NULL AND p_mine IS NOT NULL THEN
      UPDATE episode e JOIN supply s ON s.line = e.line AND s.slot = e.slot
        SET e.serial_number = s.serial_number
        WHERE e.line = p_line AND e.slot = p_slot AND e.episode = p_mine;
      SET p_episode = p_mine;
    END IF;
  END IF;
  IF p_episode IS NULL THEN
    SET p_episode = (SELECT COALESCE(MAX(episode), 0) + 1
      FROM episode WHERE line = p_line AND slot = p_slot);
    INSERT INTO episode (line, slot, episode, type, colorant, serial_number,
        opened_at)
      SELECT line, slot, p_episode, type, colorant, serial_number,
          UTC_TIMESTAMP()
        FROM supply WHERE line = p_line AND slot = p_slot;
  END IF;
  UPDATE supply SET episode = p_episode
    WHERE line = p_line AND slot = p_slot;
END
