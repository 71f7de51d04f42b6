-- Version 6: columns are named in the terms of the documentation.

ALTER TABLE calls RENAME COLUMN light_hash TO list_hash;
ALTER TABLE sync_state RENAME COLUMN walk TO scan_kind;
ALTER TABLE sync_state RENAME COLUMN walk_back_to TO scan_lookback_floor;
ALTER TABLE sync_state RENAME COLUMN walk_run TO scan_run;
ALTER TABLE sync_state RENAME COLUMN walk_at TO scan_at;
ALTER TABLE sync_state RENAME COLUMN walk_newest TO scan_newest;
ALTER TABLE sync_state RENAME COLUMN walk_batches TO scan_batches;
ALTER TABLE sync_state RENAME COLUMN walk_stuck TO scan_stalled_runs;
ALTER TABLE sync_seen RENAME COLUMN prints TO fingerprints;
ALTER TABLE runs RENAME COLUMN statements TO source_reports;

UPDATE sync_state SET scan_kind = CASE scan_kind
    WHEN 'first' THEN 'initial' WHEN 'recent' THEN 'incremental' ELSE scan_kind END;
