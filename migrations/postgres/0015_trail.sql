-- The trail says who acted, why, and what let it pass (D35); it is sealed into a chain (M4); what strangers cause is
-- summed by day (D26).
-- Oldest program beside it: 0.2.0

-- Rows that an older program wrote have none of these.
ALTER TABLE audit ADD COLUMN actor_kind TEXT COLLATE "C";
ALTER TABLE audit ADD COLUMN actor TEXT COLLATE "C";
ALTER TABLE audit ADD COLUMN reason TEXT COLLATE "C";
ALTER TABLE audit ADD COLUMN purpose TEXT COLLATE "C";
ALTER TABLE audit ADD COLUMN gate TEXT COLLATE "C";
ALTER TABLE audit ADD COLUMN net TEXT COLLATE "C";
CREATE INDEX audit_actor ON audit (tenant, actor, id) WHERE actor IS NOT NULL;

-- Rows that no seal holds yet, whichever program wrote them. `seal` is set while one is made of them. A row that is
-- committed late waits here like any other: no order of ids decides what is sealed.
CREATE TABLE audit_waiting (
  tenant  TEXT COLLATE "C" NOT NULL,
  id      UUID NOT NULL,
  seal    BIGINT,
  PRIMARY KEY (tenant, id)
);
INSERT INTO audit_waiting (tenant, id) SELECT tenant, id FROM audit;

-- The chain of each union. `entries`: id (16 bytes) and SHA-256 (32 bytes) of each row, one after the other. `before` is
-- the hash of the seal before it.
CREATE TABLE audit_seal (
  tenant     TEXT COLLATE "C" NOT NULL,
  number     BIGINT NOT NULL,
  sealed_at  TIMESTAMPTZ NOT NULL,
  entries    BYTEA NOT NULL,
  before     BYTEA NOT NULL,
  hash       BYTEA NOT NULL,
  PRIMARY KEY (tenant, number)
);

-- Where the chain begins after an archive: the last seal that was archived, when it was made, and the row of the trail
-- that says so. Rows that happened later are in the database; earlier ones may be in the archive.
CREATE TABLE audit_anchor (
  tenant       TEXT COLLATE "C" NOT NULL,
  number       BIGINT NOT NULL,
  hash         BYTEA NOT NULL,
  sealed_at    TIMESTAMPTZ NOT NULL,
  event        UUID NOT NULL,
  archived_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, number)
);

-- Who does a piece of work that one node does at a time, and until when.
CREATE TABLE lease (
  tenant  TEXT COLLATE "C" NOT NULL,
  name    TEXT COLLATE "C" NOT NULL,
  holder  BYTEA NOT NULL,
  until   TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, name)
);

-- How often each event was brought about by nobody who was proven, by day in Japan (days since 1970). `member` is all
-- zeros where it is about nobody.
CREATE TABLE stranger_day (
  tenant   TEXT COLLATE "C" NOT NULL,
  day      BIGINT NOT NULL,
  event    TEXT COLLATE "C" NOT NULL,
  member   UUID NOT NULL,
  times    BIGINT NOT NULL,
  PRIMARY KEY (tenant, day, event, member)
);

-- Before a row is written: what is told of a member is counted (0008); of what strangers cause, a hundred rows a day and
-- member are written, a thousand about nobody. After it: it waits for its seal.
DROP TRIGGER audit_counts_by_day ON audit;
DROP FUNCTION audit_counts_by_day();
CREATE FUNCTION audit_is_noted() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE
  counted BIGINT;
BEGIN
  IF NEW.member IS NOT NULL THEN
    INSERT INTO activity_day (tenant, member, kind, day, times, last_at)
    SELECT NEW.tenant, NEW.member, told.kind, CAST(FLOOR((EXTRACT(EPOCH FROM NEW.at) + 32400) / 86400) AS BIGINT), 1,
           NEW.at
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
     WHERE told.kind IS NOT NULL
        ON CONFLICT (tenant, member, kind, day) DO UPDATE
           SET times = activity_day.times + 1, last_at = GREATEST(activity_day.last_at, excluded.last_at);
  END IF;
  IF NEW.actor_kind = 'stranger' THEN
    INSERT INTO stranger_day (tenant, day, event, member, times)
    VALUES (NEW.tenant, CAST(FLOOR((EXTRACT(EPOCH FROM NEW.at) + 32400) / 86400) AS BIGINT), NEW.event,
            COALESCE(NEW.member, '00000000-0000-0000-0000-000000000000'), 1)
        ON CONFLICT (tenant, day, event, member) DO UPDATE SET times = stranger_day.times + 1
    RETURNING times INTO counted;
    IF counted > (CASE WHEN NEW.member IS NULL THEN 1000 ELSE 100 END) THEN
      RETURN NULL;
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_is_noted BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_noted();
CREATE FUNCTION audit_waits() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  INSERT INTO audit_waiting (tenant, id) VALUES (NEW.tenant, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER audit_waits AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_waits();

CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE OR DELETE ON audit_seal
FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_is_not_emptied BEFORE TRUNCATE ON audit_seal
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_anchor_is_append_only BEFORE UPDATE OR DELETE ON audit_anchor
FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_anchor_is_not_emptied BEFORE TRUNCATE ON audit_anchor
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
