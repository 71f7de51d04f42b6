//! The pages of docs/ that the program can print.

/// The pages, each with its name.
pub(crate) const PAGES: [(&str, &str); 6] = [
    ("engines", include_str!("../docs/engines.md")),
    ("fields", include_str!("../docs/fields.md")),
    ("formats", include_str!("../docs/formats.md")),
    ("report", include_str!("../docs/report.md")),
    ("sync", include_str!("../docs/sync.md")),
    ("verdicts", include_str!("../docs/verdicts.md")),
];
