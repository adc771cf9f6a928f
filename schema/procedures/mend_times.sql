-- Purge: times that lie further ahead than they can, because the clock was set
-- back: nothing may wait for the clock to come there again. What ran is given
-- its whole time once more, from now and no longer, for how much of it was left
-- cannot be told. An order that was never tried is due at once.
-- in: how many at most. out: set 0: how many, and nothing.
-- A minute is left for clocks of several machines that differ.
CREATE OR REPLACE PROCEDURE mend_times(IN p_limit INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_changed INT UNSIGNED DEFAULT 0;

  -- A courier may still be at it: a lease is never cut below its length.
  UPDATE supply_order SET lease_until = v_now + INTERVAL 1 MINUTE
    WHERE state = 'queued' AND lease_until > v_now + INTERVAL 2 MINUTE
    LIMIT p_limit;
  SET v_changed = v_changed + ROW_COUNT();
  UPDATE supply_order SET due_at = v_now
    WHERE state = 'queued' AND again = 0
      AND due_at > v_now + INTERVAL 1 MINUTE LIMIT p_limit;
  SET v_changed = v_changed + ROW_COUNT();
  -- The longest pause between attempts is a day, and a tenth by chance.
  UPDATE supply_order SET due_at = v_now
    WHERE state = 'queued' AND again = 1
      AND due_at > v_now + INTERVAL 27 HOUR LIMIT p_limit;
  SET v_changed = v_changed + ROW_COUNT();

  UPDATE registration FORCE INDEX (one_pending_a_place)
    SET expires_at = v_now + INTERVAL 1 HOUR
    WHERE pending_address IS NOT NULL
      AND expires_at > v_now + INTERVAL 61 MINUTE LIMIT p_limit;
  SET v_changed = v_changed + ROW_COUNT();
  UPDATE submission SET shown_until = v_now + INTERVAL 10 MINUTE,
    waits_until = LEAST(waits_until, v_now + INTERVAL 10 MINUTE)
    WHERE shown_until > v_now + INTERVAL 11 MINUTE LIMIT p_limit;
  SET v_changed = v_changed + ROW_COUNT();
  UPDATE guess SET since = v_now
    WHERE since > v_now + INTERVAL 1 MINUTE LIMIT p_limit;
  SET v_changed = v_changed + ROW_COUNT();
  SELECT v_changed AS changed, NULL AS reached;
END
