-- Whether a code that missed waits for its device, and the code's row told so.
-- Inside pair, which holds the lock on that row; not granted to any program.
-- in: the terminal's fresh session; units that waiting may cost the service in
--   a day.
-- out: whether it waits. The repeat of a call that made it wait changes and
--   costs nothing more.
-- The mirror of count_miss: each registration while a terminal waits is a guess
-- at its code, so to wait for so many registrations costs as many units. A
-- terminal waits for the 1024th part of a day's, then it must type its code
-- again; when they are spent none waits until they recover. What register
-- reads, with the statement that locks the code's row, is only the last
-- registration but one that is awaited: no time tells whether one is.
CREATE OR REPLACE PROCEDURE wait_for_device(
  IN p_code BINARY(16), IN p_terminal BINARY(16), IN p_session BINARY(16),
  IN p_units_max BIGINT UNSIGNED, OUT p_waits BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
wait_for_device: BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_until DATETIME DEFAULT v_now + INTERVAL 10 MINUTE;
  DECLARE v_share BIGINT UNSIGNED DEFAULT LEAST(1 << 30, p_units_max DIV 1024);
  DECLARE v_units, v_newest BIGINT UNSIGNED;

  SET p_waits = EXISTS (SELECT 1 FROM submission WHERE code = p_code
    AND terminal = p_terminal AND session = p_session
    AND waits_until > v_now);
  IF p_waits THEN
    LEAVE wait_for_device;
  END IF;

  SELECT COALESCE(SUM(spent), 0) INTO v_units FROM guess
    WHERE scope = 'early' AND since > v_now - INTERVAL 1 DAY;
  -- After a match its code does not wait again for 10 minutes.
  SET p_waits = v_share > 0 AND v_units + v_share <= p_units_max
    AND NOT EXISTS (SELECT 1 FROM code
      WHERE code = p_code AND matched_at > v_now - INTERVAL 10 MINUTE);
  IF NOT p_waits THEN
    LEAVE wait_for_device;
  END IF;
  INSERT INTO guess (scope, name, since, spent)
    VALUES ('early', DATE_FORMAT(v_now, '%Y%m%d%H'), v_now, v_share)
    ON DUPLICATE KEY UPDATE spent = spent + VALUES(spent),
      since = GREATEST(since, VALUES(since));

  IF EXISTS (SELECT 1 FROM submission WHERE code = p_code
    AND terminal <> p_terminal AND waits_until > v_now) THEN
    -- Two terminals typed it: neither is paired, both must type it again.
    UPDATE submission SET waits_until = v_until, shown_until = v_until
      WHERE code = p_code AND waits_until > v_now;
    UPDATE code SET awaited_until = '1000-01-01' WHERE code = p_code;
  ELSE
    SELECT COALESCE(MAX(id), 0) INTO v_newest FROM registration;
    UPDATE code SET awaited_until = v_until,
      awaited_to = LEAST(4294967295, v_newest + v_share - 1)
      WHERE code = p_code;
  END IF;
END
