-- Oldest program beside it: 0.2.0
-- How many of a counter's failures letters of warning were written about: a program that is killed at the very one leaves
-- the warning to the next. Counters of before have warned of what they hold.
ALTER TABLE guard ADD COLUMN warned BIGINT NOT NULL DEFAULT 0;
UPDATE guard SET warned = total;
