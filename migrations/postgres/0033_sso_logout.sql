-- Oldest program beside it: 0.2.0
-- Single sign-on: services are told that a session has ended (OpenID Connect Back-Channel Logout 1.0).

-- A visit of a service goes with its session by the triggers below, and by no foreign key: in which order a database removes
-- what hangs on a member is its own affair, and whatever removes a visit, an older program as well, has the service told.
ALTER TABLE sso_visit DROP CONSTRAINT sso_visit_tenant_member_fkey;
DELETE FROM sso_visit AS v
 WHERE NOT EXISTS (SELECT 1 FROM session AS s WHERE s.tenant = v.tenant AND s.id = v.session);
CREATE INDEX sso_visit_sid ON sso_visit (tenant, client, sid);

-- What services have to be told. `made_at` is the moment at which a node first saw the row; `try_at` the one answer to "may
-- it be tried?".
CREATE TABLE sso_logout (
  tenant       TEXT COLLATE "C" NOT NULL,
  id           UUID NOT NULL,
  client       TEXT COLLATE "C" NOT NULL,
  sub          TEXT COLLATE "C" NOT NULL,
  sid          TEXT COLLATE "C" NOT NULL,
  made_at      TIMESTAMPTZ,
  try_at       TIMESTAMPTZ NOT NULL,
  tries        BIGINT NOT NULL DEFAULT 0,
  lease        BYTEA,
  leased_until TIMESTAMPTZ,
  outcome      TEXT COLLATE "C",
  done_at      TIMESTAMPTZ,
  last_result  TEXT COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE INDEX sso_logout_waits ON sso_logout (tenant, client, try_at) WHERE outcome IS NULL;
CREATE INDEX sso_logout_done ON sso_logout (done_at) WHERE outcome IS NOT NULL;

CREATE FUNCTION session_ends_visits() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  DELETE FROM sso_visit WHERE tenant = OLD.tenant AND session = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER session_ends_visits AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION session_ends_visits();
CREATE FUNCTION sso_visit_is_told() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  INSERT INTO sso_logout (tenant, id, client, sub, sid, try_at)
  VALUES (OLD.tenant, gen_random_uuid(), OLD.client, OLD.sub, OLD.sid, to_timestamp(0));
  RETURN NULL;
END $$;
CREATE TRIGGER sso_visit_is_told AFTER DELETE ON sso_visit FOR EACH ROW EXECUTE FUNCTION sso_visit_is_told();
