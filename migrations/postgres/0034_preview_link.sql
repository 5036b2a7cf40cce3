-- Oldest program beside it: 0.2.0
-- The link by which a union that is a draft is looked at, at its own host: one for each union, until it ends.
CREATE TABLE preview_link (
  tenant  TEXT COLLATE "C" NOT NULL,
  digest  BYTEA NOT NULL,
  made_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant)
);
