-- Version 5: what could not be fetched and is retried, and when each part of a source was verified.

CREATE TABLE owed (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    call TEXT NOT NULL,
    part TEXT NOT NULL,
    position INTEGER NOT NULL,
    host TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    first_failed_at TEXT NOT NULL,
    next_try_at TEXT NOT NULL,
    given_up_at TEXT,
    given_up_reason TEXT,
    run INTEGER NOT NULL
) STRICT;

CREATE INDEX owed_by_source ON owed (vendor, account, next_try_at);
CREATE INDEX owed_by_call ON owed (call, part, position);

CREATE TABLE paused_hosts (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    host TEXT NOT NULL,
    pauses INTEGER NOT NULL,
    reason TEXT NOT NULL,
    paused_until TEXT NOT NULL,
    PRIMARY KEY (vendor, account, host)
) STRICT;

CREATE TABLE verified (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    part_from TEXT,
    part_to TEXT,
    verified_at TEXT NOT NULL,
    proof TEXT NOT NULL,
    run INTEGER NOT NULL
) STRICT;

CREATE INDEX verified_by_source ON verified (vendor, account);

CREATE TABLE scrub_state (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    full_read_at TEXT,
    next_from TEXT,
    list INTEGER NOT NULL,
    cursor TEXT,
    anchor BLOB,
    is_newest_first INTEGER NOT NULL,
    cycle_run INTEGER,
    cycle_at TEXT,
    cycle_is_proven INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (vendor, account)
) STRICT;

CREATE TABLE scrub_seen (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    page INTEGER NOT NULL,
    ids BLOB NOT NULL,
    PRIMARY KEY (vendor, account, page)
) STRICT;

-- Details and recordings that an older version could not fetch.
INSERT INTO owed SELECT vendor, account, id, 'details', 0, 'api', 'failed',
    'could not be fetched', 1, last_changed_at, last_changed_at, NULL, NULL, last_changed_run
FROM calls WHERE detail LIKE '%missed%' AND missing_since_run IS NULL;

INSERT INTO owed SELECT vendor, account, recordings.call, 'recording', recordings.position, '',
    'refused', recordings.problem, 1, last_changed_at, last_changed_at, NULL, NULL, last_changed_run
FROM recordings JOIN calls ON calls.id = recordings.call
WHERE path IS NULL AND problem IS NOT NULL AND problem <> 'it is too long';
