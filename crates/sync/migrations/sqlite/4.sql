-- Version 4: newly signed links are not a change of a call.

ALTER TABLE calls ADD COLUMN links_hash BLOB;
