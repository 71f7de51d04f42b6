-- Version 5: what could not be fetched and is retried, and when each part of a source was verified.

CREATE TABLE owed (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    call TEXT NOT NULL,
    part TEXT NOT NULL,
    position bigint NOT NULL,
    host TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    tries bigint NOT NULL,
    first_failed_at timestamptz NOT NULL,
    next_try_at timestamptz NOT NULL,
    given_up_at timestamptz,
    given_up_reason TEXT,
    run bigint NOT NULL
);

CREATE INDEX owed_by_source ON owed (vendor, account, next_try_at);
CREATE INDEX owed_by_call ON owed USING hash (call);

CREATE TABLE paused_hosts (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    host TEXT NOT NULL,
    pauses bigint NOT NULL,
    reason TEXT NOT NULL,
    paused_until timestamptz NOT NULL,
    PRIMARY KEY (vendor, account, host)
);

CREATE TABLE verified (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    part_from timestamptz,
    part_to timestamptz,
    verified_at timestamptz NOT NULL,
    proof TEXT NOT NULL,
    run bigint NOT NULL
);

CREATE INDEX verified_by_source ON verified (vendor, account);

CREATE TABLE scrub_state (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    full_read_at timestamptz,
    next_from timestamptz,
    list bigint NOT NULL,
    cursor json,
    anchor bytea,
    is_newest_first boolean NOT NULL,
    cycle_run bigint,
    cycle_at timestamptz,
    cycle_is_proven boolean NOT NULL,
    pages bigint NOT NULL,
    run bigint NOT NULL,
    PRIMARY KEY (vendor, account)
);

CREATE TABLE scrub_seen (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    page bigint NOT NULL,
    ids bytea NOT NULL,
    PRIMARY KEY (vendor, account, page)
);

-- Details and recordings that an older version could not fetch.
INSERT INTO owed SELECT vendor, account, id, 'details', 0, 'api', 'failed',
    'could not be fetched', 1, last_changed_at, last_changed_at, NULL, NULL, last_changed_run
FROM calls WHERE detail LIKE '%missed%' AND missing_since_run IS NULL;

INSERT INTO owed SELECT vendor, account, recordings.call, 'recording', recordings.position, '',
    'refused', recordings.problem, 1, last_changed_at, last_changed_at, NULL, NULL, last_changed_run
FROM recordings JOIN calls ON calls.id = recordings.call
WHERE path IS NULL AND problem IS NOT NULL AND problem <> 'it is too long';
