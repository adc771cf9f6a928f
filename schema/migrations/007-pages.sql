-- What a device printed lately, as counted for its page, kept a while where
-- the counting took long.

CREATE TABLE IF NOT EXISTS page_count (
  line INT UNSIGNED NOT NULL COMMENT 'registration.line',
  good_until DATETIME NOT NULL COMMENT 'counted again then',
  counts MEDIUMTEXT NOT NULL
    COMMENT 'JSON: of each day and kind days ago, kind, jobs, impressions',
  PRIMARY KEY (line)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'pages of 30 days of lines with many jobs';
