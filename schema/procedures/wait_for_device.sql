-- Whether a code that missed waits for its device, and the code's row told so.
-- Inside pair, which holds the lock on that row; not granted to any program.
-- in: the terminal's fresh session; units that waiting may cost the service in
--   a day, and for how many registrations a terminal waits at least.
-- out: whether it waits. The repeat of a call that made it wait changes and
--   costs nothing more.
-- The mirror of count_miss: each registration while a terminal waits is a guess
-- at its code, so to wait for so many registrations costs as many units: the
-- 64th part of what is left; after these it must type its code again. Those
-- that its code was to wait for already are paid: typed again it costs what it
-- adds. Those that have not come when a wait is over are given back
-- (purge_codes). When a day's units are spent none waits for more until they
-- recover. What register reads, with the statement that locks the code's row,
-- is only the last registration but one that is awaited: no time tells whether
-- one is.
CREATE OR REPLACE PROCEDURE wait_for_device(
  IN p_code BINARY(16), IN p_terminal BINARY(16), IN p_session BINARY(16),
  IN p_units_max BIGINT UNSIGNED, IN p_share INT UNSIGNED,
  OUT p_waits BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
wait_for_device: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_until DATETIME DEFAULT v_now + INTERVAL 10 MINUTE;
  DECLARE v_units, v_left, v_newest, v_from, v_to BIGINT UNSIGNED;
  DECLARE v_paid BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_matched BOOLEAN DEFAULT FALSE;

  SET p_waits = EXISTS (SELECT 1 FROM submission WHERE code = p_code
    AND terminal = p_terminal AND session = p_session
    AND waits_until > v_now);
  IF p_waits THEN
    LEAVE wait_for_device;
  END IF;

  -- After a match its code does not wait again for 10 minutes.
  SELECT COALESCE(awaited_to + 1, 0),
      COALESCE(matched_at > v_now - INTERVAL 10 MINUTE
        AND matched_at <= v_now + INTERVAL 1 MINUTE, FALSE)
    INTO v_paid, v_matched FROM code WHERE code = p_code;
  IF v_matched THEN
    LEAVE wait_for_device;
  END IF;

  IF EXISTS (SELECT 1 FROM submission WHERE code = p_code
    AND terminal <> p_terminal AND waits_until > v_now) THEN
    -- Two terminals typed it: neither is paired, both must type it again.
    UPDATE submission SET waits_until = v_until, shown_until = v_until
      WHERE code = p_code AND waits_until > v_now;
    UPDATE code SET awaited_until = '1000-01-01' WHERE code = p_code;
    SET p_waits = TRUE;
    LEAVE wait_for_device;
  END IF;

  SELECT COALESCE(SUM(spent), 0) INTO v_units FROM guess
    WHERE scope = 'early' AND since > v_now - INTERVAL 1 DAY;
  SELECT COALESCE(MAX(id), 0) INTO v_newest FROM registration;
  SET v_left = IF(v_units < p_units_max, p_units_max - v_units, 0),
    v_from = GREATEST(v_paid, v_newest),
    v_to = GREATEST(v_from, LEAST(4294967296, v_newest
      + IF(p_share > 0, GREATEST(p_share, v_left DIV 64), 0)));
  IF v_to - v_from > v_left THEN
    SET v_to = v_from;
  END IF;
  SET p_waits = v_to > v_newest;
  IF v_to > v_from THEN
    INSERT INTO guess (scope, name, since, spent)
      VALUES ('early', DATE_FORMAT(v_now, '%Y%m%d%H'), v_now, v_to - v_from)
      ON DUPLICATE KEY UPDATE spent = spent + VALUES(spent),
        since = GREATEST(since, VALUES(since));
  END IF;
  IF p_waits THEN
    UPDATE code SET awaited_until = v_until, awaited_to = v_to - 1
      WHERE code = p_code;
  END IF;
END
