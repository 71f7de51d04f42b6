//! The rows of one call in one allocation. They are built and hashed while pages
//! are read, so that the writer only passes them on.

use crate::{
    record_hash::{RecordHash, record_hash, text_hash, unsigned},
    schema::{ColumnType, TABLES, Table},
    sql_value::SqlValue,
};
use std::{ops::Range, sync::LazyLock};
use twox_hash::XxHash3_128;

/// How the text of a column enters the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HashAs {
    /// Every character.
    Text,
    /// Without the signature.
    Link,
    Json,
    /// The vendor's record: volatile links are hashed separately.
    Record,
}

/// How each column of a table is hashed.
fn hash_rules(table: Table) -> &'static [HashAs] {
    static RULES: LazyLock<[Vec<HashAs>; TABLES]> = LazyLock::new(|| {
        Table::ALL.map(|table| {
            let rule = |(name, kind): (&str, ColumnType)| match (table, name, kind) {
                (Table::Raw, ..) => HashAs::Record,
                (Table::Calls, "recording_url" | "transcript_url", _)
                | (Table::Recordings, "url", _) => HashAs::Link,
                (.., ColumnType::Json) => HashAs::Json,
                _ => HashAs::Text,
            };
            table.typed_columns().into_iter().map(rule).collect()
        })
    });
    &RULES[table as usize]
}

/// Rows whose texts lie one after the other in one string.
#[derive(Clone, Debug, Default)]
pub(crate) struct PackedRows {
    text: String,
    slots: Vec<Slot>,
    /// The table of each row, and where its slots end; the first slot of a row
    /// is its key.
    rows: Vec<(Table, usize)>,
}

/// One value.
#[derive(Clone, Debug)]
enum Slot {
    Null,
    /// Where it begins and ends in the string.
    Text(Range<u32>),
    Int(i64),
    Flag(bool),
}

/// One row, without the call's id.
pub(crate) struct Row<'a> {
    pub(crate) table: Table,
    slots: &'a [Slot],
    text: &'a str,
}

impl<'a> Row<'a> {
    /// Its position or shape; null in `calls`.
    pub(crate) fn key(&self) -> SqlValue<'a> {
        self.slots.first().map_or(SqlValue::Null, |slot| value(slot, self.text))
    }

    /// Its other values, in the order of the table's columns.
    pub(crate) fn values(&self) -> impl Iterator<Item = SqlValue<'a>> + use<'a> {
        let text = self.text;
        self.slots.iter().skip(1).map(move |slot| value(slot, text))
    }

    /// The value of one column.
    pub(crate) fn value(&self, column: &str) -> SqlValue<'a> {
        let at = self.table.columns().iter().position(|name| *name == column);
        at.and_then(|at| self.values().nth(at)).unwrap_or(SqlValue::Null)
    }
}

fn value<'a>(slot: &Slot, text: &'a str) -> SqlValue<'a> {
    match slot {
        Slot::Null => SqlValue::Null,
        Slot::Int(number) => SqlValue::Int(*number),
        Slot::Flag(flag) => SqlValue::Flag(*flag),
        Slot::Text(range) => SqlValue::Text(slice(text, range).into()),
    }
}

fn slice<'a>(text: &'a str, range: &Range<u32>) -> &'a str {
    text.get(range.start as usize..range.end as usize).unwrap_or_default()
}

impl PackedRows {
    /// No rows yet, with room for texts of about `length` bytes.
    pub(crate) fn with_capacity(length: usize) -> Self {
        Self {
            text: String::with_capacity(length),
            slots: Vec::with_capacity(96),
            rows: Vec::with_capacity(8),
        }
    }

    /// Adds a row.
    pub(crate) fn push<'v>(
        &mut self,
        table: Table,
        key: SqlValue<'_>,
        values: impl IntoIterator<Item = SqlValue<'v>>,
    ) {
        self.push_value(key);
        values.into_iter().for_each(|value| self.push_value(value));
        self.rows.push((table, self.slots.len()));
    }

    /// The rows, in the order of the tables.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut begin = 0;
        self.rows.iter().map(move |(table, end)| {
            let slots = &self.slots[begin..*end];
            begin = *end;
            Row { table: *table, slots, text: &self.text }
        })
    }

    /// The hash of all of it; see [`record_hash`](crate::record_hash) for what
    /// counts as a change.
    pub(crate) fn hash(&self, volatile: &[&str]) -> RecordHash {
        let mut form = Vec::with_capacity(8 * self.slots.len());
        let (mut hasher, mut links, mut hashed) = (XxHash3_128::new(), None, 0);
        for row in self.rows() {
            form.extend([1, row.table as u8]);
            // The key has no rule of its own.
            let rules = [HashAs::Text].into_iter().chain(hash_rules(row.table).iter().copied());
            for (slot, rule) in row.slots.iter().zip(rules) {
                match slot {
                    Slot::Null => form.push(2),
                    Slot::Text(range) => {
                        let text = slice(&self.text, range);
                        let content = match rule {
                            HashAs::Text => {
                                form.push(3);
                                form.extend((text.len() as u32).to_le_bytes());
                                continue;
                            }
                            HashAs::Link => text_hash(unsigned(text)),
                            HashAs::Json => record_hash(text, &[]).content,
                            HashAs::Record => {
                                let hash = record_hash(text, volatile);
                                links = hash.links.or(links);
                                hash.content
                            }
                        };
                        form.push(6);
                        form.extend(content);
                        hasher.write(slice(&self.text, &(hashed..range.start)).as_bytes());
                        hashed = range.end;
                    }
                    Slot::Int(number) => {
                        form.push(4);
                        form.extend(number.to_le_bytes());
                    }
                    Slot::Flag(flag) => form.extend([5, u8::from(*flag)]),
                }
            }
        }
        hasher.write(slice(&self.text, &(hashed..self.end())).as_bytes());
        hasher.write(&form);
        RecordHash { content: hasher.finish_128().to_be_bytes(), links }
    }

    fn push_value(&mut self, value: SqlValue<'_>) {
        let slot = match value {
            SqlValue::Int(number) => Slot::Int(number),
            SqlValue::Flag(flag) => Slot::Flag(flag),
            SqlValue::Text(text) => {
                let begin = self.end();
                self.text.push_str(&text);
                Slot::Text(begin..self.end())
            }
            // Times of a call are texts, and no column of a call holds bytes.
            SqlValue::Null | SqlValue::Time(_) | SqlValue::Bytes(_) => Slot::Null,
        };
        self.slots.push(slot);
    }

    /// A call is far smaller than four gigabytes.
    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }
}
