SELECT
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
FROM calls
