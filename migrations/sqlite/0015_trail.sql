-- The trail says who acted, why, and what let it pass (D35); it is sealed into a chain (M4); what strangers cause is
-- summed by day (D26).
-- Oldest program beside it: 0.2.0

-- Rows that an older program wrote have none of these.
ALTER TABLE audit ADD COLUMN actor_kind TEXT;
ALTER TABLE audit ADD COLUMN actor TEXT;
ALTER TABLE audit ADD COLUMN reason TEXT;
ALTER TABLE audit ADD COLUMN purpose TEXT;
ALTER TABLE audit ADD COLUMN gate TEXT;
ALTER TABLE audit ADD COLUMN net TEXT;
CREATE INDEX audit_actor ON audit (tenant, actor, id) WHERE actor IS NOT NULL;

-- Rows that no seal holds yet, whichever program wrote them. `seal` is set while one is made of them. A row that is
-- committed late waits here like any other: no order of ids decides what is sealed.
CREATE TABLE audit_waiting (
  tenant  TEXT NOT NULL,
  id      BLOB NOT NULL,
  seal    INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT;
INSERT INTO audit_waiting (tenant, id) SELECT tenant, id FROM audit;

-- The chain of each union. `entries`: id (16 bytes) and SHA-256 (32 bytes) of each row, one after the other. `before` is
-- the hash of the seal before it.
CREATE TABLE audit_seal (
  tenant     TEXT    NOT NULL,
  number     INTEGER NOT NULL,
  sealed_at  INTEGER NOT NULL,
  entries    BLOB    NOT NULL,
  before     BLOB    NOT NULL,
  hash       BLOB    NOT NULL,
  PRIMARY KEY (tenant, number)
) STRICT;

-- Where the chain begins after an archive: the last seal that was archived, when it was made, and the row of the trail
-- that says so. Rows that happened later are in the database; earlier ones may be in the archive.
CREATE TABLE audit_anchor (
  tenant       TEXT    NOT NULL,
  number       INTEGER NOT NULL,
  hash         BLOB    NOT NULL,
  sealed_at    INTEGER NOT NULL,
  event        BLOB    NOT NULL,
  archived_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, number)
) STRICT;

-- Who does a piece of work that one node does at a time, and until when.
CREATE TABLE lease (
  tenant  TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  holder  BLOB    NOT NULL,
  until   INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT;

-- How often each event was brought about by nobody who was proven, by day in Japan (days since 1970). `member` is all
-- zeros where it is about nobody.
CREATE TABLE stranger_day (
  tenant   TEXT    NOT NULL,
  day      INTEGER NOT NULL,
  event    TEXT    NOT NULL,
  member   BLOB    NOT NULL,
  times    INTEGER NOT NULL,
  PRIMARY KEY (tenant, day, event, member)
) STRICT;

-- Before a row is written: it replaces none (`INSERT OR REPLACE` asks no other trigger); what is told of a member is
-- counted (0008); of what strangers cause, a hundred rows a day and member are written, a thousand about nobody.
DROP TRIGGER audit_counts_by_day;
CREATE TRIGGER audit_is_noted BEFORE INSERT ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit rows are never replaced')
   WHERE EXISTS (SELECT 1 FROM audit WHERE tenant = NEW.tenant AND id = NEW.id)
      OR EXISTS (SELECT 1 FROM audit WHERE rowid = NEW.rowid);
  INSERT INTO activity_day (tenant, member, kind, day, times, last_at)
  SELECT NEW.tenant, NEW.member, told.kind, (NEW.at + 32400000000) / 86400000000, 1, NEW.at
    FROM (SELECT CASE
           WHEN NEW.event IN ('password-differed', 'password-paused', 'password-off') THEN 'password-refused'
           WHEN NEW.event = 'recovery-asked' AND NEW.detail LIKE '%"answer":"mailed"%' THEN 'recovery-mailed'
           WHEN NEW.event IN ('recovery-code-differed', 'recovery-code-off') THEN 'recovery-code-refused'
           WHEN NEW.event = 'user-id-asked' AND NEW.detail LIKE '%"answer":"mailed"%' THEN 'user-id-mailed'
           WHEN NEW.event = 'passkey-refused' AND NEW.detail LIKE '%"purpose":"alone"%' THEN 'lone-passkey-refused'
           WHEN NEW.event = 'passkey-refused' THEN 'passkey-refused'
           WHEN NEW.event IN ('code-differed', 'mailed-code-differed', 'factor-off', 'desk-code-differed')
             THEN 'code-refused'
           WHEN NEW.event = 'birth-date-differed' THEN 'birth-date-refused'
         END AS kind) AS told
   WHERE told.kind IS NOT NULL AND NEW.member IS NOT NULL
      ON CONFLICT (tenant, member, kind, day) DO UPDATE
         SET times = activity_day.times + 1, last_at = MAX(activity_day.last_at, excluded.last_at);
  INSERT INTO stranger_day (tenant, day, event, member, times)
  SELECT NEW.tenant, (NEW.at + 32400000000) / 86400000000, NEW.event,
         COALESCE(NEW.member, x'00000000000000000000000000000000'), 1
   WHERE NEW.actor_kind = 'stranger'
      ON CONFLICT (tenant, day, event, member) DO UPDATE SET times = stranger_day.times + 1;
  SELECT RAISE(IGNORE)
   WHERE NEW.actor_kind = 'stranger'
     AND (SELECT times FROM stranger_day
           WHERE tenant = NEW.tenant AND day = (NEW.at + 32400000000) / 86400000000 AND event = NEW.event
             AND member = COALESCE(NEW.member, x'00000000000000000000000000000000'))
         > CASE WHEN NEW.member IS NULL THEN 1000 ELSE 100 END;
END;
CREATE TRIGGER audit_waits AFTER INSERT ON audit
BEGIN
  INSERT INTO audit_waiting (tenant, id) VALUES (NEW.tenant, NEW.id);
END;

CREATE TRIGGER audit_seal_is_append_only_update BEFORE UPDATE ON audit_seal
BEGIN SELECT RAISE(ABORT, 'audit seals are never changed'); END;
CREATE TRIGGER audit_seal_is_append_only_delete BEFORE DELETE ON audit_seal
BEGIN SELECT RAISE(ABORT, 'audit seals are never deleted'); END;
CREATE TRIGGER audit_seal_is_append_only_insert BEFORE INSERT ON audit_seal
BEGIN
  SELECT RAISE(ABORT, 'audit seals are never replaced')
   WHERE EXISTS (SELECT 1 FROM audit_seal WHERE tenant = NEW.tenant AND number = NEW.number)
      OR EXISTS (SELECT 1 FROM audit_seal WHERE rowid = NEW.rowid);
END;
CREATE TRIGGER audit_anchor_is_append_only_update BEFORE UPDATE ON audit_anchor
BEGIN SELECT RAISE(ABORT, 'audit anchors are never changed'); END;
CREATE TRIGGER audit_anchor_is_append_only_delete BEFORE DELETE ON audit_anchor
BEGIN SELECT RAISE(ABORT, 'audit anchors are never deleted'); END;
CREATE TRIGGER audit_anchor_is_append_only_insert BEFORE INSERT ON audit_anchor
BEGIN
  SELECT RAISE(ABORT, 'audit anchors are never replaced')
   WHERE EXISTS (SELECT 1 FROM audit_anchor WHERE tenant = NEW.tenant AND number = NEW.number)
      OR EXISTS (SELECT 1 FROM audit_anchor WHERE rowid = NEW.rowid);
END;
