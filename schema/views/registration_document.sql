-- What a Registration document tells, one row a registration. The columns,
-- after outcome and left_version, are those of lib/registration.h. A
-- procedure that changes a registration reads it before its COMMIT, while it
-- has the row, so that version and left_version are those of its own change.
-- The answer leaves only once the whole call has succeeded (lib/db.c).
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
  IF(r.state = 'paired', r.orders, NULL) AS orders
FROM registration r;
