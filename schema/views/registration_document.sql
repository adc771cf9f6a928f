-- What a Registration document tells, one row a registration. The columns,
-- after outcome and left_version, are those of lib/registration.h. A
-- procedure that changes a registration reads it before its COMMIT, while it
-- has the row, so that version and left_version are those of its own change.
-- The answer leaves only once the whole call has succeeded (lib/db.c).
-- A device may name ever new slots; 64 orders are twice a report's supplies,
-- and fit the struct.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW registration_document AS
SELECT
  r.id, r.device_id, r.make_and_model, r.serial_number,
  IF(r.state = 'pending' AND r.expires_at <= UTC_TIMESTAMP(), 'ended',
    r.state) AS state,
  IF(r.state = 'paired', r.service, 'stopped') AS service, r.ended_by, r.version,
  DATE_FORMAT(r.expires_at, '%Y-%m-%dT%H:%i:%sZ') AS expires_at,
  DATE_FORMAT(r.paired_at, '%Y-%m-%dT%H:%i:%sZ') AS paired_at,
  DATE_FORMAT(r.started_at, '%Y-%m-%dT%H:%i:%sZ') AS started_at,
  DATE_FORMAT(r.seen_at, '%Y-%m-%dT%H:%i:%sZ') AS seen_at,
  (SELECT GROUP_CONCAT(CONCAT_WS(' ', o.slot, o.state, o.uuid)
      ORDER BY o.slot SEPARATOR '\n' LIMIT 64)
    FROM supply s JOIN supply_order o
      ON o.line = s.line AND o.slot = s.slot AND o.episode = s.episode
    WHERE s.line = r.line AND r.state = 'paired') AS orders
FROM registration r;
