-- The row of a code, in which its device meets a terminal, tells the device all
-- that it must know: whether terminals wait, and whether it was itself that was
-- paired by this code. So it need not look for them.

-- What the programs call goes first and comes back last, so that a program of
-- before answers 503 meanwhile: it would let a terminal wait unseen.
DROP PROCEDURE IF EXISTS register;
DROP PROCEDURE IF EXISTS pair;

ALTER TABLE code
  ADD COLUMN IF NOT EXISTS awaited_until DATETIME NULL
    COMMENT 'terminals that typed it wait until then; NULL: none'
    AFTER erase_at,
  ADD COLUMN IF NOT EXISTS matched_lineage BINARY(16) NULL
    COMMENT 'whose registration' AFTER matched_registration;

UPDATE code c SET c.awaited_until =
    (SELECT MAX(s.waits_until) FROM submission s WHERE s.code = c.code),
  c.matched_lineage =
    (SELECT r.lineage FROM registration r WHERE r.id = c.matched_registration);
