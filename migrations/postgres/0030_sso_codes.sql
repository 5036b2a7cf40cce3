-- Oldest program beside it: 0.2.0
-- Single sign-on: requests of services that wait for their member, codes and what was given for them, and what members are
-- called there. A session's `auth_at` says when its member last showed who they are. A code and a visit outlive their
-- session: they hang on the member only.
ALTER TABLE session ADD COLUMN auth_at TIMESTAMPTZ;
CREATE TABLE sso_issuer (
  tenant TEXT COLLATE "C" NOT NULL,
  issuer TEXT COLLATE "C" NOT NULL,
  since  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant)
);
CREATE TABLE sso_subject (
  tenant  TEXT COLLATE "C" NOT NULL,
  sector  TEXT COLLATE "C" NOT NULL,
  member  UUID NOT NULL,
  sub     TEXT COLLATE "C" NOT NULL,
  made_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, sector, member),
  UNIQUE (tenant, sub),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE TABLE sso_grant (
  tenant   TEXT COLLATE "C" NOT NULL,
  client   TEXT COLLATE "C" NOT NULL,
  member   UUID NOT NULL,
  agreed   BOOLEAN NOT NULL,
  scopes   TEXT COLLATE "C" NOT NULL,
  operator TEXT COLLATE "C" NOT NULL,
  at       TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, client, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE TABLE sso_request (
  tenant       TEXT COLLATE "C" NOT NULL,
  id           UUID NOT NULL,
  browser      BYTEA NOT NULL,
  client       TEXT COLLATE "C" NOT NULL,
  redirect_uri TEXT COLLATE "C" NOT NULL,
  scopes       TEXT COLLATE "C" NOT NULL,
  state        TEXT COLLATE "C",
  nonce        TEXT COLLATE "C",
  challenge    TEXT COLLATE "C",
  prompt       TEXT COLLATE "C" NOT NULL,
  max_age      BIGINT,
  hint         TEXT COLLATE "C",
  arrived_at   TIMESTAMPTZ NOT NULL,
  expires_at   TIMESTAMPTZ NOT NULL,
  used_at      TIMESTAMPTZ,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX sso_request_browser ON sso_request (tenant, browser);
CREATE INDEX sso_request_expires ON sso_request (expires_at);
CREATE TABLE sso_code (
  tenant           TEXT COLLATE "C" NOT NULL,
  digest           BYTEA NOT NULL,
  client           TEXT COLLATE "C" NOT NULL,
  redirect_uri     TEXT COLLATE "C" NOT NULL,
  scopes           TEXT COLLATE "C" NOT NULL,
  nonce            TEXT COLLATE "C",
  challenge        TEXT COLLATE "C",
  member           UUID NOT NULL,
  session          UUID NOT NULL,
  sid              TEXT COLLATE "C" NOT NULL,
  sub              TEXT COLLATE "C" NOT NULL,
  auth_time        TIMESTAMPTZ NOT NULL,
  method           TEXT COLLATE "C" NOT NULL,
  made_at          TIMESTAMPTZ NOT NULL,
  expires_at       TIMESTAMPTZ NOT NULL,
  used_at          TIMESTAMPTZ,
  token            BYTEA,
  token_expires_at TIMESTAMPTZ,
  PRIMARY KEY (tenant, digest),
  UNIQUE (tenant, token),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE INDEX sso_code_member ON sso_code (tenant, member);
CREATE INDEX sso_code_made ON sso_code (made_at);
CREATE TABLE sso_visit (
  tenant   TEXT COLLATE "C" NOT NULL,
  session  UUID NOT NULL,
  client   TEXT COLLATE "C" NOT NULL,
  sid      TEXT COLLATE "C" NOT NULL,
  member   UUID NOT NULL,
  sub      TEXT COLLATE "C" NOT NULL,
  first_at TIMESTAMPTZ NOT NULL,
  last_at  TIMESTAMPTZ NOT NULL,
  ends_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, session, client),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE INDEX sso_visit_member ON sso_visit (tenant, member);
CREATE INDEX sso_visit_ends ON sso_visit (ends_at);
