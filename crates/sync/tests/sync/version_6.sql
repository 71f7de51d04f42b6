-- Calls as version 6 stored them, with words of the vendors in closed columns.
INSERT INTO calls (id, vendor, account, call_id, started_at, ended_at, duration_ms, direction, channel,
    status, disposition, answered_by, end_kind, end_by, end_raw, from_number, from_name, to_number,
    to_email, sentiment, transcript_state, is_final, detail, detail_stale, content_hash,
    first_seen_run, last_changed_run, last_changed_at)
VALUES
    ('vaani:old:1', 'vaani', 'old', '1', '2026-04-21T12:00:00.000000Z',
    '2026-04-21T12:01:00.000000Z', 60000, 'outbound', 'phone', 'ended', NULL, NULL,
    'Call not answered', 'unknown', 'Call not answered', '+14155550100', 'Line', '+14155550177',
    'jane@example.com', 'Meh', 'unavailable', TRUE, '', FALSE, HASH, 1, 1,
    '2026-04-22T00:00:00.000000Z'),
    ('ravan:old:2', 'ravan', 'old', '2', '2026-04-21T12:00:00.000000Z', NULL, NULL, 'inbound',
    'webCall', 'Completed', 'answered', 'human', 'customer_hangup', 'customer', 'bye',
    '+14155550163', 'Jane', '+14155550100', NULL, 'positive', 'inline', TRUE, '', FALSE, HASH, 1, 1,
    '2026-04-22T00:00:00.000000Z'),
    ('ravan:old:3', 'ravan', 'old', '3', NULL, NULL, NULL, 'sideways', NULL, 'unknown', 'rejected', NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'unavailable', FALSE, '', FALSE, HASH, 1, 1,
    '2026-04-22T00:00:00.000000Z');
INSERT INTO turns (call, position, role, text) VALUES
    ('ravan:old:2', 0, 'agent', 'Hello.'), ('ravan:old:2', 1, 'Jane Doe', 'Hi.');
INSERT INTO cost_parts (call, position, name, amount, unit) VALUES ('ravan:old:2', 0, 'llm', '1.5', 'USD');
INSERT INTO raw (call, shape, record) VALUES
    ('vaani:old:1', 'list', '{}'), ('ravan:old:2', 'list', '{}'), ('ravan:old:3', 'list', '{}');
INSERT INTO runs (id, started_at, outcome, version, options, new_calls, changed_calls,
    unchanged_calls, missing_calls, source_reports)
VALUES (7, '2026-04-22T00:00:00.000000Z', 'complete', '0.0.6', '{}', 3, 0, 0, 0, '[]');
