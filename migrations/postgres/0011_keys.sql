-- Keys that sealed or digested anything here, each with a value that only it gives (D36). No key can be drawn from it.
-- Oldest program beside it: 0.2.0
CREATE TABLE known_key (
  id           BIGINT      NOT NULL,
  place        BIGINT      NOT NULL,
  check_value  BYTEA       NOT NULL,
  since        TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (place)
);
