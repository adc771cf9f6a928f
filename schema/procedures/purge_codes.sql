-- Purge: codes past their time, unless something pends or waits with them. One
-- whose time lies further ahead than it can, because the clock was set back,
-- has a day from now.
-- in: how many to look at; after which to begin: NULL or what the call before
--   reached, so that a walk sees each once.
-- out: set 0: how many went; how far it came, NULL: there is no more.
-- Whoever needs a code puts its time off first, under the row's lock.
-- What a wait that is over was to wait for, and has not come, is given back to
-- the day's units (wait_for_device). A registration that comes meanwhile is one
-- that it no longer waits for.
CREATE OR REPLACE PROCEDURE purge_codes(
  IN p_limit INT UNSIGNED, IN p_from VARCHAR(64) CHARACTER SET ascii)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_from VARBINARY(16) DEFAULT COALESCE(UNHEX(p_from), '');
  DECLARE v_to, v_end BINARY(16);
  DECLARE v_due, v_changed INT UNSIGNED DEFAULT 0;
  DECLARE v_over, v_back, v_newest BIGINT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SELECT code INTO v_to
    FROM code WHERE code > v_from ORDER BY code LIMIT p_limit, 1;
  SET v_end = COALESCE(v_to, UNHEX(REPEAT('FF', 16)));
  -- Reads without locks: usually there is nothing to do.
  SELECT COALESCE(SUM(erase_at <= v_now
        OR erase_at > v_now + INTERVAL 1441 MINUTE), 0),
      COALESCE(SUM(awaited_to IS NOT NULL
        AND (awaited_until IS NULL OR awaited_until <= v_now)), 0)
    INTO v_due, v_over
    FROM code WHERE code > v_from AND code <= v_end;
  IF v_over > 0 THEN
    START TRANSACTION;
    SELECT COUNT(*) INTO v_over
      FROM code WHERE code > v_from AND code <= v_end
        AND awaited_to IS NOT NULL
        AND (awaited_until IS NULL OR awaited_until <= v_now)
      FOR UPDATE;
    SELECT COALESCE(MAX(id), 0) INTO v_newest FROM registration;
    SELECT COALESCE(SUM(IF(awaited_to >= v_newest,
        awaited_to + 1 - v_newest, 0)), 0)
      INTO v_back
      FROM code WHERE code > v_from AND code <= v_end
        AND awaited_to IS NOT NULL
        AND (awaited_until IS NULL OR awaited_until <= v_now);
    UPDATE code SET awaited_to = NULL
      WHERE code > v_from AND code <= v_end AND awaited_to IS NOT NULL
        AND (awaited_until IS NULL OR awaited_until <= v_now);
    UPDATE guess SET spent = spent - LEAST(spent, v_back)
      WHERE scope = 'early' ORDER BY since DESC LIMIT 1;
    COMMIT;
  END IF;
  IF v_due > 0 THEN
    DELETE FROM code
      WHERE code > v_from AND code <= v_end AND erase_at <= v_now
        AND NOT EXISTS (SELECT 1 FROM registration r
          WHERE r.code = code.code)
        AND (awaited_until IS NULL OR awaited_until <= v_now);
    SET v_changed = ROW_COUNT();
    UPDATE code SET erase_at = v_now + INTERVAL 1 DAY
      WHERE code > v_from AND code <= v_end
        AND erase_at > v_now + INTERVAL 1441 MINUTE;
    SET v_changed = v_changed + ROW_COUNT();
  END IF;
  IF v_to IS NULL THEN
    CALL note_walk('purge_codes');
  END IF;
  SELECT v_changed AS changed, HEX(v_to) AS reached;
END
