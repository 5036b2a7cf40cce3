-- Oldest program beside it: 0.2.0
-- Counts of days that are told no longer are removed, and found by this index.

CREATE INDEX activity_day_by_day ON activity_day (day);
