-- An order's first attempt waits for no other's repeat, and an attempt that no
-- courier lived to tell of is not counted.

-- It is called otherwise now: a courier of before waits meanwhile.
DROP PROCEDURE IF EXISTS claim_orders;

ALTER TABLE supply_order
  MODIFY COLUMN attempts TINYINT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'that came to an end',
  ADD COLUMN IF NOT EXISTS again BOOLEAN AS (attempts > 0) VIRTUAL
    COMMENT 'it is no first attempt that is due',
  DROP KEY IF EXISTS due,
  ADD KEY due (state, again, due_at);
