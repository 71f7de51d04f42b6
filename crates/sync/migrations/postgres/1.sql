-- Version 1: calls, their parts, and how far each source was read.
-- Databases were made with this text: a change is a new version.

CREATE TABLE calls (
    id TEXT PRIMARY KEY NOT NULL,
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    call_id TEXT NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz,
    dialing_at timestamptz,
    ringing_at timestamptz,
    answered_at timestamptz,
    duration_ms bigint,
    talk_time_ms bigint,
    ring_time_ms bigint,
    reported_duration_ms bigint,
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
    cost_total numeric,
    cost_unit TEXT,
    summary TEXT,
    sentiment TEXT,
    outcome_success boolean,
    outcome_label TEXT,
    outcome_intent TEXT,
    outcome_appointment_booked boolean,
    transcript_state TEXT NOT NULL,
    transcript_url TEXT,
    recording_url TEXT,
    analysis_state TEXT,
    warnings TEXT,
    alternate_ids json,
    transcript_text TEXT,
    latency json,
    analysis json,
    metadata json,
    is_final boolean NOT NULL,
    detail TEXT NOT NULL,
    detail_stale boolean NOT NULL,
    content_hash bytea NOT NULL,
    light_hash bytea,
    first_seen_run bigint NOT NULL,
    last_changed_run bigint NOT NULL,
    last_changed_at timestamptz NOT NULL,
    missing_since_run bigint
);

CREATE INDEX calls_by_start ON calls (started_at);
CREATE INDEX calls_by_source ON calls (vendor, account, started_at);
CREATE INDEX calls_by_from ON calls (from_number);
CREATE INDEX calls_by_to ON calls (to_number);
CREATE INDEX calls_open ON calls (vendor, account) WHERE NOT is_final AND missing_since_run IS NULL;

CREATE TABLE turns (
    call TEXT NOT NULL REFERENCES calls (id),
    position bigint NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    at timestamptz,
    offset_ms bigint,
    PRIMARY KEY (call, position)
);

CREATE TABLE cost_parts (
    call TEXT NOT NULL REFERENCES calls (id),
    position bigint NOT NULL,
    name TEXT NOT NULL,
    amount numeric NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (call, position)
);

CREATE TABLE warnings (
    call TEXT NOT NULL REFERENCES calls (id),
    position bigint NOT NULL,
    code TEXT NOT NULL,
    pointer TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (call, position)
);

CREATE TABLE raw (
    call TEXT NOT NULL REFERENCES calls (id),
    shape TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (call, shape)
);

CREATE TABLE set_aside (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    hash bytea NOT NULL,
    reason TEXT NOT NULL,
    record TEXT NOT NULL,
    first_seen_run bigint NOT NULL,
    PRIMARY KEY (vendor, account, hash)
);

CREATE TABLE sync_state (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    high_water timestamptz,
    reread_at timestamptz,
    walk TEXT,
    walk_back_to timestamptz,
    walk_run bigint,
    walk_at timestamptz,
    walk_newest timestamptz,
    walk_batches bigint NOT NULL,
    walk_stuck bigint NOT NULL,
    checkpoint json,
    run bigint NOT NULL,
    PRIMARY KEY (vendor, account)
);

CREATE TABLE sync_seen (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    batch bigint NOT NULL,
    prints bytea NOT NULL,
    ids bytea,
    PRIMARY KEY (vendor, account, batch)
);

CREATE TABLE runs (
    id bigint PRIMARY KEY NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome TEXT NOT NULL,
    version TEXT NOT NULL,
    options json NOT NULL,
    new_calls bigint NOT NULL,
    changed_calls bigint NOT NULL,
    unchanged_calls bigint NOT NULL,
    missing_calls bigint NOT NULL,
    statements json NOT NULL
);
