-- Instants are INTEGER microseconds since 1970 (UTC); ids are 16 bytes; digests are 32 bytes.
-- Primary and foreign keys begin with the tenant, so that a row cannot point across tenants.

CREATE TABLE member (
  tenant             TEXT    NOT NULL,
  id                 BLOB    NOT NULL,
  kigo               TEXT    NOT NULL,
  bango              TEXT    NOT NULL,
  branch             TEXT    NOT NULL,
  number_key         TEXT    NOT NULL,
  name               TEXT    NOT NULL,
  name_kana          TEXT    NOT NULL,
  search_key         TEXT    NOT NULL,
  birth_date         TEXT    NOT NULL,
  birth_date_misses  INTEGER NOT NULL,
  login              TEXT    NOT NULL,
  login_reviewed_at  INTEGER,
  email              TEXT,
  email_unique_key   TEXT,
  email_pending      TEXT,
  email_reviewed_at  INTEGER,
  method             TEXT,
  language           TEXT,
  locked_at          INTEGER,
  imported_at        INTEGER NOT NULL,
  changed_at         INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, number_key),
  UNIQUE (tenant, login),
  UNIQUE (tenant, email_unique_key)
) STRICT;

CREATE TABLE retired_login (
  tenant  TEXT    NOT NULL,
  login   TEXT    NOT NULL,
  member  BLOB    NOT NULL,
  until   INTEGER NOT NULL,
  PRIMARY KEY (tenant, login),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE first_credential (
  tenant      TEXT    NOT NULL,
  member      BLOB    NOT NULL,
  kind        TEXT    NOT NULL,
  digest      BLOB,
  issued_at   INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE password (
  tenant  TEXT    NOT NULL,
  member  BLOB    NOT NULL,
  hash    TEXT    NOT NULL,
  set_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE totp (
  tenant      TEXT    NOT NULL,
  id          BLOB    NOT NULL,
  member      BLOB    NOT NULL,
  name        TEXT    NOT NULL,
  name_key    TEXT    NOT NULL,
  secret      BLOB    NOT NULL,
  last_step   INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  used_at     INTEGER,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, member, name_key),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE attempt (
  tenant             TEXT    NOT NULL,
  id                 BLOB    NOT NULL,
  token              BLOB    NOT NULL,
  member             BLOB    NOT NULL,
  credential         TEXT    NOT NULL,
  remember           INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  expires_at         INTEGER NOT NULL,
  birth_date_at      INTEGER,
  birth_date_misses  INTEGER NOT NULL,
  code_misses        INTEGER NOT NULL,
  factor             TEXT,
  factor_at          INTEGER,
  setup_secret       BLOB,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, token),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX attempt_member ON attempt (tenant, member);
CREATE INDEX attempt_expires ON attempt (expires_at);

CREATE TABLE session (
  tenant      TEXT    NOT NULL,
  id          BLOB    NOT NULL,
  token       BLOB    NOT NULL,
  member      BLOB    NOT NULL,
  factor      TEXT    NOT NULL,
  device      TEXT    NOT NULL,
  remember    INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  seen_at     INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, token),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX session_member ON session (tenant, member);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE guard (
  tenant      TEXT    NOT NULL,
  subject     BLOB    NOT NULL,
  kind        TEXT    NOT NULL,
  fails       INTEGER NOT NULL,
  total       INTEGER NOT NULL,
  not_before  INTEGER NOT NULL,
  last_at     INTEGER NOT NULL,
  PRIMARY KEY (tenant, subject, kind)
) STRICT;
CREATE INDEX guard_last ON guard (last_at);

CREATE TABLE acceptance (
  tenant   TEXT    NOT NULL,
  member   BLOB    NOT NULL,
  version  TEXT    NOT NULL,
  hash     TEXT    NOT NULL,
  host     TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (tenant, member, version),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE audit (
  tenant  TEXT    NOT NULL,
  id      BLOB    NOT NULL,
  at      INTEGER NOT NULL,
  event   TEXT    NOT NULL,
  member  BLOB,
  detail  TEXT    NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX audit_member ON audit (tenant, member);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;

CREATE TABLE outbox (
  tenant          TEXT    NOT NULL,
  id              BLOB    NOT NULL,
  member          BLOB    NOT NULL,
  kind            TEXT    NOT NULL,
  priority        INTEGER NOT NULL,
  recipient       BLOB    NOT NULL,
  content         BLOB    NOT NULL,
  written_at      INTEGER NOT NULL,
  deliver_before  INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX outbox_waiting ON outbox (priority, written_at);
