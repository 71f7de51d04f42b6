-- Version 4: signed links are told apart from changes, and no text is too long for an index.

ALTER TABLE calls ADD COLUMN links_hash BYTES;

--postgres
-- An entry of an index has at most a third of a page. SQLite has no such limit.
DROP INDEX calls_by_from;
DROP INDEX calls_by_to;
CREATE INDEX calls_by_from ON calls (left(from_number, 64));
CREATE INDEX calls_by_to ON calls (left(to_number, 64));
--both
