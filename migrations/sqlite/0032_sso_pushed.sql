-- Oldest program beside it: 0.2.0
-- Single sign-on: requests that services left here before they send a browser, and names of assertions that were used.
CREATE TABLE sso_pushed (
  tenant     TEXT NOT NULL,
  digest     BLOB NOT NULL,
  client     TEXT NOT NULL,
  parameters TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, digest)
) STRICT;
CREATE INDEX sso_pushed_client ON sso_pushed (tenant, client, expires_at);
CREATE INDEX sso_pushed_expires ON sso_pushed (expires_at);
CREATE TABLE sso_assertion (
  tenant     TEXT NOT NULL,
  client     TEXT NOT NULL,
  jti        BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, client, jti)
) STRICT;
CREATE INDEX sso_assertion_expires ON sso_assertion (expires_at);
