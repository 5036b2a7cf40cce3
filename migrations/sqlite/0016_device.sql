-- Oldest program beside it: 0.2.0
-- Browsers that have signed a member in, by the digest of their cookie, and passwords that somebody else knows.

CREATE TABLE known_device (
  tenant      TEXT NOT NULL,
  device      BLOB NOT NULL,
  member      BLOB NOT NULL,
  seen_at     INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, device, member),
  FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX known_device_member ON known_device (tenant, member);
CREATE INDEX known_device_expires ON known_device (expires_at);

-- Since when somebody else is taken to know the password; it says nothing where the password was set later.
ALTER TABLE password ADD COLUMN exposed_at INTEGER;

-- Whose tries at the code are counted: those of all browsers, or of browsers that have signed the member in.
ALTER TABLE recovery_ask ADD COLUMN bucket TEXT NOT NULL DEFAULT 'unknown';
