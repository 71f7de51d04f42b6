//! How the columns are written: packed, with statistics where they help.

use super::schema::{JSON, RAW, RECORDINGS, Rows, SCHEMA_VERSION, TRANSCRIPT_TEXT};
use callfold_tables::{COST_PARTS, Column, Kind, Privacy, TURNS, WARNINGS};
use parquet::{
    basic::{Compression, ZstdLevel},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
    },
    schema::types::ColumnPath,
};

/// How the columns are written.
pub(super) fn properties(rows: &Rows) -> WriterProperties {
    let version = env!("CARGO_PKG_VERSION");
    let fact = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let facts =
        vec![fact("callfold.version", version), fact("callfold.schema_version", SCHEMA_VERSION)];
    let mut properties = WriterProperties::builder()
        .set_created_by(format!("callfold version {version}"))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(facts))
        .set_max_row_group_row_count(None)
        // Each of many columns holds one page in memory.
        .set_data_page_size_limit(128 << 10)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(false);
    let words = |name: &str| -> ColumnPath { name.into() };
    for column in rows.flat() {
        let personal = !matches!(column.privacy, Privacy::None | Privacy::Text);
        if column.kind == Kind::Word || personal {
            properties = properties.set_column_dictionary_enabled(words(column.name), true);
        }
        if column.kind == Kind::Time {
            let pages = EnabledStatistics::Page;
            properties = properties.set_column_statistics_enabled(words(column.name), pages);
        }
        if column.privacy == Privacy::Text {
            let none = EnabledStatistics::None;
            properties = properties.set_column_statistics_enabled(words(column.name), none);
        }
    }
    for path in nested_words() {
        properties = properties.set_column_dictionary_enabled(path, true);
    }
    let texts = [TRANSCRIPT_TEXT, RAW].into_iter().chain(JSON).map(|(name, _)| words(name));
    let said = ColumnPath::new(["turns", "list", "element", "text"].map(str::to_owned).into());
    for path in texts.chain([said]) {
        properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
    }
    properties.build()
}

fn nested_words() -> Vec<ColumnPath> {
    fn of<T>(list: &str, table: &[Column<T>]) -> Vec<ColumnPath> {
        let named =
            table.iter().filter(|c| c.kind == Kind::Word || c.name != "text" && c.name != "url");
        let named = named.filter(|c| matches!(c.kind, Kind::Word | Kind::Text));
        let path = |name: &str| [list, "list", "element", name].map(str::to_owned).into();
        named.map(|column| ColumnPath::new(path(column.name))).collect()
    }
    let lists = [of("turns", TURNS), of("cost_parts", COST_PARTS), of("warnings", WARNINGS)];
    lists.into_iter().flatten().chain(of("recordings", RECORDINGS)).collect()
}
