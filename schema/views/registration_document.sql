-- What a Registration document tells, one row a registration. The columns,
-- after outcome and left_version, are those of lib/registration.h. A
-- procedure that changes a registration reads it before its COMMIT, while it
-- has the row, so that version and left_version are those of its own change;
-- or it tells from its own variables, after the COMMIT, the first of the
-- columns, as many as are asked for: that costs a third less.
-- The answer leaves only once the whole call has succeeded (lib/db.c).
CREATE OR REPLACE SQL SECURITY DEFINER VIEW registration_document AS
SELECT
  r.id, r.version,
  IF(r.state = 'pending' AND r.expires_at <= UTC_TIMESTAMP(), 'ended',
    r.state) AS state,
  IF(r.state = 'paired', r.service, 'stopped') AS service,
  IF(r.state = 'paired', r.orders, NULL) AS orders,
  DATE_FORMAT(r.expires_at, '%Y-%m-%dT%H:%i:%sZ') AS expires_at,
  r.device_id,
  DATE_FORMAT(r.paired_at, '%Y-%m-%dT%H:%i:%sZ') AS paired_at,
  DATE_FORMAT(r.started_at, '%Y-%m-%dT%H:%i:%sZ') AS started_at,
  r.make_and_model, r.serial_number, r.ended_by,
  DATE_FORMAT(r.seen_at, '%Y-%m-%dT%H:%i:%sZ') AS seen_at
FROM registration r;
