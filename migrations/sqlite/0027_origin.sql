-- Oldest program beside it: 0.2.0
-- Whether this database was put back from a backup, and nobody has ended yet what must not live on in it (M11, R18). One
-- row. In a backup `backup_at` says when it was made, and `backup_rows` how many rows each of its tables has (JSON).
-- `written_in` is PostgreSQL's. Older programs start on such a database all the same: restore when every node is new.
-- Instants are INTEGER microseconds since 1970 (UTC).
CREATE TABLE store_origin (
  id           INTEGER NOT NULL,
  backup_at    INTEGER,
  backup_rows  TEXT,
  written_in   TEXT,
  finished_at  INTEGER,
  PRIMARY KEY (id),
  CHECK (id = 1)
) STRICT;
INSERT INTO store_origin (id) VALUES (1);
