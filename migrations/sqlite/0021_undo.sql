-- Oldest program beside it: 0.2.0
-- The imports of each union, and what the last one changed, so that it can be taken back (D34).
-- Instants are INTEGER microseconds since 1970 (UTC); ids are 16 bytes.

-- The imports that were published, in their order, the newest 400 of each union. `file` is the SHA-256 of the file in
-- hexadecimal. An undo has none, names in `undoes` what it took back, and has in `added` whom it removed.
CREATE TABLE import_history (
  tenant     TEXT NOT NULL,
  number     INTEGER NOT NULL,
  import     BLOB NOT NULL,
  at         INTEGER NOT NULL,
  actor      TEXT,
  file       TEXT,
  added      INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  ended      INTEGER NOT NULL,
  unchanged  INTEGER NOT NULL,
  undoes     INTEGER,
  undone_at  INTEGER,
  PRIMARY KEY (tenant, number)
) STRICT;

-- The old and the new value of each field that the last import changed, by member, sealed.
CREATE TABLE import_kept (
  tenant      TEXT NOT NULL,
  id          BLOB NOT NULL,
  import      BLOB NOT NULL,
  member      BLOB NOT NULL,
  sealed      BLOB NOT NULL,
  expires_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX import_kept_import ON import_kept (tenant, import);
CREATE INDEX import_kept_member ON import_kept (tenant, member);
CREATE INDEX import_kept_expires ON import_kept (expires_at);

-- Who imports, and why, so that whoever finishes the import writes it into the trail.
ALTER TABLE import ADD COLUMN actor_kind TEXT;
ALTER TABLE import ADD COLUMN actor TEXT;
ALTER TABLE import ADD COLUMN purpose TEXT;
ALTER TABLE import ADD COLUMN reason TEXT;
-- Of an undo, and only of one: until when its holder lives. Its `alive_until` is far ahead, so that an older program, which
-- knows no undo, leaves it alone. `published_at` stands while what it changes back is written down, and is gone from the
-- moment at which it counts: the members of that import are hidden then, and removed or ended.
ALTER TABLE import ADD COLUMN undo_alive_until INTEGER;
