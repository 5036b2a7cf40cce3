-- Unions' last good versions: what a bad file is answered with after a restart, and on every node (R32, D37).
-- Oldest program beside it: 0.2.0

-- One row for each union: the version that some node began to serve last. `beside` is a JSON object of the files that the
-- union names, by the key that names each, in Base64. Nothing in it is secret.
CREATE TABLE good_version (
  tenant       TEXT NOT NULL,
  hash         TEXT NOT NULL,
  file         TEXT NOT NULL,
  defaults     TEXT NOT NULL,
  beside       TEXT NOT NULL,
  served_since INTEGER NOT NULL,
  PRIMARY KEY (tenant)
) STRICT;
