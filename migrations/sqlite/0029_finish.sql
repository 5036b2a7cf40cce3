-- Oldest program beside it: 0.2.0
-- When a member's first login became whole, until the portal page has said so, once. Older programs never say it.
-- Instants are INTEGER microseconds since 1970 (UTC).
ALTER TABLE member ADD COLUMN finish_due_at INTEGER;
