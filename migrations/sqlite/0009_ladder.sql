-- Oldest program beside it: 0.2.0
-- Tries at passwords and codes while they are being weighed, counters that say nothing any more, and which counter a
-- browser's recovery code belongs to. Instants are INTEGER microseconds since 1970 (UTC); digests are 32 bytes.

-- Tries that were counted and whose outcome is not known yet, and until when it is waited for; rows of before have none.
-- `not_before` is the end of a pause where it is later than `last_at`, and says nothing where it is not: so it was written
-- before, too.
ALTER TABLE guard ADD COLUMN weighing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE guard ADD COLUMN weighing_until INTEGER;
-- From when on the row says no more than none would; NULL: it stays.
ALTER TABLE guard ADD COLUMN worthless_at INTEGER;
CREATE INDEX guard_worthless ON guard (worthless_at) WHERE worthless_at IS NOT NULL;

-- Whom a browser asked a recovery for, as a counter's keyed digest: the same for a user ID that is nobody's.
CREATE TABLE recovery_ask (
  tenant      TEXT    NOT NULL,
  browser     BLOB    NOT NULL,
  subject     BLOB    NOT NULL,
  expires_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, browser)
) STRICT;
CREATE INDEX recovery_ask_expires ON recovery_ask (expires_at);
