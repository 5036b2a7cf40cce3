-- Oldest program beside it: 0.2.0
-- What a change ends (D24, D25). A member has an epoch; whatever is begun for the member carries the epoch it began under
-- and is worthless when the member's is another. Rows of a program that does not know it yet get 0: they work until the
-- member's first change.
ALTER TABLE member ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE one_time ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lost_factor ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

-- A ceremony of a member; NULL where nobody has said yet who they are.
ALTER TABLE ceremony ADD COLUMN member BLOB;
ALTER TABLE ceremony ADD COLUMN epoch INTEGER;

-- A letter that carries something to get in by, and is not sent once that is worthless; NULL: a notice, always sent.
ALTER TABLE outbox ADD COLUMN epoch INTEGER;

-- The method a recovery wants to set up in place of a lost factor: the member's own stays until the new one works.
ALTER TABLE attempt ADD COLUMN method TEXT;

-- A first credential that `member revert` issued: while it is there, no mail lets anybody in.
ALTER TABLE first_credential ADD COLUMN by_revert INTEGER NOT NULL DEFAULT 0;
