-- POST /status, action=end: the user releases a device.
-- in: hash of the session; which of its registrations, or NULL: the newest.
-- out: set 0: outcome (ok, none: the session holds no such), left_version,
--   document. A repeat changes nothing and is ok.
CREATE OR REPLACE PROCEDURE release_registration(
  IN p_session BINARY(16), IN p_registration BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
release_registration: BEGIN
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_ended BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SET v_id = (SELECT registration FROM holding WHERE session = p_session
    AND (p_registration IS NULL OR registration = p_registration)
    ORDER BY held_since DESC, registration DESC LIMIT 1);
  IF v_id IS NULL THEN
    ROLLBACK;
    SELECT 'none' AS outcome;
    LEAVE release_registration;
  END IF;
  CALL end_registration(v_id, 'user', v_ended);
  SELECT 'ok' AS outcome, IF(v_ended, d.version - 1, 0) AS left_version, d.*
    FROM registration_document d WHERE d.id = v_id;
  COMMIT;
END
