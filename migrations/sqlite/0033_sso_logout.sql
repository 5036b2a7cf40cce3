-- Oldest program beside it: 0.2.0
-- Single sign-on: services are told that a session has ended (OpenID Connect Back-Channel Logout 1.0).
-- Instants are INTEGER microseconds since 1970 (UTC); ids are 16 bytes.

-- A visit of a service goes with its session by the triggers below, and by no foreign key: in which order a database removes
-- what hangs on a member is its own affair, and whatever removes a visit, an older program as well, has the service told.
CREATE TABLE sso_visit_told (
  tenant   TEXT NOT NULL,
  session  BLOB NOT NULL,
  client   TEXT NOT NULL,
  sid      TEXT NOT NULL,
  member   BLOB NOT NULL,
  sub      TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  ends_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, session, client)
) STRICT;
INSERT INTO sso_visit_told (tenant, session, client, sid, member, sub, first_at, last_at, ends_at)
  SELECT v.tenant, v.session, v.client, v.sid, v.member, v.sub, v.first_at, v.last_at, v.ends_at
    FROM sso_visit AS v JOIN session AS s ON s.tenant = v.tenant AND s.id = v.session;
DROP TABLE sso_visit;
ALTER TABLE sso_visit_told RENAME TO sso_visit;
CREATE INDEX sso_visit_member ON sso_visit (tenant, member);
CREATE INDEX sso_visit_ends ON sso_visit (ends_at);
CREATE INDEX sso_visit_sid ON sso_visit (tenant, client, sid);

-- What services have to be told. `made_at` is the moment at which a node first saw the row; `try_at` the one answer to "may
-- it be tried?".
CREATE TABLE sso_logout (
  tenant       TEXT NOT NULL,
  id           BLOB NOT NULL,
  client       TEXT NOT NULL,
  sub          TEXT NOT NULL,
  sid          TEXT NOT NULL,
  made_at      INTEGER,
  try_at       INTEGER NOT NULL,
  tries        INTEGER NOT NULL DEFAULT 0,
  lease        BLOB,
  leased_until INTEGER,
  outcome      TEXT,
  done_at      INTEGER,
  last_result  TEXT,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX sso_logout_waits ON sso_logout (tenant, client, try_at) WHERE outcome IS NULL;
CREATE INDEX sso_logout_done ON sso_logout (done_at) WHERE outcome IS NOT NULL;

CREATE TRIGGER session_ends_visits AFTER DELETE ON session
BEGIN
  DELETE FROM sso_visit WHERE tenant = OLD.tenant AND session = OLD.id;
END;
CREATE TRIGGER sso_visit_is_told AFTER DELETE ON sso_visit
BEGIN
  INSERT INTO sso_logout (tenant, id, client, sub, sid, try_at)
  VALUES (OLD.tenant, randomblob(16), OLD.client, OLD.sub, OLD.sid, 0);
END;
