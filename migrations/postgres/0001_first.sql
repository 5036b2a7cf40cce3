-- The same tables as migrations/sqlite, in PostgreSQL's own types. Text sorts by bytes, as in SQLite.
-- Primary and foreign keys begin with the tenant, so that a row cannot point across tenants.

CREATE TABLE member (
  tenant             TEXT COLLATE "C" NOT NULL,
  id                 UUID NOT NULL,
  kigo               TEXT COLLATE "C" NOT NULL,
  bango              TEXT COLLATE "C" NOT NULL,
  branch             TEXT COLLATE "C" NOT NULL,
  number_key         TEXT COLLATE "C" NOT NULL,
  name               TEXT COLLATE "C" NOT NULL,
  name_kana          TEXT COLLATE "C" NOT NULL,
  search_key         TEXT COLLATE "C" NOT NULL,
  birth_date         TEXT COLLATE "C" NOT NULL,
  birth_date_misses  BIGINT NOT NULL,
  login              TEXT COLLATE "C" NOT NULL,
  login_reviewed_at  TIMESTAMPTZ,
  email              TEXT COLLATE "C",
  email_unique_key   TEXT COLLATE "C",
  email_pending      TEXT COLLATE "C",
  email_reviewed_at  TIMESTAMPTZ,
  method             TEXT COLLATE "C",
  language           TEXT COLLATE "C",
  locked_at          TIMESTAMPTZ,
  imported_at        TIMESTAMPTZ NOT NULL,
  changed_at         TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, number_key),
  UNIQUE (tenant, login),
  UNIQUE (tenant, email_unique_key)
);

CREATE TABLE retired_login (
  tenant  TEXT COLLATE "C" NOT NULL,
  login   TEXT COLLATE "C" NOT NULL,
  member  UUID NOT NULL,
  until   TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, login),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);

CREATE TABLE first_credential (
  tenant      TEXT COLLATE "C" NOT NULL,
  member      UUID NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  digest      BYTEA,
  issued_at   TIMESTAMPTZ NOT NULL,
  expires_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);

CREATE TABLE password (
  tenant  TEXT COLLATE "C" NOT NULL,
  member  UUID NOT NULL,
  hash    TEXT COLLATE "C" NOT NULL,
  set_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);

CREATE TABLE totp (
  tenant      TEXT COLLATE "C" NOT NULL,
  id          UUID NOT NULL,
  member      UUID NOT NULL,
  name        TEXT COLLATE "C" NOT NULL,
  name_key    TEXT COLLATE "C" NOT NULL,
  secret      BYTEA NOT NULL,
  last_step   BIGINT NOT NULL,
  created_at  TIMESTAMPTZ NOT NULL,
  used_at     TIMESTAMPTZ,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, member, name_key),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);

CREATE TABLE attempt (
  tenant             TEXT COLLATE "C" NOT NULL,
  id                 UUID NOT NULL,
  token              BYTEA NOT NULL,
  member             UUID NOT NULL,
  credential         TEXT COLLATE "C" NOT NULL,
  remember           BOOLEAN NOT NULL,
  created_at         TIMESTAMPTZ NOT NULL,
  expires_at         TIMESTAMPTZ NOT NULL,
  birth_date_at      TIMESTAMPTZ,
  birth_date_misses  BIGINT NOT NULL,
  code_misses        BIGINT NOT NULL,
  factor             TEXT COLLATE "C",
  factor_at          TIMESTAMPTZ,
  setup_secret       BYTEA,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, token),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE INDEX attempt_member ON attempt (tenant, member);
CREATE INDEX attempt_expires ON attempt (expires_at);

CREATE TABLE session (
  tenant      TEXT COLLATE "C" NOT NULL,
  id          UUID NOT NULL,
  token       BYTEA NOT NULL,
  member      UUID NOT NULL,
  factor      TEXT COLLATE "C" NOT NULL,
  device      TEXT COLLATE "C" NOT NULL,
  remember    BOOLEAN NOT NULL,
  created_at  TIMESTAMPTZ NOT NULL,
  seen_at     TIMESTAMPTZ NOT NULL,
  expires_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, token),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE INDEX session_member ON session (tenant, member);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE guard (
  tenant      TEXT COLLATE "C" NOT NULL,
  subject     BYTEA NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  fails       BIGINT NOT NULL,
  total       BIGINT NOT NULL,
  not_before  TIMESTAMPTZ NOT NULL,
  last_at     TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, subject, kind)
);
CREATE INDEX guard_last ON guard (last_at);

CREATE TABLE acceptance (
  tenant   TEXT COLLATE "C" NOT NULL,
  member   UUID NOT NULL,
  version  TEXT COLLATE "C" NOT NULL,
  hash     TEXT COLLATE "C" NOT NULL,
  host     TEXT COLLATE "C" NOT NULL,
  at       TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, member, version),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);

CREATE TABLE audit (
  tenant  TEXT COLLATE "C" NOT NULL,
  id      UUID NOT NULL,
  at      TIMESTAMPTZ NOT NULL,
  event   TEXT COLLATE "C" NOT NULL,
  member  UUID,
  detail  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_member ON audit (tenant, member);
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit rows are never changed or deleted'; END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

CREATE TABLE outbox (
  tenant          TEXT COLLATE "C" NOT NULL,
  id              UUID NOT NULL,
  member          UUID NOT NULL,
  kind            TEXT COLLATE "C" NOT NULL,
  priority        BIGINT NOT NULL,
  recipient       BYTEA NOT NULL,
  content         BYTEA NOT NULL,
  written_at      TIMESTAMPTZ NOT NULL,
  deliver_before  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE INDEX outbox_waiting ON outbox (priority, written_at);
