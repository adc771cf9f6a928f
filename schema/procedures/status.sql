-- GET /status: where a terminal's session stands.
-- in: hash of the session; which of its registrations is asked for, or NULL:
--   the newest; whether the whole page is wanted, or only sets 0 and 1.
-- out: set 0: a row a registration held, the asked for or newest first:
--   outcome 'ok', left_version 0, document.
--   set 1: the newest submission, if newer than all that is held: waits,
--     contested or lapsed.
--   set 2: the first registration's supplies: slot, class, type, colorant,
--     percent (NULL: not known), level, max_capacity, days since its episode
--     opened; the order of its episode, if any: state, id, percent then,
--     time.
--   set 3: a row a registration held: id, the lowest percent known of its
--     supplies, whether its device asks to be paired again.
--   set 4: the first's levels: days ago, levels (as in level_day).
--   set 5: the first's jobs of 30 days by UTC day and kind: days ago, kind,
--     jobs, impressions (count_pages).
-- Reads only, but for a count that is kept.
CREATE OR REPLACE PROCEDURE status(
  IN p_session BINARY(16), IN p_registration BIGINT UNSIGNED,
  IN p_page BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
status: BEGIN
  DECLARE v_submission VARCHAR(12);
  DECLARE v_first, v_line BIGINT UNSIGNED;

  -- INTO reads without locks; DEFAULT would take the way of whoever pairs.
  SELECT registration INTO v_first
    FROM holding WHERE session = p_session
    ORDER BY registration <=> p_registration DESC, held_since DESC,
      registration DESC LIMIT 1;

  -- First: a match that commits meanwhile takes the submission away and adds
  -- what is held, and whoever looked in the other order would see neither.
  SELECT CASE
      WHEN s.waits_until > UTC_TIMESTAMP() AND EXISTS (SELECT 1
        FROM submission t WHERE t.code = s.code AND t.terminal <> s.terminal
          AND t.waits_until > UTC_TIMESTAMP()) THEN 'contested'
      WHEN s.waits_until > UTC_TIMESTAMP() AND EXISTS (SELECT 1
        FROM code c WHERE c.code = s.code
          AND c.awaited_until > UTC_TIMESTAMP() AND c.awaited_to >
          (SELECT COALESCE(MAX(id), 0) FROM registration)) THEN 'waits'
      ELSE 'lapsed' END
    INTO v_submission
    FROM submission s
    WHERE s.session = p_session AND s.shown_until > UTC_TIMESTAMP()
      AND p_registration IS NULL
      AND s.submitted_at > COALESCE((SELECT MAX(held_since)
        FROM holding WHERE session = p_session), '1000-01-01')
    ORDER BY s.submitted_at DESC LIMIT 1;

  SELECT 'ok' AS outcome, 0 AS left_version, d.*
    FROM holding h JOIN registration_document d ON d.id = h.registration
    WHERE h.session = p_session
    ORDER BY h.registration = v_first DESC, h.held_since DESC LIMIT 32;

  SELECT v_submission AS submission FROM DUAL
    WHERE v_submission IS NOT NULL;

  IF NOT p_page THEN
    LEAVE status;
  END IF;
  SELECT line INTO v_line
    FROM registration WHERE id = v_first AND state = 'paired';

  SELECT s.slot, s.class, s.type, s.colorant,
      IF(s.max_capacity > 0 AND s.level >= 0, LEAST(100,
        CAST(s.level AS SIGNED) * 100 DIV s.max_capacity), NULL) AS percent,
      s.level, s.max_capacity, DATEDIFF(UTC_DATE(), e.opened_at) AS opened,
      o.state, o.uuid, o.percent AS order_percent,
      DATE_FORMAT(o.created_at, '%Y-%m-%dT%H:%i:%sZ') AS ordered_at
    FROM supply_now s
      LEFT JOIN episode e ON e.line = s.line AND e.slot = s.slot
        AND e.episode = s.episode
      LEFT JOIN supply_order o ON o.line = s.line AND o.slot = s.slot
        AND o.episode = s.episode
    WHERE s.registration = v_first AND v_line IS NOT NULL
    ORDER BY s.slot;

  SELECT r.id,
      (SELECT MIN(LEAST(100, CAST(s.level AS SIGNED) * 100
          DIV s.max_capacity))
        FROM supply_now s
        WHERE s.registration = r.id AND r.state = 'paired'
          AND s.max_capacity > 0 AND s.level >= 0) AS lowest,
      EXISTS (SELECT 1 FROM registration p
        WHERE p.device = r.device AND p.lineage = r.lineage AND p.live = 0
          AND p.expires_at > UTC_TIMESTAMP()) AS asks
    FROM holding h JOIN registration r ON r.id = h.registration
    WHERE h.session = p_session
    ORDER BY h.registration = v_first DESC, h.held_since DESC LIMIT 32;

  SELECT DATEDIFF(UTC_DATE(), day) AS ago, levels
    FROM level_day WHERE line = v_line AND day > UTC_DATE() - INTERVAL 32 DAY
    ORDER BY day;

  IF v_line IS NOT NULL THEN
    CALL count_pages(v_line);
  END IF;
END
