-- A password may wait for its factor again, since the desk took the factors away (D2).
-- Oldest program beside it: 0.2.0

ALTER TABLE password ADD COLUMN factorless_from TIMESTAMPTZ;
