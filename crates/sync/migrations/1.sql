-- Version 1: what was read, and how far.
--
-- One text for both databases. WHOLE, FLAG, TIME, EXACT, JSON and BYTES stand for the types of
-- whole numbers, truth values, instants, exact decimals, JSON texts and bytes; STRICT stays in
-- SQLite only. A line after `--sqlite` or `--postgres` is for that database, until `--both`.
-- This text is what databases out there were made with: a change is a new version.

CREATE TABLE calls (
    id TEXT PRIMARY KEY NOT NULL,
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    call_id TEXT NOT NULL,
    started_at TIME,
    ended_at TIME,
    created_at TIME,
    dialing_at TIME,
    ringing_at TIME,
    answered_at TIME,
    duration_ms WHOLE,
    talk_time_ms WHOLE,
    ring_time_ms WHOLE,
    reported_duration_ms WHOLE,
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
    cost_total EXACT,
    cost_unit TEXT,
    summary TEXT,
    sentiment TEXT,
    outcome_success FLAG,
    outcome_label TEXT,
    outcome_intent TEXT,
    outcome_appointment_booked FLAG,
    transcript_state TEXT NOT NULL,
    transcript_url TEXT,
    recording_url TEXT,
    analysis_state TEXT,
    warnings TEXT,
    alternate_ids JSON,
    transcript_text TEXT,
    latency JSON,
    analysis JSON,
    metadata JSON,
    is_final FLAG NOT NULL,
    detail TEXT NOT NULL,
    detail_stale FLAG NOT NULL,
    content_hash BYTES NOT NULL,
    light_hash BYTES,
    first_seen_run WHOLE NOT NULL,
    last_changed_run WHOLE NOT NULL,
    last_changed_at TIME NOT NULL,
    missing_since_run WHOLE
) STRICT;

CREATE INDEX calls_by_start ON calls (started_at);
CREATE INDEX calls_by_source ON calls (vendor, account, started_at);
CREATE INDEX calls_by_from ON calls (from_number);
CREATE INDEX calls_by_to ON calls (to_number);
CREATE INDEX calls_open ON calls (vendor, account) WHERE NOT is_final AND missing_since_run IS NULL;

CREATE TABLE turns (
    call TEXT NOT NULL REFERENCES calls (id),
    position WHOLE NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    at TIME,
    offset_ms WHOLE,
    PRIMARY KEY (call, position)
) STRICT;

CREATE TABLE cost_parts (
    call TEXT NOT NULL REFERENCES calls (id),
    position WHOLE NOT NULL,
    name TEXT NOT NULL,
    amount EXACT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (call, position)
) STRICT;

CREATE TABLE warnings (
    call TEXT NOT NULL REFERENCES calls (id),
    position WHOLE NOT NULL,
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
    hash BYTES NOT NULL,
    reason TEXT NOT NULL,
    record TEXT NOT NULL,
    first_seen_run WHOLE NOT NULL,
    PRIMARY KEY (vendor, account, hash)
) STRICT;

CREATE TABLE sync_state (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    high_water TIME,
    reread_at TIME,
    walk TEXT,
    walk_back_to TIME,
    walk_run WHOLE,
    walk_at TIME,
    walk_newest TIME,
    walk_batches WHOLE NOT NULL,
    walk_stuck WHOLE NOT NULL,
    checkpoint JSON,
    run WHOLE NOT NULL,
    PRIMARY KEY (vendor, account)
) STRICT;

CREATE TABLE sync_seen (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    batch WHOLE NOT NULL,
    prints BYTES NOT NULL,
    ids BYTES,
    PRIMARY KEY (vendor, account, batch)
) STRICT;

CREATE TABLE runs (
    id WHOLE PRIMARY KEY NOT NULL,
    started_at TIME NOT NULL,
    ended_at TIME,
    outcome TEXT NOT NULL,
    version TEXT NOT NULL,
    options JSON NOT NULL,
    new_calls WHOLE NOT NULL,
    changed_calls WHOLE NOT NULL,
    unchanged_calls WHOLE NOT NULL,
    missing_calls WHOLE NOT NULL,
    statements JSON NOT NULL
) STRICT;
