-- Oldest program beside it: 0.2.0
-- What a member was known by before (D34): numbers, user IDs, and the ids of members who were merged into this one.

-- `kind` is `number`, `login` or `member`. `key` is the one spelling that is looked for, `shown` the one that is read.
CREATE TABLE former_name (
  tenant    TEXT COLLATE "C" NOT NULL,
  member    UUID NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL,
  key       TEXT COLLATE "C" NOT NULL,
  shown     TEXT COLLATE "C" NOT NULL,
  until_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, member, kind, key),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE INDEX former_name_key ON former_name (tenant, kind, key);

-- User IDs that rest were given up at most a year ago.
INSERT INTO former_name (tenant, member, kind, key, shown, until_at)
  SELECT r.tenant, r.member, 'login', r.login, r.login, r.until - INTERVAL '8760 hours'
    FROM retired_login AS r JOIN member AS m ON m.tenant = r.tenant AND m.id = r.member
   WHERE r.login <> m.login;

-- Whoever changes a number or a user ID, an older program as well, leaves the former one here.
CREATE FUNCTION member_leaves_name() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF OLD.number_key <> NEW.number_key THEN
    INSERT INTO former_name (tenant, member, kind, key, shown, until_at)
    VALUES (OLD.tenant, OLD.id, 'number', OLD.number_key, OLD.kigo || '-' || OLD.bango || '-' || OLD.branch,
            NEW.changed_at)
        ON CONFLICT (tenant, member, kind, key) DO UPDATE SET shown = excluded.shown, until_at = excluded.until_at;
    DELETE FROM former_name
     WHERE tenant = NEW.tenant AND member = NEW.id AND kind = 'number' AND key = NEW.number_key;
  END IF;
  IF OLD.login <> NEW.login THEN
    INSERT INTO former_name (tenant, member, kind, key, shown, until_at)
    VALUES (OLD.tenant, OLD.id, 'login', OLD.login, OLD.login, NEW.changed_at)
        ON CONFLICT (tenant, member, kind, key) DO UPDATE SET until_at = excluded.until_at;
    DELETE FROM former_name WHERE tenant = NEW.tenant AND member = NEW.id AND kind = 'login' AND key = NEW.login;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER member_leaves_name AFTER UPDATE OF number_key, login ON member FOR EACH ROW
WHEN (OLD.number_key <> NEW.number_key OR OLD.login <> NEW.login)
EXECUTE FUNCTION member_leaves_name();

-- The number that the file knew a member by, while a change waits: whoever has another one by then keeps it.
ALTER TABLE import_change ADD COLUMN number_seen TEXT COLLATE "C";

-- Whose data are to be erased next.
CREATE INDEX member_ended ON member (tenant, ended_at) WHERE ended_at IS NOT NULL;
