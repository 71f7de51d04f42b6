//! The rows of a call in one piece: made beside the reading, so that whoever
//! writes has nothing left to do but to hand them on.

use crate::{
    cell::Cell,
    row::{Hash, Row, Rows},
    schema::Table,
};
use std::{convert::Infallible, ops::Range};
use twox_hash::XxHash3_128;

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

    /// The hash of all of it.
    pub(crate) fn hash(&self) -> Hash {
        let mut form = Vec::with_capacity(8 * self.slots.len());
        let mut begin = 0;
        for (table, end) in &self.rows {
            form.extend([1, *table as u8]);
            for slot in &self.slots[begin..*end] {
                match slot {
                    Slot::Null => form.push(2),
                    Slot::Text(range) => {
                        form.push(3);
                        form.extend((range.end - range.start).to_le_bytes());
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
        let mut hasher = XxHash3_128::new();
        hasher.write(&form);
        hasher.write(self.text.as_bytes());
        hasher.finish_128().to_be_bytes()
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
