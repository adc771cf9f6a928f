-- A line's jobs of 30 days by UTC day and kind, from when it was last released:
-- what came before was another's, perhaps. All jobs of the line are
-- looked at, which takes 20 ms where there are 100,000; so what took long is
-- kept 10,000 times as long, 15 minutes at most, and never over midnight.
-- Not granted to any program.
-- in: the line.
-- out: a row each: days ago, kind, jobs, impressions.
CREATE OR REPLACE PROCEDURE count_pages(IN p_line BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_begun DATETIME(6) DEFAULT SYSDATE(6);
  DECLARE v_took_us BIGINT;
  DECLARE v_released_at DATETIME;
  DECLARE v_counts MEDIUMTEXT;

  SELECT counts INTO v_counts
    FROM page_count WHERE line = p_line AND good_until > UTC_TIMESTAMP();
  IF v_counts IS NULL THEN
    SELECT COALESCE(MAX(ended_at), '1000-01-01') INTO v_released_at
      FROM registration WHERE line = p_line AND live IS NULL
        AND ended_by IN ('user', 'device', 'operator');
    SELECT COALESCE(JSON_ARRAYAGG(JSON_ARRAY(ago, kind, jobs, impressions)),
        '[]')
      INTO v_counts
      FROM (SELECT DATEDIFF(UTC_DATE(), completed_at) AS ago, kind,
          COUNT(*) AS jobs, SUM(impressions) AS impressions
        FROM job WHERE line = p_line AND received_at >= v_released_at
          AND completed_at >= UTC_DATE() - INTERVAL 29 DAY
          AND completed_at < UTC_DATE() + INTERVAL 1 DAY
        GROUP BY ago, kind ORDER BY NULL) counted;
    SET v_took_us = TIMESTAMPDIFF(MICROSECOND, v_begun, SYSDATE(6));
    IF v_took_us > 4000 THEN
      INSERT INTO page_count (line, good_until, counts)
        VALUES (p_line, LEAST(UTC_DATE() + INTERVAL 1 DAY, UTC_TIMESTAMP()
          + INTERVAL LEAST(900, v_took_us DIV 100) SECOND), v_counts)
        ON DUPLICATE KEY UPDATE good_until = VALUES(good_until),
          counts = VALUES(counts);
    END IF;
  END IF;
  SELECT ago, kind, jobs, impressions
    FROM JSON_TABLE(v_counts, '$[*]' COLUMNS (
      ago INT PATH '$[0]',
      kind VARCHAR(8) CHARACTER SET ascii PATH '$[1]',
      jobs BIGINT PATH '$[2]',
      impressions BIGINT PATH '$[3]')) c;
END
