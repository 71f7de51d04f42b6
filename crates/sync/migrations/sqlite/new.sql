-- A new file, before its first row: the tables of a call's parts without their keys, and calls
-- without secondary indexes. Ids of calls come in random order, and each row would change pages all
-- over each index; built at once after the first sync, indexes cost a fraction.

DROP INDEX calls_by_start;
DROP INDEX calls_by_source;
DROP INDEX calls_by_from;
DROP INDEX calls_by_to;
DROP INDEX calls_by_customer;
DROP TABLE turns;
DROP TABLE transfers;
DROP TABLE cost_parts;
DROP TABLE other_totals;
DROP TABLE warnings;
DROP TABLE recordings;
DROP TABLE raw;

CREATE TABLE turns (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT,
    offset_ms INTEGER,
    role_raw TEXT,
    kind TEXT NOT NULL DEFAULT 'speech',
    tool_id TEXT,
    tool_name TEXT,
    tool_arguments TEXT,
    tool_result TEXT,
    tool_ok INTEGER,
    tool_duration_ms INTEGER,
    end_offset_ms INTEGER,
    interrupted INTEGER,
    latency_ms TEXT
) STRICT;

CREATE TABLE transfers (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    to_number TEXT,
    kind TEXT,
    kind_raw TEXT,
    status TEXT,
    status_raw TEXT,
    at TEXT
) STRICT;

CREATE TABLE cost_parts (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    amount TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'other'
) STRICT;

CREATE TABLE other_totals (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
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
