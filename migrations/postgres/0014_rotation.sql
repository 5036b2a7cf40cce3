-- Keys: which were given up, which nodes hold which, and the key that no rotation changes (D36).
-- Oldest program beside it: 0.2.0
-- An older program needs every key it knows of: rotate and remove keys only when every node is new.

-- When the last node had stopped using a key for new data; and when the key was removed: nothing opens with it any more.
ALTER TABLE known_key ADD COLUMN retired_at TIMESTAMPTZ;
ALTER TABLE known_key ADD COLUMN removed_at TIMESTAMPTZ;

-- Running nodes: each says every few seconds which key it uses for new data and which ones it holds (numbers, by commas).
CREATE TABLE node (
  id       UUID                     NOT NULL,
  active   BIGINT                   NOT NULL,
  held     TEXT COLLATE "C"         NOT NULL,
  seen_at  TIMESTAMPTZ              NOT NULL,
  PRIMARY KEY (id)
);

-- Keys of the installation that are sealed with the ring's: what the counters' digests are made with, so that locks
-- survive every rotation.
CREATE TABLE sealed_key (
  name    TEXT COLLATE "C"  NOT NULL,
  sealed  BYTEA             NOT NULL,
  PRIMARY KEY (name)
);
