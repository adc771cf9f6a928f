-- Supplies as reported, where they are to be judged. Inside the transaction of
-- report, which holds the lock on the registration's row; not granted to any
-- program.
-- in: the registration and its line; supplies as a JSON array (keys as in the
--   JSON_TABLE below); the hash of what is judged of them; whether the
--   service is started; the bounds in percent.
-- out: whether an open order came or went.
CREATE OR REPLACE PROCEDURE take_supplies(
  IN p_id BIGINT UNSIGNED, IN p_line BIGINT UNSIGNED, IN p_supplies LONGTEXT,
  IN p_judged BINARY(8), IN p_started BOOLEAN,
  IN p_order_at TINYINT UNSIGNED, IN p_refilled_at TINYINT UNSIGNED,
  OUT p_changed BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_slots INT UNSIGNED;

  CALL settle_levels(p_line);
  INSERT INTO supply (line, slot, class, type, colorant, unit,
      max_capacity, level, serial_number, spares, reported_at)
    SELECT p_line, s.slot, s.class, s.type, s.colorant, s.unit,
        s.max_capacity, s.level, s.serial_number, s.spares, UTC_TIMESTAMP()
      FROM JSON_TABLE(p_supplies, '$[*]' COLUMNS (
        slot INT PATH '$.i',
        class VARCHAR(24) CHARACTER SET ascii PATH '$.c',
        type VARCHAR(40) CHARACTER SET ascii PATH '$.t',
        colorant VARCHAR(64) PATH '$.o',
        unit VARCHAR(40) CHARACTER SET ascii PATH '$.u',
        max_capacity INT PATH '$.m',
        level INT PATH '$.l',
        serial_number VARCHAR(64) PATH '$.n',
        spares INT PATH '$.p')) s
    ON DUPLICATE KEY UPDATE class = VALUES(class), type = VALUES(type),
      colorant = VALUES(colorant), unit = VALUES(unit),
      max_capacity = VALUES(max_capacity), level = VALUES(level),
      serial_number = VALUES(serial_number), spares = VALUES(spares),
      reported_at = VALUES(reported_at);
  CALL judge_supplies(p_id, p_line, p_started, p_order_at, p_refilled_at,
    p_changed);

  -- Levels are kept beside the registration only while all slots are told.
  SELECT COUNT(*) INTO v_slots FROM supply WHERE line = p_line;
  UPDATE registration
    SET judged = IF(v_slots = JSON_LENGTH(p_supplies), p_judged, NULL)
    WHERE id = p_id;
END
