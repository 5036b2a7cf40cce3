-- Oldest program beside it: 0.2.0
-- An undo takes the members of its import some at a time, in the order of their ids.
DROP INDEX member_import;
CREATE INDEX member_import ON member (tenant, import, id) WHERE import IS NOT NULL;
-- A member is erased without reading every change that waits.
CREATE INDEX import_change_member ON import_change (tenant, member);
-- Of an undo: the number and the user ID that its import gave the member and that stay none of the member's former ones.
ALTER TABLE import_change ADD COLUMN forgets_number TEXT COLLATE "C";
ALTER TABLE import_change ADD COLUMN forgets_login TEXT COLLATE "C";
