-- Passkeys, the ceremonies that make and show them, and showing again who one is.

-- What a passkey calls its owner (Web Authentication §6.1): random, given once, never changed.
ALTER TABLE member ADD COLUMN user_handle BYTEA;
CREATE UNIQUE INDEX member_user_handle ON member (tenant, user_handle);

CREATE TABLE passkey (
  tenant           TEXT COLLATE "C" NOT NULL,
  id               UUID NOT NULL,
  member           UUID NOT NULL,
  credential_id    BYTEA NOT NULL,
  rp_id            TEXT COLLATE "C" NOT NULL,
  name             TEXT COLLATE "C" NOT NULL,
  name_key         TEXT COLLATE "C" NOT NULL,
  credential       BYTEA NOT NULL,
  sign_count       BIGINT NOT NULL,
  backup_eligible  BOOLEAN NOT NULL,
  backed_up        BOOLEAN NOT NULL,
  created_at       TIMESTAMPTZ NOT NULL,
  used_at          TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, credential_id),
  UNIQUE (tenant, member, name_key),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);

CREATE TABLE ceremony (
  tenant      TEXT COLLATE "C" NOT NULL,
  challenge   BYTEA NOT NULL,
  purpose     TEXT COLLATE "C" NOT NULL,
  bound_to    BYTEA NOT NULL,
  state       BYTEA NOT NULL,
  expires_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, challenge)
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- When the proofs of a sign-in were last shown again; NULL: not since.
ALTER TABLE session ADD COLUMN fresh_at TIMESTAMPTZ;

-- An attempt may begin without a password (a passkey alone), and may be a member who is signed in and shows again who
-- they are. Browsers on their way in begin again, as on SQLite.
DELETE FROM attempt;
ALTER TABLE attempt ALTER COLUMN credential DROP NOT NULL;
ALTER TABLE attempt ADD COLUMN session UUID;
ALTER TABLE attempt ADD COLUMN back_to TEXT COLLATE "C";
ALTER TABLE attempt ADD FOREIGN KEY (tenant, session) REFERENCES session (tenant, id) ON DELETE CASCADE;
CREATE INDEX attempt_session ON attempt (tenant, session);
