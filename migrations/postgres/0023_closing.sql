-- Oldest program beside it: 0.2.0
-- Unions that leave: the last day, included, as a date in Japan; what visitors are shown after it, also where the union's
-- file is gone (JSON: name, phone, hosts); and how far its end has come. `erase_through` is the last seal of the trail
-- that its erasure removes. Older programs let the members of such a union in: close unions when every node is new.
CREATE TABLE closing (
  tenant         TEXT COLLATE "C" NOT NULL,
  last_day       TEXT COLLATE "C" NOT NULL,
  asked_at       TIMESTAMPTZ NOT NULL,
  shown          TEXT COLLATE "C" NOT NULL,
  closed_at      TIMESTAMPTZ,
  exported_at    TIMESTAMPTZ,
  erasing_since  TIMESTAMPTZ,
  erase_through  BIGINT,
  erased_at      TIMESTAMPTZ,
  PRIMARY KEY (tenant)
);
