SELECT
    id, vendor, account, call_id, started_at,
    to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') AS day,
    to_char(date_trunc('week', started_at at time zone 'UTC'), 'YYYY-MM-DD') AS week,
    CAST(extract(hour FROM started_at at time zone 'UTC') AS integer) AS hour,
    local_hour,
    coalesce(agent_name, agent_id) AS agent,
    customer_number AS customer,
    direction, status, disposition,
    CASE WHEN status IN ('ended', 'failed') OR status IN ('other', 'unknown') AND ended_at IS NOT NULL
        THEN 1 ELSE 0 END AS is_over,
    CASE WHEN disposition IS NULL OR disposition = 'other' THEN NULL
        WHEN disposition = 'answered' THEN 1 ELSE 0 END AS answered,
    cost_total AS cost, cost_unit,
    duration_ms, duration_basis, reported_duration_ms, talk_time_ms,
    tool_calls, tool_failures, latency_p50_ms, latency_p95_ms
FROM calls
