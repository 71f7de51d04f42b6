//! The Parquet properties of the columns: compression, dictionaries and statistics.

use super::schema::{JSON, RAW, RECORDINGS, RowBuffer, SCHEMA_VERSION, TRANSCRIPT_TEXT};
use callfold_tables::{
    COST_PARTS, Column, ColumnKind, OTHER_TOTALS, Privacy, TRANSFERS, TURNS, WARNINGS,
};
use parquet::{
    basic::{Compression, ZstdLevel},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
    },
    schema::types::ColumnPath,
};

/// The writer properties.
pub(super) fn properties(rows: &RowBuffer) -> WriterProperties {
    let version = env!("CARGO_PKG_VERSION");
    let entry = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let entries =
        vec![entry("callfold.version", version), entry("callfold.schema_version", SCHEMA_VERSION)];
    let mut properties = WriterProperties::builder()
        .set_created_by(format!("callfold version {version}"))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(entries))
        .set_max_row_group_row_count(None)
        // Each of the many columns buffers one page.
        .set_data_page_size_limit(128 << 10)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(false);
    let path = |name: &str| -> ColumnPath { name.into() };
    for column in rows.flat() {
        let personal = !matches!(column.privacy, Privacy::None | Privacy::Text);
        if column.kind == ColumnKind::Word || personal {
            properties = properties.set_column_dictionary_enabled(path(column.name), true);
        }
        if column.kind == ColumnKind::Time {
            let pages = EnabledStatistics::Page;
            properties = properties.set_column_statistics_enabled(path(column.name), pages);
        }
        if column.privacy == Privacy::Text {
            let none = EnabledStatistics::None;
            properties = properties.set_column_statistics_enabled(path(column.name), none);
        }
    }
    for path in nested_words() {
        properties = properties.set_column_dictionary_enabled(path, true);
    }
    let texts = [TRANSCRIPT_TEXT, RAW].into_iter().chain(JSON).map(|(name, _)| path(name));
    let of_turn =
        |name: &str| ColumnPath::new(["turns", "list", "element", name].map(str::to_owned).into());
    let said = ["text", "tool_arguments", "tool_result"].map(of_turn);
    for path in texts.chain(said) {
        properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
    }
    properties.build()
}

fn nested_words() -> Vec<ColumnPath> {
    fn of<T>(list: &str, table: &[Column<T>]) -> Vec<ColumnPath> {
        let is_free = |c: &&Column<T>| c.privacy == Privacy::Text || c.name == "url";
        let named = table.iter().filter(|c| c.kind == ColumnKind::Word || !is_free(c));
        let named = named.filter(|c| matches!(c.kind, ColumnKind::Word | ColumnKind::Text));
        let path = |name: &str| [list, "list", "element", name].map(str::to_owned).into();
        named.map(|column| ColumnPath::new(path(column.name))).collect()
    }
    let lists = [
        of("turns", TURNS),
        of("transfers", TRANSFERS),
        of("cost_parts", COST_PARTS),
        of("other_totals", OTHER_TOTALS),
        of("warnings", WARNINGS),
    ];
    lists.into_iter().flatten().chain(of("recordings", RECORDINGS)).collect()
}
