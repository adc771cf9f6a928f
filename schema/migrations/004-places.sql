-- The limit of registrations that pend from one address becomes a unique key:
-- each takes one of so many places.

ALTER TABLE registration
  ADD COLUMN IF NOT EXISTS place SMALLINT UNSIGNED NULL
    COMMENT 'while pending: which of its address''s places; NULL: no limit'
    AFTER pending_address,
  DROP KEY IF EXISTS pending_address,
  DROP KEY IF EXISTS one_pending_a_place,
  ADD UNIQUE KEY one_pending_a_place (pending_address, place);

DELETE FROM guess WHERE scope = 'pending';
