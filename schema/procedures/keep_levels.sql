-- The first levels of a day are kept for the history of a line; later ones of
-- that day only for slots that were not told before. Inside report's
-- transaction, which holds the lock on the registration's row and calls it
-- with a day's first levels and wherever supplies are judged; not granted to
-- any program. A device with more slots than fit keeps a history of those that
-- it told first.
-- in: the line; the levels, as in registration.levels.
CREATE OR REPLACE PROCEDURE keep_levels(
  IN p_line BIGINT UNSIGNED, IN p_levels VARCHAR(640) CHARACTER SET ascii)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_today DATE DEFAULT UTC_DATE();

  -- From left to right: levels first, as it asks for the day of before.
  INSERT INTO level_day (line, place, day, levels)
    VALUES (p_line, TO_DAYS(v_today) MOD 32, v_today, p_levels)
    ON DUPLICATE KEY UPDATE
      levels = IF(day <> VALUES(day), VALUES(levels),
        IF(CHAR_LENGTH(JSON_MERGE_PATCH(VALUES(levels), levels)) > 768, levels,
          JSON_MERGE_PATCH(VALUES(levels), levels))),
      day = VALUES(day);
END
