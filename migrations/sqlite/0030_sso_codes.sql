-- Oldest program beside it: 0.2.0
-- Single sign-on: requests of services that wait for their member, codes and what was given for them, and what members are
-- called there. A session's `auth_at` says when its member last showed who they are. A code and a visit outlive their
-- session: they hang on the member only.
-- Instants are INTEGER microseconds since 1970 (UTC).
ALTER TABLE session ADD COLUMN auth_at INTEGER;
CREATE TABLE sso_issuer (
  tenant TEXT NOT NULL,
  issuer TEXT NOT NULL,
  since  INTEGER NOT NULL,
  PRIMARY KEY (tenant)
) STRICT;
CREATE TABLE sso_subject (
  tenant  TEXT NOT NULL,
  sector  TEXT NOT NULL,
  member  BLOB NOT NULL,
  sub     TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, sector, member),
  UNIQUE (tenant, sub),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE TABLE sso_grant (
  tenant   TEXT NOT NULL,
  client   TEXT NOT NULL,
  member   BLOB NOT NULL,
  agreed   INTEGER NOT NULL,
  scopes   TEXT NOT NULL,
  operator TEXT NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (tenant, client, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE TABLE sso_request (
  tenant       TEXT NOT NULL,
  id           BLOB NOT NULL,
  browser      BLOB NOT NULL,
  client       TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  scopes       TEXT NOT NULL,
  state        TEXT,
  nonce        TEXT,
  challenge    TEXT,
  prompt       TEXT NOT NULL,
  max_age      INTEGER,
  hint         TEXT,
  arrived_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  used_at      INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX sso_request_browser ON sso_request (tenant, browser);
CREATE INDEX sso_request_expires ON sso_request (expires_at);
CREATE TABLE sso_code (
  tenant           TEXT NOT NULL,
  digest           BLOB NOT NULL,
  client           TEXT NOT NULL,
  redirect_uri     TEXT NOT NULL,
  scopes           TEXT NOT NULL,
  nonce            TEXT,
  challenge        TEXT,
  member           BLOB NOT NULL,
  session          BLOB NOT NULL,
  sid              TEXT NOT NULL,
  sub              TEXT NOT NULL,
  auth_time        INTEGER NOT NULL,
  method           TEXT NOT NULL,
  made_at          INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL,
  used_at          INTEGER,
  token            BLOB,
  token_expires_at INTEGER,
  PRIMARY KEY (tenant, digest),
  UNIQUE (tenant, token),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sso_code_member ON sso_code (tenant, member);
CREATE INDEX sso_code_made ON sso_code (made_at);
CREATE TABLE sso_visit (
  tenant   TEXT NOT NULL,
  session  BLOB NOT NULL,
  client   TEXT NOT NULL,
  sid      TEXT NOT NULL,
  member   BLOB NOT NULL,
  sub      TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  ends_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, session, client),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sso_visit_member ON sso_visit (tenant, member);
CREATE INDEX sso_visit_ends ON sso_visit (ends_at);
