-- Oldest program beside it: 0.2.0
-- Until when a letter is of use stands in the index of what waits: where the clock is in doubt, those that ran out by it are passed
-- over without being read.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (priority, tenant, next_try_at, id, deliver_before) WHERE outcome IS NULL;
