-- Purge: 400 days after a registration's end no browser is told of it.
-- in: how many sessions to look at, about; after which to begin: NULL or what
--   the call before reached, so that a walk sees each once.
-- out: set 0: how many went; how far it came, NULL: there is no more.
CREATE OR REPLACE PROCEDURE purge_holdings(
  IN p_limit INT UNSIGNED, IN p_from VARCHAR(64) CHARACTER SET ascii)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_old DATETIME DEFAULT UTC_TIMESTAMP() - INTERVAL 400 DAY;
  DECLARE v_from VARBINARY(16) DEFAULT COALESCE(UNHEX(p_from), '');
  DECLARE v_to, v_end BINARY(16);
  DECLARE v_due, v_changed INT UNSIGNED DEFAULT 0;

  SELECT session INTO v_to FROM holding
    WHERE session > v_from ORDER BY session LIMIT p_limit, 1;
  SET v_end = COALESCE(v_to, UNHEX(REPEAT('FF', 16)));
  -- Reads without locks: usually there is nothing to do. The time that it is
  -- held since spares looking at most registrations.
  SELECT COUNT(*) INTO v_due
    FROM holding h STRAIGHT_JOIN registration r ON r.id = h.registration
    WHERE h.session > v_from AND h.session <= v_end
      AND h.held_since <= v_old AND r.ended_at <= v_old;
  IF v_due > 0 THEN
    DELETE h FROM holding h STRAIGHT_JOIN registration r
      ON r.id = h.registration
      WHERE h.session > v_from AND h.session <= v_end
        AND h.held_since <= v_old AND r.ended_at <= v_old;
    SET v_changed = ROW_COUNT();
  END IF;
  IF v_to IS NULL THEN
    CALL note_walk('purge_holdings');
  END IF;
  SELECT v_changed AS changed, HEX(v_to) AS reached;
END
