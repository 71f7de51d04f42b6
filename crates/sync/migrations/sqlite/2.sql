-- Version 2: recordings, and a view with what most queries need.

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
    problem TEXT,
    PRIMARY KEY (call, position)
) STRICT;

CREATE VIEW call_facts AS SELECT
    id, vendor, account, call_id, started_at,
    substr(started_at, 1, 10) AS day,
    date(started_at, 'weekday 0', '-6 days') AS week,
    CAST(substr(started_at, 12, 2) AS INTEGER) AS hour,
    coalesce(agent_name, agent_id) AS agent,
    CASE direction WHEN 'inbound' THEN from_number WHEN 'outbound' THEN to_number END AS customer,
    direction, status, disposition,
    CASE WHEN disposition IS NULL THEN NULL WHEN disposition = 'answered' THEN 1 ELSE 0 END
        AS answered,
    CAST(cost_total AS REAL) AS cost, cost_unit,
    duration_ms, reported_duration_ms, talk_time_ms
FROM calls;

CREATE INDEX recordings_to_fetch ON recordings (call, position) WHERE path IS NULL;
