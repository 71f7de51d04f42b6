-- A new file, before its first row: the tables of a call's parts without their keys, and calls
-- without secondary indexes. Ids of calls come in random order, and each row would change pages all
-- over each index; built at once after the first sync, indexes cost a fraction.

DROP INDEX calls_by_start;
DROP INDEX calls_by_source;
DROP INDEX calls_by_from;
DROP INDEX calls_by_to;
DROP TABLE turns;
DROP TABLE cost_parts;
DROP TABLE warnings;
DROP TABLE recordings;
DROP TABLE raw;

CREATE TABLE turns (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT,
    offset_ms INTEGER
) STRICT;

CREATE TABLE cost_parts (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    amount TEXT NOT NULL,
    unit TEXT NOT NULL
) STRICT;

CREATE TABLE warnings (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    pointer TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

CREATE TABLE recordings (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    media_type TEXT,
    needs_auth INTEGER NOT NULL,
    path TEXT,
    content_type TEXT,
    size INTEGER,
    sha256 TEXT,
    fetched_at TEXT,
    problem TEXT
) STRICT;

CREATE TABLE raw (
    call TEXT NOT NULL REFERENCES calls (id),
    shape TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
