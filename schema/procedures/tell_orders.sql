-- A registration's document tells the open orders of its line. Inside the
-- transaction of a caller that has the lock on the registration's row; not
-- granted to any program.
-- in: the registration; whether they have changed: a new version.
-- A device may name ever new slots; 64 orders are twice a report's supplies,
-- and fit the column.
CREATE OR REPLACE PROCEDURE tell_orders(
  IN p_id BIGINT UNSIGNED, IN p_changed BOOLEAN)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_orders VARCHAR(3600) CHARACTER SET ascii;

  -- SET reads with locks: an attempt that is being recorded is waited for.
  SET v_orders = (SELECT GROUP_CONCAT(CONCAT_WS(' ', o.slot, o.state, o.uuid)
      ORDER BY o.slot SEPARATOR '\n' LIMIT 64)
    FROM registration r JOIN supply s ON s.line = r.line
      JOIN supply_order o
        ON o.line = s.line AND o.slot = s.slot AND o.episode = s.episode
    WHERE r.id = p_id);
  UPDATE registration SET version = version + p_changed, orders = v_orders
    WHERE id = p_id AND state = 'paired';
END
