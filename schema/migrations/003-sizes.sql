-- Smaller rows and fewer indexes. Hashes keep their first 128 bits: the key
-- is ours, and of 2^24 of them two are alike with a chance of 2^-81. Numbers
-- of registrations have 32 bits: what takes one stays 90 days at the least, so
-- that who would use them up fills the disk first. The lineages of one
-- DeviceId lie side by side in their index, so that it finds a DeviceId, too.
-- A registration takes from the start the room that it will need once paired:
-- its page need not be split then, and stays full.
-- What is past its time is found by walks in the order of the primary keys
-- (tallystick purge) instead of by indexes.

CREATE TABLE IF NOT EXISTS walk (
  name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'the procedure that walks',
  ended_at DATETIME NOT NULL
    COMMENT 'when it had last seen every row of its table',
  PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'whether what is past its time is looked for';

INSERT IGNORE INTO walk (name, ended_at) VALUES
  ('purge_codes', UTC_TIMESTAMP()), ('purge_jobs', UTC_TIMESTAMP()),
  ('purge_holdings', UTC_TIMESTAMP()),
  ('forget_registrations', UTC_TIMESTAMP());

-- Cutting a hash is no error here.
SET @strict = @@sql_mode;
SET SESSION sql_mode = '';

ALTER TABLE registration
  MODIFY lineage BINARY(16) NOT NULL
    COMMENT 'hash of DeviceId and code: the same physical device',
  MODIFY token BINARY(16) NULL
    COMMENT 'hash of the bearer token; NULL once forgotten (90 days)',
  MODIFY code BINARY(16) NULL
    COMMENT 'hash of the code, only while pending',
  DROP KEY IF EXISTS one_paired_one_pending_a_lineage,
  ADD COLUMN IF NOT EXISTS device INT UNSIGNED AS (CRC32(device_id))
    PERSISTENT COMMENT 'look-up hash of DeviceId' AFTER supersedes,
  ADD UNIQUE KEY one_paired_one_pending_a_lineage (device, lineage(8), live),
  DROP KEY IF EXISTS token,
  ADD UNIQUE KEY token (token(8)),
  DROP KEY IF EXISTS ended_at;

ALTER TABLE replaced_token
  MODIFY token BINARY(16) NOT NULL COMMENT 'hash of a token no longer in force';

ALTER TABLE code
  MODIFY code BINARY(16) NOT NULL COMMENT 'hash of the normal form',
  MODIFY matched_terminal BINARY(16) NULL COMMENT 'hash: who typed it',
  MODIFY matched_session BINARY(16) NULL
    COMMENT 'hash: what that terminal got',
  DROP KEY IF EXISTS erase_at;

ALTER TABLE submission
  MODIFY code BINARY(16) NOT NULL COMMENT 'hash of what was typed',
  MODIFY terminal BINARY(16) NOT NULL COMMENT 'hash: which browser',
  MODIFY session BINARY(16) NOT NULL COMMENT 'hash: its session';

ALTER TABLE holding
  MODIFY session BINARY(16) NOT NULL COMMENT 'hash of the session in force',
  DROP KEY IF EXISTS registration;

SET SESSION sql_mode = @strict;

ALTER TABLE registration
  MODIFY id INT UNSIGNED NOT NULL AUTO_INCREMENT
    COMMENT 'names the registration to operators and fulfilment',
  MODIFY line INT UNSIGNED NULL
    COMMENT 'whose jobs, supplies, orders: first of a chain of successors',
  MODIFY supersedes INT UNSIGNED NULL
    COMMENT 'registration whose token in force came with the request',
  MODIFY expires_at DATETIME NULL
    COMMENT 'while pending: an hour from the last connect, a day at most',
  ADD COLUMN IF NOT EXISTS room BINARY(40) NULL DEFAULT ''
    COMMENT 'while pending: what a paired one is longer by, so that it fits';

ALTER TABLE code
  MODIFY matched_registration INT UNSIGNED NULL COMMENT 'what it paired';

ALTER TABLE holding
  MODIFY registration INT UNSIGNED NOT NULL COMMENT 'what it may see and end';

ALTER TABLE job
  MODIFY line INT UNSIGNED NOT NULL COMMENT 'registration.line',
  DROP KEY IF EXISTS received_at;

ALTER TABLE supply
  MODIFY line INT UNSIGNED NOT NULL COMMENT 'registration.line';

ALTER TABLE episode
  MODIFY line INT UNSIGNED NOT NULL COMMENT 'registration.line';

ALTER TABLE supply_order
  MODIFY line INT UNSIGNED NOT NULL COMMENT 'registration.line',
  MODIFY registration INT UNSIGNED NOT NULL COMMENT 'in whose name',
  DROP KEY IF EXISTS registration;

UPDATE registration SET expires_at = NULL, room = NULL
  WHERE state <> 'pending';
