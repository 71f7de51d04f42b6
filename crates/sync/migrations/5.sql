-- Version 5: what could not be fetched and is owed, and when each part of a source was verified.

CREATE TABLE owed (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    call TEXT NOT NULL,
    part TEXT NOT NULL,
    position WHOLE NOT NULL,
    host TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    tries WHOLE NOT NULL,
    first_failed_at TIME NOT NULL,
    next_try_at TIME NOT NULL,
    given_up_at TIME,
    given_up_reason TEXT,
    run WHOLE NOT NULL
) STRICT;

CREATE INDEX owed_by_source ON owed (vendor, account, next_try_at);
--sqlite
CREATE INDEX owed_by_call ON owed (call, part, position);
--postgres
CREATE INDEX owed_by_call ON owed USING hash (call);
--both

CREATE TABLE paused_hosts (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    host TEXT NOT NULL,
    pauses WHOLE NOT NULL,
    reason TEXT NOT NULL,
    paused_until TIME NOT NULL,
    PRIMARY KEY (vendor, account, host)
) STRICT;

CREATE TABLE verified (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    part_from TIME,
    part_to TIME,
    verified_at TIME NOT NULL,
    proof TEXT NOT NULL,
    run WHOLE NOT NULL
) STRICT;

CREATE INDEX verified_by_source ON verified (vendor, account);

CREATE TABLE scrub_state (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    full_read_at TIME,
    next_from TIME,
    list WHOLE NOT NULL,
    cursor JSON,
    anchor BYTES,
    is_newest_first FLAG NOT NULL,
    cycle_run WHOLE,
    cycle_at TIME,
    cycle_is_proven FLAG NOT NULL,
    pages WHOLE NOT NULL,
    run WHOLE NOT NULL,
    PRIMARY KEY (vendor, account)
) STRICT;

CREATE TABLE scrub_seen (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    page WHOLE NOT NULL,
    ids BYTES NOT NULL,
    PRIMARY KEY (vendor, account, page)
) STRICT;

-- What an older version noted as missing: details of which a part could not be had, and recordings
-- that it had given up.
INSERT INTO owed SELECT vendor, account, id, 'details', 0, 'api', 'failed',
    'could not be fetched', 1, last_changed_at, last_changed_at, NULL, NULL, last_changed_run
FROM calls WHERE detail LIKE '%missed%' AND missing_since_run IS NULL;

INSERT INTO owed SELECT vendor, account, recordings.call, 'recording', recordings.position, '',
    'refused', recordings.problem, 1, last_changed_at, last_changed_at, NULL, NULL, last_changed_run
FROM recordings JOIN calls ON calls.id = recordings.call
WHERE path IS NULL AND problem IS NOT NULL AND problem <> 'it is too long';
