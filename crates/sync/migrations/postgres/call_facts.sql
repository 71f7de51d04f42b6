SELECT
    id, vendor, account, call_id, started_at,
    to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') AS day,
    to_char(date_trunc('week', started_at at time zone 'UTC'), 'YYYY-MM-DD') AS week,
    CAST(extract(hour FROM started_at at time zone 'UTC') AS integer) AS hour,
    coalesce(agent_name, agent_id) AS agent,
    CASE direction WHEN 'inbound' THEN from_number WHEN 'outbound' THEN to_number END AS customer,
    direction, status, disposition,
    CASE WHEN disposition IS NULL THEN NULL WHEN disposition = 'answered' THEN 1 ELSE 0 END
        AS answered,
    cost_total AS cost, cost_unit,
    duration_ms, reported_duration_ms, talk_time_ms
FROM calls
