-- Oldest program beside it: 0.2.0
-- Which version is kept of each union is read once a minute and at each reload: from this index, not from rows that hold whole
-- files and pictures.
CREATE INDEX good_version_hash ON good_version (tenant, hash);
