-- GET /status: where a terminal's session stands.
-- in: hash of the session; which of its registrations is asked for, or NULL:
--   the newest.
-- out: set 0: a row a registration held, the asked for or newest first:
--   outcome 'ok', left_version 0, document.
--   set 1: the newest submission, if newer than all that is held: waits,
--     contested or lapsed.
--   set 2: the first registration's supplies: slot, type, colorant, percent
--     (NULL: not known), level.
-- Reads only.
CREATE OR REPLACE PROCEDURE status(
  IN p_session BINARY(16), IN p_registration BIGINT UNSIGNED)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
  DECLARE v_submission VARCHAR(12);
  DECLARE v_first BIGINT UNSIGNED;

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
      WHEN s.waits_until > UTC_TIMESTAMP() THEN 'waits'
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

  SELECT s.slot, s.type, s.colorant,
      IF(s.max_capacity > 0 AND s.level >= 0, LEAST(100,
        CAST(s.level AS SIGNED) * 100 DIV s.max_capacity), NULL) AS percent,
      s.level
    FROM registration r JOIN supply_now s ON s.registration = r.id
    WHERE r.id = v_first AND r.state = 'paired'
    ORDER BY s.slot;
END
