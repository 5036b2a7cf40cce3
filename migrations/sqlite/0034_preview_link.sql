-- Oldest program beside it: 0.2.0
-- The link by which a union that is a draft is looked at, at its own host: one for each union, until it ends.
CREATE TABLE preview_link (
  tenant  TEXT NOT NULL,
  digest  BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  PRIMARY KEY (tenant)
) STRICT;
