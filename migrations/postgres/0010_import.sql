-- Oldest program beside it: 0.2.0
-- Rosters come in a few rows at a time, so that nobody waits, and become visible by one row. Older programs do not know
-- that such rows are hidden: import when every node is new.

-- The import that a union's rows wait for: one at a time. Who holds it renews alive_until; after that it is dead, and
-- anybody may take it over: to take its rows away, or from published_at on to finish it.
CREATE TABLE import (
  tenant        TEXT COLLATE "C" NOT NULL,
  id            UUID NOT NULL,
  holder        UUID NOT NULL,
  begun_at      TIMESTAMPTZ NOT NULL,
  alive_until   TIMESTAMPTZ NOT NULL,
  published_at  TIMESTAMPTZ,
  PRIMARY KEY (tenant)
);

-- Which import brought a member. While that one is not published, the member is hidden.
ALTER TABLE member ADD COLUMN import UUID;
CREATE INDEX member_import ON member (tenant, import) WHERE import IS NOT NULL;

-- What a published import still has to change about members who were there before. NULL: stays as it is.
CREATE TABLE import_change (
  tenant            TEXT COLLATE "C" NOT NULL,
  import            UUID NOT NULL,
  place             BIGINT NOT NULL,
  member            UUID NOT NULL,
  kigo              TEXT COLLATE "C",
  bango             TEXT COLLATE "C",
  branch            TEXT COLLATE "C",
  name              TEXT COLLATE "C",
  name_kana         TEXT COLLATE "C",
  search_key        TEXT COLLATE "C",
  birth_date        TEXT COLLATE "C",
  login             TEXT COLLATE "C",
  email             TEXT COLLATE "C",
  email_unique_key  TEXT COLLATE "C",
  PRIMARY KEY (tenant, import, place)
);

-- A member is removed without reading all letters and all resting user IDs.
CREATE INDEX outbox_member ON outbox (tenant, member);
CREATE INDEX retired_login_member ON retired_login (tenant, member);
