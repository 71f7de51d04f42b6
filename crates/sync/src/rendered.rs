//! The rows of a call in one piece: made beside the reading, so that whoever
//! writes has nothing left to do but to hand them on.

use crate::{
    cell::Cell,
    row::{Row, Rows, text_hash},
    schema::{Table, Type},
    stable::{RecordHash, record_hash, unsigned},
};
use std::{convert::Infallible, ops::Range, sync::LazyLock};
use twox_hash::XxHash3_128;

/// How the text of a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Like {
    /// Each character of it.
    Text,
    /// All but the signature: the record says whether more of it counts.
    Link,
    Json,
    /// As the vendor sent it.
    Record,
}

/// That of each column of a table.
fn likes(table: Table) -> &'static [Like] {
    static LIKES: LazyLock<[Vec<Like>; 6]> = LazyLock::new(|| {
        Table::ALL.map(|table| {
            let like = |(name, kind): (&str, Type)| match (table, name, kind) {
                (Table::Raw, ..) => Like::Record,
                (Table::Calls, "recording_url" | "transcript_url", _)
                | (Table::Recordings, "url", _) => Like::Link,
                (.., Type::Json) => Like::Json,
                _ => Like::Text,
            };
            table.typed_columns().into_iter().map(like).collect()
        })
    });
    &LIKES[table as usize]
}

/// Rows whose texts lie one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rendered {
    text: String,
    slots: Vec<Slot>,
    /// The table of each row, and where its slots end; the first is its key.
    rows: Vec<(Table, usize)>,
}

/// One cell.
#[derive(Clone, Debug)]
enum Slot {
    Null,
    /// Where it begins and ends; a page is far below the four gigabytes.
    Text(Range<u32>),
    Int(i64),
    Flag(bool),
}

impl Rendered {
    /// Renders rows whose texts are about as long as `length`.
    pub(crate) fn of(rows: &impl Rows, length: usize) -> Self {
        let mut rendered = Self {
            text: String::with_capacity(length),
            slots: Vec::with_capacity(96),
            rows: Vec::with_capacity(8),
        };
        let Ok(()) = rows.each(|row| {
            rendered.put(row.key);
            row.cells.for_each(|cell| rendered.put(cell));
            rendered.rows.push((row.table, rendered.slots.len()));
            Ok::<_, Infallible>(())
        });
        rendered
    }

    /// The hash of all of it, as [`stable`](crate::stable) counts changes.
    pub(crate) fn hash(&self, volatile: &[&str]) -> RecordHash {
        let mut form = Vec::with_capacity(8 * self.slots.len());
        let (mut hasher, mut links, mut plain) = (XxHash3_128::new(), None, 0);
        let mut begin = 0;
        for (table, end) in &self.rows {
            form.extend([1, *table as u8]);
            // The key, which is not of a column, is first.
            let columns = [Like::Text].into_iter().chain(likes(*table).iter().copied());
            for (slot, like) in self.slots[begin..*end].iter().zip(columns) {
                match slot {
                    Slot::Null => form.push(2),
                    Slot::Text(range) => {
                        let range = range.start as usize..range.end as usize;
                        let text = self.text.get(range.clone()).unwrap_or_default();
                        let content = match like {
                            Like::Text => {
                                form.push(3);
                                form.extend((text.len() as u32).to_le_bytes());
                                continue;
                            }
                            Like::Link => text_hash(unsigned(text)),
                            Like::Json => record_hash(text, &[]).content,
                            Like::Record => {
                                let hash = record_hash(text, volatile);
                                links = hash.links.or(links);
                                hash.content
                            }
                        };
                        form.push(6);
                        form.extend(content);
                        hasher.write(
                            self.text.get(plain..range.start).unwrap_or_default().as_bytes(),
                        );
                        plain = range.end;
                    }
                    Slot::Int(number) => {
                        form.push(4);
                        form.extend(number.to_le_bytes());
                    }
                    Slot::Flag(flag) => form.extend([5, u8::from(*flag)]),
                }
            }
            begin = *end;
        }
        hasher.write(self.text.get(plain..).unwrap_or_default().as_bytes());
        hasher.write(&form);
        RecordHash { content: hasher.finish_128().to_be_bytes(), links }
    }

    fn put(&mut self, cell: Cell<'_>) {
        let slot = match cell {
            Cell::Null => Slot::Null,
            Cell::Int(number) => Slot::Int(number),
            Cell::Flag(flag) => Slot::Flag(flag),
            Cell::Text(text) => {
                let begin = self.place();
                self.text.push_str(&text);
                Slot::Text(begin..self.place())
            }
        };
        self.slots.push(slot);
    }

    fn place(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn cell(&self, slot: &Slot) -> Cell<'_> {
        match slot {
            Slot::Null => Cell::Null,
            Slot::Int(number) => Cell::Int(*number),
            Slot::Flag(flag) => Cell::Flag(*flag),
            Slot::Text(range) => {
                let range = range.start as usize..range.end as usize;
                Cell::Text(self.text.get(range).unwrap_or_default().into())
            }
        }
    }
}

impl Rows for Rendered {
    fn each<E>(&self, mut take: impl FnMut(Row<'_, '_>) -> Result<(), E>) -> Result<(), E> {
        let mut begin = 0;
        for (table, end) in &self.rows {
            let mut cells = self.slots[begin..*end].iter().map(|slot| self.cell(slot));
            let key = cells.next().unwrap_or(Cell::Null);
            take(Row { table: *table, key, cells: &mut cells })?;
            begin = *end;
        }
        Ok(())
    }
}
