-- Oldest program beside it: 0.2.0
-- What is told of a member: deeds one by one, by an index of their own; what was refused or can be asked for by anybody,
-- counted by kind and day in Japan (days since 1970), whichever program writes the trail.

CREATE INDEX audit_told ON audit (tenant, member, event, id);

CREATE TABLE activity_day (
  tenant   TEXT NOT NULL,
  member   BLOB NOT NULL,
  kind     TEXT NOT NULL,
  day      INTEGER NOT NULL,
  times    INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, member, kind, day)
) STRICT;

INSERT INTO activity_day (tenant, member, kind, day, times, last_at)
  SELECT tenant, member, kind, day, COUNT(*), MAX(at)
    FROM (SELECT tenant, member, at, (at + 32400000000) / 86400000000 AS day,
         CASE
           WHEN event IN ('password-differed', 'password-paused', 'password-off') THEN 'password-refused'
           WHEN event = 'recovery-asked' AND detail LIKE '%"answer":"mailed"%' THEN 'recovery-mailed'
           WHEN event IN ('recovery-code-differed', 'recovery-code-off') THEN 'recovery-code-refused'
           WHEN event = 'user-id-asked' AND detail LIKE '%"answer":"mailed"%' THEN 'user-id-mailed'
           WHEN event = 'passkey-refused' AND detail LIKE '%"purpose":"alone"%' THEN 'lone-passkey-refused'
           WHEN event = 'passkey-refused' THEN 'passkey-refused'
           WHEN event IN ('code-differed', 'mailed-code-differed', 'factor-off', 'desk-code-differed')
             THEN 'code-refused'
           WHEN event = 'birth-date-differed' THEN 'birth-date-refused'
         END AS kind
            FROM audit WHERE member IS NOT NULL) AS told
   WHERE kind IS NOT NULL
   GROUP BY tenant, member, kind, day;

CREATE TRIGGER audit_counts_by_day AFTER INSERT ON audit WHEN NEW.member IS NOT NULL
BEGIN
  INSERT INTO activity_day (tenant, member, kind, day, times, last_at)
  SELECT NEW.tenant, NEW.member, told.kind, (NEW.at + 32400000000) / 86400000000, 1, NEW.at
    FROM (SELECT CASE
           WHEN NEW.event IN ('password-differed', 'password-paused', 'password-off') THEN 'password-refused'
           WHEN NEW.event = 'recovery-asked' AND NEW.detail LIKE '%"answer":"mailed"%' THEN 'recovery-mailed'
           WHEN NEW.event IN ('recovery-code-differed', 'recovery-code-off') THEN 'recovery-code-refused'
           WHEN NEW.event = 'user-id-asked' AND NEW.detail LIKE '%"answer":"mailed"%' THEN 'user-id-mailed'
           WHEN NEW.event = 'passkey-refused' AND NEW.detail LIKE '%"purpose":"alone"%' THEN 'lone-passkey-refused'
           WHEN NEW.event = 'passkey-refused' THEN 'passkey-refused'
           WHEN NEW.event IN ('code-differed', 'mailed-code-differed', 'factor-off', 'desk-code-differed')
             THEN 'code-refused'
           WHEN NEW.event = 'birth-date-differed' THEN 'birth-date-refused'
         END AS kind) AS told
   WHERE told.kind IS NOT NULL
      ON CONFLICT (tenant, member, kind, day) DO UPDATE
         SET times = activity_day.times + 1, last_at = MAX(activity_day.last_at, excluded.last_at);
END;
