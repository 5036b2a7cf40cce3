-- Oldest program beside it: 0.2.0
-- Single sign-on: the keys that sign for each union, and the secrets of its services.
CREATE TABLE sso_key (
  tenant      TEXT COLLATE "C" NOT NULL,
  id          UUID NOT NULL,
  kid         TEXT COLLATE "C" NOT NULL,
  algorithm   TEXT COLLATE "C" NOT NULL,
  place       BIGINT NOT NULL,
  public_key  TEXT COLLATE "C" NOT NULL,
  private_key BYTEA NOT NULL,
  created_at  TIMESTAMPTZ NOT NULL,
  signs_from  TIMESTAMPTZ NOT NULL,
  gone_at     TIMESTAMPTZ,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, algorithm, place)
);
CREATE TABLE sso_secret (
  tenant     TEXT COLLATE "C" NOT NULL,
  id         UUID NOT NULL,
  client     TEXT COLLATE "C" NOT NULL,
  place      BIGINT NOT NULL,
  digest     BYTEA NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, client, place),
  CHECK (place IN (1, 2))
);
