-- Oldest program beside it: 0.2.0
-- Unions that leave: the last day, included, as a date in Japan; what visitors are shown after it, also where the union's
-- file is gone (JSON: name, phone, hosts); and how far its end has come. `erase_through` is the last seal of the trail
-- that its erasure removes. Older programs let the members of such a union in: close unions when every node is new.
-- Instants are INTEGER microseconds since 1970 (UTC).
CREATE TABLE closing (
  tenant         TEXT    NOT NULL,
  last_day       TEXT    NOT NULL,
  asked_at       INTEGER NOT NULL,
  shown          TEXT    NOT NULL,
  closed_at      INTEGER,
  exported_at    INTEGER,
  erasing_since  INTEGER,
  erase_through  INTEGER,
  erased_at      INTEGER,
  PRIMARY KEY (tenant)
) STRICT;
