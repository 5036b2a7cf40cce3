-- Oldest program beside it: 0.2.0
-- Whether this database was put back from a dump, and nobody has ended yet what must not live on in it (M11, R18). One row.
-- `written_in` is the number of the transaction that wrote it: where the row came in by a dump, another one did. The
-- columns about backups are SQLite's. Older programs start on such a database all the same: restore when every node is new.
CREATE TABLE store_origin (
  id           BIGINT NOT NULL,
  backup_at    TIMESTAMPTZ,
  backup_rows  TEXT COLLATE "C",
  written_in   TEXT COLLATE "C",
  finished_at  TIMESTAMPTZ,
  PRIMARY KEY (id),
  CHECK (id = 1)
);
INSERT INTO store_origin (id, written_in) VALUES (1, CAST(pg_current_xact_id() AS TEXT));
