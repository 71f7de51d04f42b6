SELECT
    id, vendor, account, call_id, started_at,
    substr(started_at, 1, 10) AS day,
    date(started_at, 'weekday 0', '-6 days') AS week,
    CAST(substr(started_at, 12, 2) AS INTEGER) AS hour,
    local_hour,
    coalesce(agent_name, agent_id) AS agent,
    customer_number AS customer,
    direction, status, disposition,
    CASE WHEN status IN ('ended', 'failed') OR status IN ('other', 'unknown') AND ended_at IS NOT NULL
        THEN 1 ELSE 0 END AS is_over,
    CASE WHEN disposition IS NULL OR disposition = 'other' THEN NULL
        WHEN disposition = 'answered' THEN 1 ELSE 0 END AS answered,
    CAST(cost_total AS REAL) AS cost, cost_unit,
    duration_ms, duration_basis, reported_duration_ms, talk_time_ms,
    tool_calls, tool_failures,
    CAST(latency_p50_ms AS REAL) AS latency_p50_ms,
    CAST(latency_p95_ms AS REAL) AS latency_p95_ms
FROM calls
