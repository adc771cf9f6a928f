-- Guesses from the devices' side: registrations with guessed codes that meet
-- terminals that wait. A terminal waits for so many registrations as the day's
-- share for them allows, and the code's row tells the device whether one still
-- waits, without a look elsewhere.

-- What the programs call goes first and comes back last, so that a program of
-- before answers 503 meanwhile: it would let a terminal wait for ever.
DROP PROCEDURE IF EXISTS register;
DROP PROCEDURE IF EXISTS pair;
DROP PROCEDURE IF EXISTS status;
-- This one is gone.
DROP PROCEDURE IF EXISTS judge_ending;

ALTER TABLE code
  ADD COLUMN IF NOT EXISTS awaited_to INT UNSIGNED NULL
    COMMENT 'the last registration.id but one that it waits for'
    AFTER awaited_until,
  MODIFY awaited_until DATETIME NULL
    COMMENT 'a terminal that typed it waits until then; long ago: two do';

UPDATE code SET awaited_to =
    (SELECT COALESCE(MAX(id), 0) + 256 FROM registration)
  WHERE awaited_until IS NOT NULL;

-- Windows of a day began with the first miss; now they end a day after the
-- last.
ALTER TABLE guess
  MODIFY scope ENUM('address', 'ending', 'service', 'pending', 'early')
    NOT NULL COMMENT 'whose: see spent',
  MODIFY name VARBINARY(16) NOT NULL
    COMMENT 'the address; the last 4 or 8 characters; YYYYMMDDHH',
  MODIFY since DATETIME NOT NULL
    COMMENT 'an address: of its first miss; else of the last change',
  MODIFY spent BIGINT UNSIGNED NOT NULL
    COMMENT 'misses; service: times codes pending; early: devices awaited',
  COMMENT = 'the budgets; pending: how many, and where addresses queue';
