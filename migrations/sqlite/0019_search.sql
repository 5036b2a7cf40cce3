-- Members are found by name, kana and mail address. Keys are of one spelling (`domain::search`); who has none yet is found by
-- reading, and a job writes them while the service runs. The indexes hold nothing when they are made.
-- Oldest program beside it: 0.2.0

ALTER TABLE member ADD COLUMN name_key TEXT;
ALTER TABLE member ADD COLUMN kana_key TEXT;
ALTER TABLE member ADD COLUMN email_key TEXT;
ALTER TABLE member ADD COLUMN pending_key TEXT;
CREATE INDEX member_name ON member (tenant, name_key) WHERE name_key IS NOT NULL;
CREATE INDEX member_kana ON member (tenant, kana_key) WHERE kana_key IS NOT NULL;
CREATE INDEX member_email ON member (tenant, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX member_pending ON member (tenant, pending_key) WHERE pending_key IS NOT NULL;
CREATE INDEX member_unkeyed ON member (tenant, id) WHERE name_key IS NULL;

-- Whoever changes a name or an address, an older program as well, takes the keys away.
CREATE TRIGGER member_keys_go AFTER UPDATE OF name, name_kana, email, email_pending ON member
WHEN OLD.name IS NOT NEW.name OR OLD.name_kana IS NOT NEW.name_kana OR OLD.email IS NOT NEW.email
  OR OLD.email_pending IS NOT NEW.email_pending
BEGIN
  UPDATE member SET name_key = NULL, kana_key = NULL, email_key = NULL, pending_key = NULL
   WHERE tenant = NEW.tenant AND id = NEW.id;
END;
