-- Version 8: a full-text index of summaries and transcripts. It is filled when the keys and indexes
-- are built, at the end of the next sync, and then changes with the calls.

CREATE TABLE search_calls (
    number INTEGER PRIMARY KEY NOT NULL,
    call TEXT NOT NULL REFERENCES calls (id)
) STRICT;

CREATE VIEW call_texts AS
SELECT search_calls.number, search_calls.call, calls.summary,
    coalesce((SELECT group_concat(text, char(10))
        FROM (SELECT text FROM turns WHERE turns.call = search_calls.call ORDER BY position)),
        calls.transcript_text) AS said
FROM search_calls
JOIN calls ON calls.id = search_calls.call;

CREATE VIRTUAL TABLE call_search USING fts5(
    summary, said, content = 'call_texts', content_rowid = 'number',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
);
