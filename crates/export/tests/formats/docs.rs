//! `docs/formats.md` says what there is.

use callfold_export::{Format, PrivacyMode, PrivacyPolicy, parquet_fields};
use callfold_tables::{CALLS, Privacy};
use std::fmt::Write as _;

const PAGE: &str = include_str!("../../../../docs/formats.md");

/// What stands in the page between two marks.
fn part(name: &str) -> &str {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let rest = PAGE.split_once(&begin).unwrap_or_else(|| panic!("no {begin}")).1;
    rest.split_once(&end).unwrap_or_else(|| panic!("no {end}")).0
}

#[test]
fn tables_of_columns_are_those_of_the_code() {
    let mut flat = String::from(
        "\n| Column | CSV | Parquet | Whose data | What it is |\n|---|---|---|---|---|\n",
    );
    let mut nested = String::from("\n| Column | Type | What it is |\n|---|---|---|\n");
    for field in parquet_fields(true) {
        let column = CALLS.iter().find(|column| column.name == field.name);
        match column.filter(|column| column.name != "warnings") {
            Some(column) => {
                let whose = match column.privacy {
                    Privacy::Number => "number",
                    Privacy::Name => "name",
                    Privacy::Email => "e-mail",
                    Privacy::Text => "text",
                    _ => "",
                };
                let csv = match column.kind {
                    callfold_tables::ColumnKind::Time => "RFC 3339",
                    callfold_tables::ColumnKind::Millis | callfold_tables::ColumnKind::Count => {
                        "whole number"
                    }
                    callfold_tables::ColumnKind::Number => "number",
                    callfold_tables::ColumnKind::Decimal => "decimal",
                    callfold_tables::ColumnKind::Flag => "`true`, `false`",
                    callfold_tables::ColumnKind::Word => "word",
                    _ => "text",
                };
                let (name, data_type, about) = (column.name, field.data_type, column.description);
                writeln!(flat, "| `{name}` | {csv} | {data_type} | {whose} | {about} |").unwrap();
            }
            None => {
                writeln!(
                    nested,
                    "| `{}` | `{}` | {} |",
                    field.name, field.data_type, field.description
                )
                .unwrap();
            }
        }
    }
    let warnings = CALLS.iter().find(|column| column.name == "warnings").unwrap();
    writeln!(flat, "| `warnings` | text | see below | | {} |", warnings.description).unwrap();
    for (name, table) in [("columns", flat), ("parquet columns", nested)] {
        assert!(
            part(name).trim() == table.trim(),
            "docs/formats.md has other {name} than:\n{table}"
        );
    }
}

#[test]
fn page_names_every_format_mode_and_column_of_a_policy() {
    let modes = PrivacyMode::ALL.iter().map(|mode| mode.as_str());
    let formats = Format::ALL.iter().map(|format| format.as_str());
    for word in modes.chain(formats).chain(PrivacyPolicy::columns()) {
        assert!(PAGE.contains(&format!("`{word}`")), "docs/formats.md does not tell of `{word}`");
    }
}
