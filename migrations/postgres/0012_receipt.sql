-- The number a member reads to the union on the phone leads to the row of the trail (D35).
-- Oldest program beside it: 0.2.0
ALTER TABLE audit ADD COLUMN receipt TEXT COLLATE "C";
CREATE INDEX audit_receipt ON audit (receipt) WHERE receipt IS NOT NULL;
