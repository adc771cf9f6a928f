-- How levels fell, day by day, so that people can be told how long a supply
-- will last: the first levels that a line told on each of its newest 32 days.

-- It is called otherwise now: a program of before answers 503 meanwhile.
DROP PROCEDURE IF EXISTS status;

CREATE TABLE IF NOT EXISTS level_day (
  line INT UNSIGNED NOT NULL COMMENT 'registration.line',
  place TINYINT UNSIGNED NOT NULL
    COMMENT 'days since year 0, modulo 32: the newest take the oldest''s',
  day DATE NOT NULL COMMENT 'of arrival',
  levels VARCHAR(768) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'first level of each slot that day, {"1":83}, in its unit',
  PRIMARY KEY (line, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'how levels fell lately';
