-- Two histories become one: a device that was paired under two codes is now
-- known, by its token, to be one. Inside inherit_line, with the levels of both
-- settled; not granted to any program.
-- in: the line that ends, the line that takes its jobs, supplies and orders.
-- Where both know a slot, what was reported last stands, unless only the
-- other's cartridge, of the same kind, was ordered: never order it again.
CREATE OR REPLACE PROCEDURE merge_line(
  IN p_from BIGINT UNSIGNED, IN p_to BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_shift INT UNSIGNED DEFAULT (SELECT COALESCE(MAX(episode), 0)
    FROM episode WHERE line = p_to);

  UPDATE IGNORE job SET line = p_to WHERE line = p_from;
  DELETE FROM job WHERE line = p_from;
  DELETE FROM level_day WHERE line = p_from;
  DELETE FROM page_count WHERE line IN (p_from, p_to);
  UPDATE episode SET line = p_to, episode = episode + v_shift
    WHERE line = p_from ORDER BY episode DESC;
  UPDATE supply_order SET line = p_to, episode = episode + v_shift
    WHERE line = p_from;
  UPDATE supply SET episode = episode + v_shift WHERE line = p_from;

  FOR s IN (SELECT a.slot, a.reported_at > b.reported_at AS newer,
      ea.type = eb.type AND ea.colorant <=> eb.colorant
        AND COALESCE(ea.serial_number = eb.serial_number, TRUE) AS alike,
      oa.id IS NOT NULL AS ordered, ob.id IS NOT NULL AS other_ordered,
      a.episode AS episode, b.episode AS other_episode
    FROM supply a JOIN supply b ON b.line = p_to AND b.slot = a.slot
      LEFT JOIN episode ea ON ea.line = p_to AND ea.slot = a.slot
        AND ea.episode = a.episode
      LEFT JOIN episode eb ON eb.line = p_to AND eb.slot = b.slot
        AND eb.episode = b.episode
      LEFT JOIN supply_order oa ON oa.line = p_to AND oa.slot = a.slot
        AND oa.episode = a.episode
      LEFT JOIN supply_order ob ON ob.line = p_to AND ob.slot = b.slot
        AND ob.episode = b.episode
    WHERE a.line = p_from)
  DO
    DELETE FROM supply WHERE slot = s.slot
      AND line = IF(s.newer, p_to, p_from);
    UPDATE supply SET line = p_to, episode = CASE
        WHEN s.alike AND s.ordered THEN s.episode
        WHEN s.alike AND s.other_ordered THEN s.other_episode
        ELSE episode END
      WHERE slot = s.slot AND line IN (p_from, p_to);
  END FOR;
  UPDATE supply SET line = p_to WHERE line = p_from;
  UPDATE registration SET line = p_to WHERE line = p_from;
END
