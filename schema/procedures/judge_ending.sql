-- While the service's units are spent each device ending has a budget of its
-- own: as many misses a day as keep the sum over all pending devices in the
-- same bound, 10 at the least. An attacker can so make pairing a little
-- longer, but an owner who names the device still gets in. Inside pair; not
-- granted to any program.
-- in: the ending (its last 4 characters count); 1 for a miss, 0 for a hit.
-- out: p_outcome becomes too-many-tries when no try was left.
CREATE OR REPLACE PROCEDURE judge_ending(
  IN p_ending VARCHAR(64) CHARACTER SET ascii, IN p_units_max BIGINT UNSIGNED,
  IN p_misses INT UNSIGNED, INOUT p_outcome VARCHAR(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE v_spent, v_pending BIGINT UNSIGNED;

  INSERT INTO guess (scope, name, since, spent)
    VALUES ('ending', RIGHT(p_ending, 4), v_now, p_misses)
    ON DUPLICATE KEY UPDATE
      spent = IF(since > v_now - INTERVAL 1 DAY, spent + p_misses, p_misses),
      since = IF(since > v_now - INTERVAL 1 DAY, since, v_now);
  SET v_spent = (SELECT spent FROM guess
    WHERE scope = 'ending' AND name = RIGHT(p_ending, 4));
  CALL count_pending(v_pending);
  IF v_spent + 1 - p_misses
    > GREATEST(10, p_units_max DIV GREATEST(1, v_pending)) THEN
    SET p_outcome = 'too-many-tries';
  END IF;
END
