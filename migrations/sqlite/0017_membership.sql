-- Oldest program beside it: 0.2.0
-- Members who come and go (D34): the last day of a membership, the day itself included, as a date in Japan; and when it
-- was found over and everything in flight was ended. Older programs let such members in: end memberships when every node
-- is new.
ALTER TABLE member ADD COLUMN lost_on TEXT;
ALTER TABLE member ADD COLUMN ended_at INTEGER;
CREATE INDEX member_lost ON member (tenant, lost_on) WHERE lost_on IS NOT NULL;

-- What an import says of it, and the number a member has from then on. NULL: stays as it is.
ALTER TABLE import_change ADD COLUMN lost_on TEXT;
ALTER TABLE import_change ADD COLUMN number_key TEXT;
