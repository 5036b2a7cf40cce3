-- Keys that sealed or digested anything here, each with a value that only it gives (D36). No key can be drawn from it.
-- Oldest program beside it: 0.2.0
CREATE TABLE known_key (
  id           INTEGER NOT NULL,
  place        INTEGER NOT NULL,
  check_value  BLOB    NOT NULL,
  since        INTEGER NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (place)
) STRICT;
