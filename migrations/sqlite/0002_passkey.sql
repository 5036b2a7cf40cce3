-- Passkeys, the ceremonies that make and show them, and showing again who one is.
-- Instants are INTEGER microseconds since 1970 (UTC); ids and user handles are 16 bytes; digests are 32 bytes.

-- What a passkey calls its owner (Web Authentication §6.1): random, given once, never changed.
ALTER TABLE member ADD COLUMN user_handle BLOB;
CREATE UNIQUE INDEX member_user_handle ON member (tenant, user_handle);

CREATE TABLE passkey (
  tenant           TEXT    NOT NULL,
  id               BLOB    NOT NULL,
  member           BLOB    NOT NULL,
  credential_id    BLOB    NOT NULL,
  rp_id            TEXT    NOT NULL,
  name             TEXT    NOT NULL,
  name_key         TEXT    NOT NULL,
  credential       BLOB    NOT NULL,
  sign_count       INTEGER NOT NULL,
  backup_eligible  INTEGER NOT NULL,
  backed_up        INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  used_at          INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, credential_id),
  UNIQUE (tenant, member, name_key),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE ceremony (
  tenant      TEXT    NOT NULL,
  challenge   BLOB    NOT NULL,
  purpose     TEXT    NOT NULL,
  bound_to    BLOB    NOT NULL,
  state       BLOB    NOT NULL,
  expires_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, challenge)
) STRICT;
CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- When the proofs of a sign-in were last shown again; NULL: not since.
ALTER TABLE session ADD COLUMN fresh_at INTEGER;

-- An attempt may begin without a password (a passkey alone), and may be a member who is signed in and shows again who
-- they are. SQLite cannot loosen a column, so the table is made anew: browsers on their way in begin again.
DROP TABLE attempt;
CREATE TABLE attempt (
  tenant             TEXT    NOT NULL,
  id                 BLOB    NOT NULL,
  token              BLOB    NOT NULL,
  member             BLOB    NOT NULL,
  credential         TEXT,
  remember           INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  expires_at         INTEGER NOT NULL,
  birth_date_at      INTEGER,
  birth_date_misses  INTEGER NOT NULL,
  code_misses        INTEGER NOT NULL,
  factor             TEXT,
  factor_at          INTEGER,
  setup_secret       BLOB,
  session            BLOB,
  back_to            TEXT,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, token),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX attempt_member ON attempt (tenant, member);
CREATE INDEX attempt_expires ON attempt (expires_at);
CREATE INDEX attempt_session ON attempt (tenant, session);
