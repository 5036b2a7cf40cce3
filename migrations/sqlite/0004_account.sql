-- What members change themselves. Instants are INTEGER microseconds since 1970 (UTC).

-- A session carries the sealed secret of an authenticator app to be added, and the sealed form that waits while its
-- member shows again who they are. Sessions without a secret could add no app: they end, and members sign in again.
DELETE FROM session;
ALTER TABLE session ADD COLUMN setup_secret BLOB;
ALTER TABLE session ADD COLUMN draft_page TEXT;
ALTER TABLE session ADD COLUMN draft BLOB;

-- Where the session of this browser ran out, its form comes along.
ALTER TABLE attempt ADD COLUMN left_session BLOB;

-- The trail about one member is read newest first.
DROP INDEX audit_member;
CREATE INDEX audit_member ON audit (tenant, member, id);
