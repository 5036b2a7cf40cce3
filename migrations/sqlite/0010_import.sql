-- Oldest program beside it: 0.2.0
-- Rosters come in a few rows at a time, so that nobody waits, and become visible by one row. Older programs do not know
-- that such rows are hidden: import when every node is new.
-- Instants are INTEGER microseconds since 1970 (UTC); ids are 16 bytes.
-- The import that a union's rows wait for: one at a time. Who holds it renews alive_until; after that it is dead, and
-- anybody may take it over: to take its rows away, or from published_at on to finish it.
CREATE TABLE import (
  tenant        TEXT NOT NULL,
  id            BLOB NOT NULL,
  holder        BLOB NOT NULL,
  begun_at      INTEGER NOT NULL,
  alive_until   INTEGER NOT NULL,
  published_at  INTEGER,
  PRIMARY KEY (tenant)
) STRICT;

-- Which import brought a member. While that one is not published, the member is hidden.
ALTER TABLE member ADD COLUMN import BLOB;
CREATE INDEX member_import ON member (tenant, import) WHERE import IS NOT NULL;

-- What a published import still has to change about members who were there before. NULL: stays as it is.
CREATE TABLE import_change (
  tenant            TEXT NOT NULL,
  import            BLOB NOT NULL,
  place             INTEGER NOT NULL,
  member            BLOB NOT NULL,
  kigo              TEXT,
  bango             TEXT,
  branch            TEXT,
  name              TEXT,
  name_kana         TEXT,
  search_key        TEXT,
  birth_date        TEXT,
  login             TEXT,
  email             TEXT,
  email_unique_key  TEXT,
  PRIMARY KEY (tenant, import, place)
) STRICT;

-- A member is removed without reading all letters and all resting user IDs.
CREATE INDEX outbox_member ON outbox (tenant, member);
CREATE INDEX retired_login_member ON retired_login (tenant, member);
