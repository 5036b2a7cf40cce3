-- Hosts: since when each was served, by which union; and files' last good texts.
-- Oldest program beside it: 0.2.0

-- Of two unions' files that claim one host, the one that was served there first keeps it (D37). A row is never changed:
-- what was first stays first.
CREATE TABLE host (
  tenant TEXT NOT NULL,
  host   TEXT NOT NULL,
  since  INTEGER NOT NULL,
  PRIMARY KEY (tenant, host)
) STRICT;

-- The last good text of a union's file, by name; of files that concern every union, such as `_defaults.toml`, under no
-- union's name ('').
CREATE TABLE kept_file (
  tenant  TEXT NOT NULL,
  name    TEXT NOT NULL,
  text    TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT;
