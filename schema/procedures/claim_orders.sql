-- A courier takes orders that are due, under a lease: a conditional update,
-- so that any number of couriers on any number of machines may run.
-- in: a random name, fresh for each call; how many at most of those that were
--   never answered, and of the others; for how long, seconds.
-- out: set 0: what each order's message needs, the oldest due first; attempt is
--   the number of the one that begins.
-- The two kinds never wait for each other: a receiver that swallows one order
-- after the other for 20 seconds each keeps no new one from its first attempt.
CREATE OR REPLACE PROCEDURE claim_orders(
  IN p_owner BINARY(16), IN p_first INT UNSIGNED, IN p_again INT UNSIGNED,
  IN p_lease_s INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  UPDATE supply_order FORCE INDEX (due) SET lease_owner = p_owner,
      lease_until = v_now + INTERVAL p_lease_s SECOND
    WHERE state = 'queued' AND again = 0 AND due_at <= v_now
      AND (lease_until IS NULL OR lease_until <= v_now)
    ORDER BY due_at, id LIMIT p_first;
  UPDATE supply_order FORCE INDEX (due) SET lease_owner = p_owner,
      lease_until = v_now + INTERVAL p_lease_s SECOND
    WHERE state = 'queued' AND again = 1 AND due_at <= v_now
      AND (lease_until IS NULL OR lease_until <= v_now)
    ORDER BY due_at, id LIMIT p_again;
  COMMIT;

  SELECT o.uuid, o.attempts + 1 AS attempt, o.test, o.reason,
      DATE_FORMAT(o.created_at, '%Y-%m-%dT%H:%i:%sZ') AS created_at,
      o.registration, r.device_id, r.make_and_model, r.serial_number,
      o.slot, o.type, o.colorant, o.percent
    FROM supply_order o JOIN registration r ON r.id = o.registration
    WHERE o.state = 'queued' AND o.due_at <= v_now
      AND o.lease_owner = p_owner
    ORDER BY o.due_at, o.id;
END
