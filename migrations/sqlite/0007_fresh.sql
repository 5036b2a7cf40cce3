-- Oldest program beside it: 0.2.0
-- What runs out, or is asked by its age. Instants are INTEGER microseconds since 1970 (UTC).

-- When the password of an attempt was shown; NULL: when the attempt began. Both proofs have to be fresh.
ALTER TABLE attempt ADD COLUMN credential_at INTEGER;

-- When a purge found a row run out: final, so that a clock that is set back revives nothing. A credential that was issued
-- or set after that moment is another one.
ALTER TABLE attempt ADD COLUMN ended_at INTEGER;
ALTER TABLE session ADD COLUMN ended_at INTEGER;
ALTER TABLE first_credential ADD COLUMN ended_at INTEGER;
ALTER TABLE password ADD COLUMN ended_at INTEGER;

-- What a purge looks for: rows that may still have to be ended.
CREATE INDEX attempt_alive ON attempt (expires_at) WHERE ended_at IS NULL;
CREATE INDEX session_alive ON session (tenant, seen_at) WHERE ended_at IS NULL;
CREATE INDEX session_fresh ON session (fresh_at) WHERE fresh_at IS NOT NULL;
CREATE INDEX one_time_alive ON one_time (expires_at) WHERE link IS NOT NULL OR code IS NOT NULL;
CREATE INDEX first_credential_alive ON first_credential (expires_at) WHERE ended_at IS NULL;
CREATE INDEX password_set ON password (set_at);
