-- Version 4: newly signed links are not a change of a call, and no text is too long for an index.

ALTER TABLE calls ADD COLUMN links_hash bytea;

-- An index entry has at most a third of a page.
DROP INDEX calls_by_from;
DROP INDEX calls_by_to;
CREATE INDEX calls_by_from ON calls (left(from_number, 64));
CREATE INDEX calls_by_to ON calls (left(to_number, 64));
