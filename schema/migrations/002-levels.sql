-- What a usual report changes lies in one row: the newest levels beside the
-- registration that reports them, and the open orders as its document tells
-- them.

-- What the programs call goes first and comes back last, so that a program of
-- before answers 503 meanwhile, never 401 from a table half changed.
DROP PROCEDURE IF EXISTS register;
DROP PROCEDURE IF EXISTS connect;
DROP PROCEDURE IF EXISTS instruct;
DROP PROCEDURE IF EXISTS report;
DROP PROCEDURE IF EXISTS pair;
DROP PROCEDURE IF EXISTS status;
DROP PROCEDURE IF EXISTS release_registration;
DROP PROCEDURE IF EXISTS claim_orders;
DROP PROCEDURE IF EXISTS record_attempt;

ALTER TABLE registration
  ADD COLUMN IF NOT EXISTS judged BINARY(8) NULL
    COMMENT 'supplies and zones as last judged: the same need no judging'
    AFTER sequence,
  ADD COLUMN IF NOT EXISTS levels VARCHAR(640) CHARACTER SET ascii
    COLLATE ascii_bin NULL
    COMMENT 'newest level a slot, {"1":83}; NULL: supply has the newest'
    AFTER judged,
  ADD COLUMN IF NOT EXISTS levels_at DATETIME NULL
    COMMENT 'when these levels arrived' AFTER levels,
  ADD COLUMN IF NOT EXISTS orders VARCHAR(3600) CHARACTER SET ascii
    COLLATE ascii_bin NULL
    COMMENT 'orders of open episodes, lines "SLOT STATE ID", by slot'
    AFTER levels_at;

UPDATE registration r SET r.orders =
  (SELECT GROUP_CONCAT(CONCAT_WS(' ', o.slot, o.state, o.uuid)
      ORDER BY o.slot SEPARATOR '\n' LIMIT 64)
    FROM supply s JOIN supply_order o
      ON o.line = s.line AND o.slot = s.slot AND o.episode = s.episode
    WHERE s.line = r.line)
  WHERE r.state = 'paired';
