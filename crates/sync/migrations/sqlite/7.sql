-- Version 7: closed columns hold no word of a vendor, and calls have what the model gained. Rows of
-- older versions get what their columns tell; the rest comes when their calls are read again.

ALTER TABLE calls ADD COLUMN parent_id TEXT;
ALTER TABLE calls ADD COLUMN batch_id TEXT;
ALTER TABLE calls ADD COLUMN attempt INTEGER;
ALTER TABLE calls ADD COLUMN started_at_local TEXT;
ALTER TABLE calls ADD COLUMN local_hour INTEGER;
ALTER TABLE calls ADD COLUMN updated_at TEXT;
ALTER TABLE calls ADD COLUMN duration_basis TEXT;
ALTER TABLE calls ADD COLUMN direction_raw TEXT;
ALTER TABLE calls ADD COLUMN channel_raw TEXT;
ALTER TABLE calls ADD COLUMN status_raw TEXT;
ALTER TABLE calls ADD COLUMN disposition_raw TEXT;
ALTER TABLE calls ADD COLUMN answered_by_raw TEXT;
ALTER TABLE calls ADD COLUMN from_withheld INTEGER;
ALTER TABLE calls ADD COLUMN to_withheld INTEGER;
ALTER TABLE calls ADD COLUMN customer_id TEXT;
ALTER TABLE calls ADD COLUMN customer_number TEXT;
ALTER TABLE calls ADD COLUMN customer_withheld INTEGER;
ALTER TABLE calls ADD COLUMN customer_name TEXT;
ALTER TABLE calls ADD COLUMN customer_email TEXT;
ALTER TABLE calls ADD COLUMN agent_line_id TEXT;
ALTER TABLE calls ADD COLUMN agent_line_number TEXT;
ALTER TABLE calls ADD COLUMN agent_line_name TEXT;
ALTER TABLE calls ADD COLUMN agent_line_email TEXT;
ALTER TABLE calls ADD COLUMN agent_version TEXT;
ALTER TABLE calls ADD COLUMN customer_turns INTEGER;
ALTER TABLE calls ADD COLUMN agent_turns INTEGER;
ALTER TABLE calls ADD COLUMN tool_calls INTEGER;
ALTER TABLE calls ADD COLUMN tool_failures INTEGER;
ALTER TABLE calls ADD COLUMN latency_p50_ms TEXT;
ALTER TABLE calls ADD COLUMN latency_p95_ms TEXT;
ALTER TABLE calls ADD COLUMN language TEXT;
ALTER TABLE calls ADD COLUMN tags TEXT;
ALTER TABLE calls ADD COLUMN is_test INTEGER;
ALTER TABLE calls ADD COLUMN sentiment_raw TEXT;
ALTER TABLE calls ADD COLUMN outcome_score TEXT;
ALTER TABLE calls ADD COLUMN outcome_evaluation TEXT;
ALTER TABLE calls ADD COLUMN outcome_callback_requested INTEGER;
ALTER TABLE calls ADD COLUMN facts TEXT;
ALTER TABLE turns ADD COLUMN role_raw TEXT;
ALTER TABLE turns ADD COLUMN kind TEXT NOT NULL DEFAULT 'speech';
ALTER TABLE turns ADD COLUMN tool_id TEXT;
ALTER TABLE turns ADD COLUMN tool_name TEXT;
ALTER TABLE turns ADD COLUMN tool_arguments TEXT;
ALTER TABLE turns ADD COLUMN tool_result TEXT;
ALTER TABLE turns ADD COLUMN tool_ok INTEGER;
ALTER TABLE turns ADD COLUMN tool_duration_ms INTEGER;
ALTER TABLE turns ADD COLUMN end_offset_ms INTEGER;
ALTER TABLE turns ADD COLUMN interrupted INTEGER;
ALTER TABLE turns ADD COLUMN latency_ms TEXT;
ALTER TABLE cost_parts ADD COLUMN kind TEXT NOT NULL DEFAULT 'other';

ALTER TABLE sync_state RENAME COLUMN reread_at TO lookups_at;

CREATE TABLE transfers (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    to_number TEXT,
    kind TEXT,
    kind_raw TEXT,
    status TEXT,
    status_raw TEXT,
    at TEXT,
    PRIMARY KEY (call, position)
) STRICT;

CREATE TABLE other_totals (
    call TEXT NOT NULL REFERENCES calls (id),
    position INTEGER NOT NULL,
    amount TEXT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (call, position)
) STRICT;

UPDATE calls SET disposition = 'declined' WHERE disposition = 'rejected';
UPDATE calls SET direction_raw = direction, direction = 'other' WHERE direction NOT IN ('inbound', 'outbound');
UPDATE calls SET channel_raw = channel, channel = 'other' WHERE channel NOT IN ('phone', 'web', 'sip');
UPDATE calls SET status_raw = status, status = 'other' WHERE status NOT IN ('scheduled', 'queued', 'ringing', 'in_progress', 'ended', 'failed', 'unknown');
UPDATE calls SET disposition_raw = disposition, disposition = 'other' WHERE disposition NOT IN ('answered', 'no_answer', 'busy', 'declined', 'invalid_number', 'canceled', 'voicemail',
    'failed');
UPDATE calls SET answered_by_raw = answered_by, answered_by = 'other' WHERE answered_by NOT IN ('human', 'machine');
UPDATE calls SET sentiment_raw = sentiment, sentiment = 'other' WHERE sentiment NOT IN ('positive', 'neutral', 'negative');
UPDATE calls SET end_kind = 'other' WHERE end_kind NOT IN ('customer_hangup', 'agent_hangup', 'transferred', 'transfer_failed',
    'voicemail', 'ivr_reached', 'inactivity', 'max_duration', 'no_answer', 'busy', 'declined',
    'invalid_number', 'spam_blocked', 'dial_failed', 'telephony_error', 'not_joined', 'canceled',
    'account_limit', 'config_error', 'stt_error', 'llm_error', 'tts_error', 'platform_error',
    'completed_unspecified');
UPDATE turns SET role_raw = role, role = 'other' WHERE role NOT IN ('agent', 'customer', 'tool', 'system');

UPDATE calls SET duration_basis = CASE vendor WHEN 'vaani' THEN 'dispatch' ELSE 'start' END
WHERE duration_ms IS NOT NULL;
UPDATE calls SET customer_number = from_number, customer_name = from_name, customer_email = from_email,
    agent_line_number = to_number, agent_line_name = to_name, agent_line_email = to_email
WHERE direction = 'inbound';
UPDATE calls SET customer_number = to_number, customer_name = to_name, customer_email = to_email,
    agent_line_number = from_number, agent_line_name = from_name, agent_line_email = from_email
WHERE direction = 'outbound';

CREATE INDEX calls_by_customer ON calls (customer_number);
