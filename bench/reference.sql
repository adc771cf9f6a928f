-- The table of the straightforward program: one key, one unique key.
CREATE TABLE registration (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  code_hash BINARY(32) NOT NULL,
  device VARCHAR(64) NOT NULL,
  model VARCHAR(64) NOT NULL,
  state TINYINT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY code_hash (code_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
