-- Oldest program beside it: 0.2.0
-- Single sign-on: the keys that sign for each union, and the secrets of its services.
-- Instants are INTEGER microseconds since 1970 (UTC).
CREATE TABLE sso_key (
  tenant      TEXT NOT NULL,
  id          BLOB NOT NULL,
  kid         TEXT NOT NULL,
  algorithm   TEXT NOT NULL,
  place       INTEGER NOT NULL,
  public_key  TEXT NOT NULL,
  private_key BLOB NOT NULL,
  created_at  INTEGER NOT NULL,
  signs_from  INTEGER NOT NULL,
  gone_at     INTEGER,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, algorithm, place)
) STRICT;
CREATE TABLE sso_secret (
  tenant     TEXT NOT NULL,
  id         BLOB NOT NULL,
  client     TEXT NOT NULL,
  place      INTEGER NOT NULL,
  digest     BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, client, place),
  CHECK (place IN (1, 2))
) STRICT;
