-- tallystick devices end: an operator ends a registration.
-- in: its number.
-- out: set 0: outcome (ok, again: an operator ended it before, none: no such
--   registration, or another ended it), left_version, document.
CREATE OR REPLACE PROCEDURE end_by_operator(IN p_id BIGINT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
end_by_operator: BEGIN
  DECLARE v_ended BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  CALL end_registration(p_id, 'operator', v_ended);
  IF NOT v_ended AND NOT EXISTS (SELECT 1 FROM registration
      WHERE id = p_id AND ended_by = 'operator') THEN
    ROLLBACK;
    SELECT 'none' AS outcome;
    LEAVE end_by_operator;
  END IF;
  SELECT IF(v_ended, 'ok', 'again') AS outcome,
      IF(v_ended, d.version - 1, 0) AS left_version, d.*
    FROM registration_document d WHERE d.id = p_id;
  COMMIT;
END
