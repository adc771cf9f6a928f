-- What is in each slot of a line, with its newest level: usual reports leave
-- that beside the registration (registration.levels).
CREATE OR REPLACE SQL SECURITY DEFINER VIEW supply_now AS
SELECT
  r.id AS registration, s.line, s.slot, s.class, s.type, s.colorant, s.unit,
  s.max_capacity,
  COALESCE(JSON_VALUE(r.levels, CONCAT('$."', s.slot, '"')), s.level) + 0
    AS level,
  s.serial_number, s.spares, COALESCE(r.levels_at, s.reported_at)
    AS reported_at, s.episode
FROM registration r JOIN supply s ON s.line = r.line;
