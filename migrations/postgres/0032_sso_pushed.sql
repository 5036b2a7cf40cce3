-- Oldest program beside it: 0.2.0
-- Single sign-on: requests that services left here before they send a browser, and names of assertions that were used.
CREATE TABLE sso_pushed (
  tenant     TEXT COLLATE "C" NOT NULL,
  digest     BYTEA NOT NULL,
  client     TEXT COLLATE "C" NOT NULL,
  parameters TEXT COLLATE "C" NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, digest)
);
CREATE INDEX sso_pushed_client ON sso_pushed (tenant, client, expires_at);
CREATE INDEX sso_pushed_expires ON sso_pushed (expires_at);
CREATE TABLE sso_assertion (
  tenant     TEXT COLLATE "C" NOT NULL,
  client     TEXT COLLATE "C" NOT NULL,
  jti        BYTEA NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, client, jti)
);
CREATE INDEX sso_assertion_expires ON sso_assertion (expires_at);
