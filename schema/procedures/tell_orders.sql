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
  UPDATE registration r SET r.version = r.version + p_changed, r.orders =
    (SELECT GROUP_CONCAT(CONCAT_WS(' ', o.slot, o.state, o.uuid)
        ORDER BY o.slot SEPARATOR '\n' LIMIT 64)
      FROM supply s JOIN supply_order o
        ON o.line = s.line AND o.slot = s.slot AND o.episode = s.episode
      WHERE s.line = r.line)
    WHERE r.id = p_id AND r.state = 'paired';
END
