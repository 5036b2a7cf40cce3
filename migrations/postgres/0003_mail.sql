-- Mail: letters on their way, one-time links and codes, confirmed addresses, forgotten passwords.

-- Who is sending a letter, until when; how often it was tried; what became of it. A letter that is done has lost its
-- recipient and its content.
ALTER TABLE outbox ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN next_try_at TIMESTAMPTZ;
ALTER TABLE outbox ADD COLUMN lease BYTEA;
ALTER TABLE outbox ADD COLUMN leased_until TIMESTAMPTZ;
ALTER TABLE outbox ADD COLUMN outcome TEXT COLLATE "C";
ALTER TABLE outbox ADD COLUMN done_at TIMESTAMPTZ;
DROP INDEX outbox_waiting;
-- What waits, by when it may be tried (a lease moves that moment): a letter that is done leaves the index.
UPDATE outbox SET next_try_at = written_at;
CREATE INDEX outbox_waiting ON outbox (priority, tenant, next_try_at, id) WHERE outcome IS NULL;

-- Links and codes that work once: for a purpose, a member, and where it matters one browser.
CREATE TABLE one_time (
  tenant      TEXT COLLATE "C" NOT NULL,
  id          UUID NOT NULL,
  purpose     TEXT COLLATE "C" NOT NULL,
  member      UUID NOT NULL,
  bound_to    BYTEA,
  link        BYTEA,
  code        BYTEA,
  address     TEXT COLLATE "C",
  misses      BIGINT NOT NULL,
  made_at     TIMESTAMPTZ NOT NULL,
  expires_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, link),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
CREATE INDEX one_time_member ON one_time (tenant, member, purpose);
CREATE INDEX one_time_expires ON one_time (expires_at);

-- When an address was confirmed by its owner, and since when mailed codes are a factor of the member.
ALTER TABLE member ADD COLUMN email_confirmed_at TIMESTAMPTZ;
ALTER TABLE member ADD COLUMN mail_code_at TIMESTAMPTZ;

-- Members of a birth date: who forgot the user ID is looked for by it, so that the work says nothing about the address.
CREATE INDEX member_birth_date ON member (tenant, birth_date);

-- An attempt that began with a mailed link or code is a recovery: what was shown, and what was chosen.
ALTER TABLE attempt ADD COLUMN mail_proof TEXT COLLATE "C";
ALTER TABLE attempt ADD COLUMN lost BOOLEAN;
ALTER TABLE attempt ADD COLUMN desk_code_at TIMESTAMPTZ;
ALTER TABLE attempt ADD COLUMN password_at TIMESTAMPTZ;

-- The waiting time before a lost factor may be replaced.
CREATE TABLE lost_factor (
  tenant     TEXT COLLATE "C" NOT NULL,
  member     UUID NOT NULL,
  asked_at   TIMESTAMPTZ NOT NULL,
  opens_at   TIMESTAMPTZ NOT NULL,
  closes_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
);
