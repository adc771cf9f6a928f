-- A courier takes orders that are due, under a lease: a conditional update,
-- so that any number of couriers on any number of machines may run.
-- in: a random name, fresh for each call; how many at most; for how long, seconds.
-- out: set 0: what each order's message needs, the oldest due first.
CREATE OR REPLACE PROCEDURE claim_orders(
  IN p_owner BINARY(16), IN p_limit INT UNSIGNED, IN p_lease_s INT UNSIGNED)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_now DATETIME DEFAULT UTC_TIMESTAMP();
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  UPDATE supply_order SET lease_owner = p_owner,
      lease_until = v_now + INTERVAL p_lease_s SECOND,
      attempts = LEAST(attempts + 1, 250)
    WHERE state = 'queued' AND due_at <= v_now
      AND (lease_until IS NULL OR lease_until <= v_now)
    ORDER BY due_at, id LIMIT p_limit;
  COMMIT;

  SELECT o.uuid, o.attempts, o.test, o.reason,
      DATE_FORMAT(o.created_at, '%Y-%m-%dT%H:%i:%sZ') AS created_at,
      o.registration, r.device_id, r.make_and_model, r.serial_number,
      o.slot, o.type, o.colorant, o.percent
    FROM supply_order o JOIN registration r ON r.id = o.registration
    WHERE o.state = 'queued' AND o.due_at <= v_now
      AND o.lease_owner = p_owner
    ORDER BY o.due_at, o.id;
END
