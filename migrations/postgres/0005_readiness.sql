-- Whether the database can be written: readiness adds one to a single row. It belongs to no tenant and tells nothing.
-- Oldest program beside it: 0.2.0

CREATE TABLE readiness (
  id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  written  BIGINT NOT NULL
);
