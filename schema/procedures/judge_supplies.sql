-- Hold the newest levels of one line against the condition: find the episode
-- of each supply, close those that are full again, order those that are low.
-- Inside take_supplies or instruct, who hold the lock on the registration's
-- row; not granted to any program.
-- in: the registration and its line; whether the service is started; the
--   bounds in percent; the levels are settled.
-- out: whether an open order came or went.
-- What is low, full or nonsense here must be a zone of its own in
-- supply_zone (cgi-bin/report.c), else nobody calls this.
-- Only levels that make sense are looked at (0 <= level <= capacity), and of
-- these only supplies that something is to be done about: usually none.
CREATE OR REPLACE PROCEDURE judge_supplies(
  IN p_registration BIGINT UNSIGNED, IN p_line BIGINT UNSIGNED,
  IN p_started BOOLEAN, IN p_order_at TINYINT UNSIGNED,
  IN p_refilled_at TINYINT UNSIGNED, OUT p_changed BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_episode INT UNSIGNED;
  DECLARE v_ordered BOOLEAN;
  SET p_changed = FALSE;

  FOR s IN (SELECT s.*, o.id IS NOT NULL AS ordered,
      COALESCE(e.type = s.type AND e.colorant <=> s.colorant, FALSE)
        AS same_supply,
      COALESCE(e.serial_number <> s.serial_number, FALSE) AS other_serial,
      e.serial_number IS NULL AND s.serial_number IS NOT NULL AS serial_new,
      CAST(s.level AS SIGNED) * 100 <= CAST(s.max_capacity AS SIGNED)
        * p_order_at AND s.class = 'supplyThatIsConsumed' AS low,
      CAST(s.level AS SIGNED) * 100 >= CAST(s.max_capacity AS SIGNED)
        * p_refilled_at AS full
    FROM supply s
      LEFT JOIN episode e ON e.line = s.line AND e.slot = s.slot
        AND e.episode = s.episode
      LEFT JOIN supply_order o ON o.line = s.line AND o.slot = s.slot
        AND o.episode = s.episode
    WHERE s.line = p_line AND s.max_capacity > 0
      AND s.level BETWEEN 0 AND s.max_capacity
    HAVING NOT same_supply OR other_serial OR serial_new
      OR (ordered AND full) OR (NOT ordered AND low AND p_started))
  DO
    SET v_episode = s.episode, v_ordered = s.ordered;
    IF NOT s.same_supply OR s.other_serial OR s.serial_new THEN
      CALL find_episode(p_line, s.slot, IF(s.same_supply
        AND NOT s.other_serial, s.episode, NULL), FALSE, v_episode);
      SET v_ordered = EXISTS (SELECT 1 FROM supply_order
        WHERE line = p_line AND slot = s.slot AND episode = v_episode);
      SET p_changed = p_changed
        OR (NOT v_episode <=> s.episode AND (s.ordered OR v_ordered));
    END IF;
    IF v_ordered AND s.full THEN
      UPDATE episode SET refilled_at = v_now
        WHERE line = p_line AND slot = s.slot AND episode = v_episode;
      CALL find_episode(p_line, s.slot, NULL, TRUE, v_episode);
      SET p_changed = TRUE;
    ELSEIF p_started AND s.low AND NOT v_ordered THEN
      INSERT INTO supply_order (uuid, line, slot, episode, registration,
          reason, type, colorant, percent, created_at, changed_at, due_at)
        VALUES (UUID(), p_line, s.slot, v_episode, p_registration,
          CONCAT('level ', s.level, ' of ', s.max_capacity, ' ', s.unit,
            ' is at or under ', p_order_at, ' %'),
          s.type, s.colorant, s.level * 100 DIV s.max_capacity, v_now, v_now,
          v_now);
      SET p_changed = TRUE;
    END IF;
  END FOR;
  IF p_changed THEN
    CALL tell_orders(p_registration, FALSE);
  END IF;
END
