-- The first tables. Times are UTC; hashes are keyed BLAKE2b-256 made outside
-- the database, each under a key of its own.

CREATE TABLE IF NOT EXISTS registration (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT
    COMMENT 'names the registration to operators and fulfilment',
  lineage BINARY(32) NOT NULL
    COMMENT 'hash of DeviceId and code: the same physical device',
  token BINARY(32) NULL
    COMMENT 'hash of the bearer token; NULL once forgotten (90 days)',
  code BINARY(32) NULL
    COMMENT 'hash of the code, only while pending',
  state ENUM('pending', 'paired', 'ended') NOT NULL
    COMMENT 'pending until the codes match',
  service ENUM('stopped', 'started') NOT NULL DEFAULT 'stopped'
    COMMENT 'whether the device has sent the related instruction',
  ended_by ENUM('user', 'device', 'superseded', 'replaced', 'expired',
    'operator') NULL COMMENT 'who or what ended it',
  version INT UNSIGNED NOT NULL DEFAULT 1
    COMMENT 'grows with each change of state, service or open order',
  live TINYINT AS (CASE state WHEN 'pending' THEN 0 WHEN 'paired' THEN 1 END)
    PERSISTENT COMMENT '0 pending, 1 paired, NULL ended: for the unique key',
  line BIGINT UNSIGNED NULL
    COMMENT 'whose jobs, supplies, orders: first of a chain of successors',
  supersedes BIGINT UNSIGNED NULL
    COMMENT 'registration whose token in force came with the request',
  device_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'as the device says; proves nothing',
  make_and_model VARCHAR(127) NOT NULL COMMENT 'printer-make-and-model',
  serial_number VARCHAR(64) NULL COMMENT 'of the device',
  firmware_version VARCHAR(64) NULL COMMENT 'printer-firmware-version',
  address VARBINARY(8) NOT NULL
    COMMENT 'who registered: IPv4, or the /64 of an IPv6 address',
  pending_address VARBINARY(8)
    AS (CASE state WHEN 'pending' THEN address END) PERSISTENT
    COMMENT 'address while pending: for the limit by address',
  token_used BOOLEAN NOT NULL DEFAULT FALSE
    COMMENT 'whether the device has shown that it has the token',
  sequence BIGINT NULL COMMENT 'newest JobReport sequence stored',
  created_at DATETIME NOT NULL COMMENT 'time of the request',
  seen_at DATETIME NOT NULL COMMENT 'last sign of life of the device',
  expires_at DATETIME NOT NULL
    COMMENT 'while pending: an hour from the last connect, a day at most',
  paired_at DATETIME NULL COMMENT 'time of the match',
  started_at DATETIME NULL COMMENT 'time of the newest start',
  ended_at DATETIME NULL COMMENT 'time of the end',
  PRIMARY KEY (id),
  UNIQUE KEY one_paired_one_pending_a_lineage (lineage, live),
  UNIQUE KEY token (token),
  KEY code (code),
  UNIQUE KEY one_paired_a_line (line, live),
  KEY pending_address (pending_address),
  KEY ended_at (ended_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'ties a device to a code and, once paired, to a terminal';

CREATE TABLE IF NOT EXISTS replaced_token (
  token BINARY(32) NOT NULL COMMENT 'hash of a token no longer in force',
  replaced_at DATETIME NOT NULL COMMENT 'time; remembered 90 days',
  PRIMARY KEY (token),
  KEY replaced_at (replaced_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'tokens replaced on a registration that lives on';

CREATE TABLE IF NOT EXISTS code (
  code BINARY(32) NOT NULL COMMENT 'hash of the normal form',
  erase_at DATETIME NOT NULL
    COMMENT 'no longer needed then, unless something pends or waits',
  matched_at DATETIME NULL COMMENT 'newest match',
  matched_registration BIGINT UNSIGNED NULL COMMENT 'what it paired',
  matched_terminal BINARY(32) NULL COMMENT 'hash: who typed it',
  matched_session BINARY(32) NULL COMMENT 'hash: what that terminal got',
  PRIMARY KEY (code),
  KEY erase_at (erase_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'the row in which a device and a terminal with one code meet';

CREATE TABLE IF NOT EXISTS submission (
  code BINARY(32) NOT NULL COMMENT 'hash of what was typed',
  terminal BINARY(32) NOT NULL COMMENT 'hash: which browser',
  session BINARY(32) NOT NULL COMMENT 'hash: its session',
  submitted_at DATETIME(6) NOT NULL COMMENT 'time of the newest',
  waits_until DATETIME NULL COMMENT 'NULL: does not wait (any more)',
  shown_until DATETIME NOT NULL COMMENT 'told at /status until then',
  PRIMARY KEY (code, terminal),
  KEY session (session),
  KEY shown_until (shown_until)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'codes typed before their device has called';

CREATE TABLE IF NOT EXISTS holding (
  session BINARY(32) NOT NULL COMMENT 'hash of the session in force',
  registration BIGINT UNSIGNED NOT NULL COMMENT 'what it may see and end',
  held_since DATETIME(6) NOT NULL COMMENT 'time of the pairing',
  PRIMARY KEY (session, registration),
  KEY registration (registration)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'which registrations a browser session stands for';

CREATE TABLE IF NOT EXISTS guess (
  scope ENUM('address', 'ending', 'service', 'pending') NOT NULL
    COMMENT 'misses of an address, of a device ending, units of an hour',
  name VARBINARY(16) NOT NULL
    COMMENT 'the address; the last 4 characters; YYYYMMDDHH',
  since DATETIME NOT NULL COMMENT 'when its window began',
  spent BIGINT UNSIGNED NOT NULL
    COMMENT 'misses; for the service misses times codes pending',
  PRIMARY KEY (scope, name),
  KEY since (since)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'the budgets; pending: the row by which an address queues';

CREATE TABLE IF NOT EXISTS admitted_device (
  device_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'may register while enrolment is by list',
  admitted_at DATETIME NOT NULL COMMENT 'time',
  PRIMARY KEY (device_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'the list for enrolment = listed';

CREATE TABLE IF NOT EXISTS job (
  line BIGINT UNSIGNED NOT NULL COMMENT 'registration.line',
  job VARBINARY(16) NOT NULL
    COMMENT 'its UUID, or JobId and PrinterUpTime, 4 bytes each',
  kind ENUM('Print', 'Copy', 'Scan', 'FaxIn', 'FaxOut', 'Other') NOT NULL
    COMMENT 'JobKind',
  state ENUM('completed', 'canceled', 'aborted') NOT NULL
    COMMENT 'JobState',
  completed_at DATETIME NOT NULL
    COMMENT 'date-time-at-completed, else the time of arrival',
  received_at DATETIME NOT NULL COMMENT 'time of arrival',
  impressions INT UNSIGNED NOT NULL COMMENT 'job-impressions-completed',
  impressions_full_color INT UNSIGNED NULL COMMENT 'of these in colour',
  media_sheets INT UNSIGNED NULL COMMENT 'job-media-sheets-completed',
  PRIMARY KEY (line, job),
  KEY received_at (received_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'one record a job';

CREATE TABLE IF NOT EXISTS supply (
  line BIGINT UNSIGNED NOT NULL COMMENT 'registration.line',
  slot SMALLINT UNSIGNED NOT NULL COMMENT 'prtMarkerSuppliesIndex',
  class ENUM('supplyThatIsConsumed', 'receptacleThatIsFilled') NOT NULL
    COMMENT 'prtMarkerSuppliesClass',
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'prtMarkerSuppliesType',
  colorant VARCHAR(64) NULL COMMENT 'prtMarkerColorantValue',
  unit VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'prtMarkerSuppliesSupplyUnit',
  max_capacity INT NOT NULL COMMENT 'in unit; -1 other, -2 unknown',
  level INT NOT NULL
    COMMENT 'in unit; -1 other, -2 unknown, -3 some; kept as sent',
  serial_number VARCHAR(64) NULL COMMENT 'of the cartridge, as sent',
  spares INT UNSIGNED NULL COMMENT 'unopened ones at the device',
  reported_at DATETIME NOT NULL COMMENT 'time of arrival',
  episode INT UNSIGNED NULL
    COMMENT 'the open one; NULL before the first believable level',
  PRIMARY KEY (line, slot)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'what is in each slot, as last reported';

CREATE TABLE IF NOT EXISTS episode (
  line BIGINT UNSIGNED NOT NULL COMMENT 'registration.line',
  slot SMALLINT UNSIGNED NOT NULL COMMENT 'prtMarkerSuppliesIndex',
  episode INT UNSIGNED NOT NULL COMMENT '1, 2, ... in its slot',
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'another type is another supply',
  colorant VARCHAR(64) NULL COMMENT 'another colorant is another supply',
  serial_number VARCHAR(64) NULL COMMENT 'of the cartridge, once known',
  opened_at DATETIME NOT NULL COMMENT 'first seen',
  refilled_at DATETIME NULL
    COMMENT 'seen full again: over for good, never resumed',
  PRIMARY KEY (line, slot, episode)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'the life of one supply in one slot, ordered once at most';

CREATE TABLE IF NOT EXISTS supply_order (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'order of arrival',
  uuid UUID NOT NULL COMMENT 'the id on the wire, for every attempt',
  line BIGINT UNSIGNED NOT NULL COMMENT 'registration.line',
  slot SMALLINT UNSIGNED NOT NULL COMMENT 'prtMarkerSuppliesIndex',
  episode INT UNSIGNED NOT NULL COMMENT 'what it was ordered for',
  registration BIGINT UNSIGNED NOT NULL COMMENT 'in whose name',
  test BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'nothing is to be shipped',
  reason VARCHAR(255) NOT NULL COMMENT 'the condition that was met',
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'prtMarkerSuppliesType',
  colorant VARCHAR(64) NULL COMMENT 'prtMarkerColorantValue',
  percent TINYINT UNSIGNED NOT NULL COMMENT 'level then, rounded down',
  state ENUM('queued', 'delivered', 'failed', 'cancelled') NOT NULL
    DEFAULT 'queued' COMMENT 'failed and cancelled keep the episode',
  created_at DATETIME NOT NULL COMMENT 'time of the commit',
  changed_at DATETIME NOT NULL COMMENT 'of the newest state',
  attempts TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'begun so far',
  due_at DATETIME NOT NULL COMMENT 'next attempt',
  lease_owner BINARY(16) NULL COMMENT 'the courier that has it',
  lease_until DATETIME NULL COMMENT 'another may take it then',
  last_answer VARCHAR(255) NULL COMMENT 'HTTP status, or what went wrong',
  PRIMARY KEY (id),
  UNIQUE KEY uuid (uuid),
  UNIQUE KEY one_order_an_episode (line, slot, episode),
  KEY due (state, due_at),
  KEY registration (registration)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'one performance of the target service';
