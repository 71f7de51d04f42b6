-- Version 1: calls, their parts, and how far each source was read.
-- Databases were made with this text: a change is a new version.

CREATE TABLE calls (
    id TEXT PRIMARY KEY NOT NULL,
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    call_id TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    created_at TEXT,
    dialing_at TEXT,
    ringing_at TEXT,
    answered_at TEXT,
    duration_ms INTEGER,
    talk_time_ms INTEGER,
    ring_time_ms INTEGER,
    reported_duration_ms INTEGER,
    direction TEXT,
    channel TEXT,
    status TEXT NOT NULL,
    disposition TEXT,
    answered_by TEXT,
    end_kind TEXT,
    end_by TEXT,
    end_raw TEXT,
    error_message TEXT,
    from_number TEXT,
    from_name TEXT,
    from_email TEXT,
    to_number TEXT,
    to_name TEXT,
    to_email TEXT,
    organization_id TEXT,
    organization_name TEXT,
    agent_id TEXT,
    agent_name TEXT,
    campaign_id TEXT,
    campaign_name TEXT,
    contact_id TEXT,
    cost_total TEXT,
    cost_unit TEXT,
    summary TEXT,
    sentiment TEXT,
    outcome_success INTEGER,
    outcome_label TEXT,
    outcome_intent TEXT,
    outcome_appointment_booked INTEGER,
    transcript_state TEXT NOT NULL,
    transcript_url TEXT,
    recording_url TEXT,
    analysis_state TEXT,
    warnings TEXT,
    alternate_ids TEXT,
    transcript_text TEXT,
    latency TEXT,
    analysis TEXT,
    metadata TEXT,
    is_final INTEGER NOT NULL,
    detail TEXT NOT NULL,
    detail_stale INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    light_hash BLOB,
    first_seen_run INTEGER NOT NULL,
    last_changed_run INTEGER NOT NULL,
    last_changed_at TEXT NOT NULL,
    missing_since_run INTEGER
) STRICT;

CREATE INDEX calls_by_start ON calls (started_at);
CREATE INDEX calls_by_source ON calls (vendor, account, started_at);
CREATE INDEX calls_by_from ON calls (from_number);
CREATE INDEX calls_by_to ON calls (to_number);
CREATE INDEX calls_open ON calls (vendor, account) WHERE NOT is_final AND missing_since_run IS NULL;

CREATE TABLE turns (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT,
    offset_ms INTEGER,
    PRIMARY KEY (call, position)
) STRICT;

CREATE TABLE cost_parts (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    amount TEXT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (call, position)
) STRICT;

CREATE TABLE warnings (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    pointer TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (call, position)
) STRICT;

CREATE TABLE raw (
    call TEXT NOT NULL REFERENCES calls (id),
    shape TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (call, shape)
) STRICT;

CREATE TABLE set_aside (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    hash BLOB NOT NULL,
    reason TEXT NOT NULL,
    record TEXT NOT NULL,
    first_seen_run INTEGER NOT NULL,
    PRIMARY KEY (vendor, account, hash)
) STRICT;

CREATE TABLE sync_state (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    high_water TEXT,
    reread_at TEXT,
    walk TEXT,
    walk_back_to TEXT,
    walk_run INTEGER,
    walk_at TEXT,
    walk_newest TEXT,
    walk_batches INTEGER NOT NULL,
    walk_stuck INTEGER NOT NULL,
    checkpoint TEXT,
    run INTEGER NOT NULL,
    PRIMARY KEY (vendor, account)
) STRICT;

CREATE TABLE sync_seen (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    batch INTEGER NOT NULL,
    prints BLOB NOT NULL,
    ids BLOB,
    PRIMARY KEY (vendor, account, batch)
) STRICT;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT NOT NULL,
    version TEXT NOT NULL,
    options TEXT NOT NULL,
    new_calls INTEGER NOT NULL,
    changed_calls INTEGER NOT NULL,
    unchanged_calls INTEGER NOT NULL,
    missing_calls INTEGER NOT NULL,
    statements TEXT NOT NULL
) STRICT;
