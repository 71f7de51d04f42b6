//! A list for each call: its turns, say.

use super::{
    arrow_failed,
    cells::Cells,
    schema::{field, push_fields},
};
use crate::EncodeError;
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields};
use callfold_tables::Column;
use std::sync::Arc;

/// Gathers a list for each call.
pub(super) struct List<T: 'static> {
    columns: Vec<(&'static Column<T>, Cells)>,
    fields: Fields,
    ends: Vec<i32>,
    length: i32,
}

impl<T> List<T> {
    pub(super) fn new(table: &'static [Column<T>]) -> Self {
        let columns: Vec<_> = table.iter().map(|c| (c, Cells::new(c.kind))).collect();
        let mut fields = Vec::new();
        for (column, cells) in &columns {
            push_fields(&mut fields, column, cells, true);
        }
        Self { columns, fields: fields.into(), ends: vec![0], length: 0 }
    }

    pub(super) fn field(&self, name: &str, about: &str) -> Field {
        field(name, DataType::List(self.element()), false, about)
    }

    fn element(&self) -> Arc<Field> {
        Arc::new(Field::new("element", DataType::Struct(self.fields.clone()), false))
    }

    pub(super) fn push(&mut self, items: &[T]) {
        for (column, cells) in &mut self.columns {
            items.iter().for_each(|item| cells.push((column.value)(item)));
        }
        self.length += i32::try_from(items.len()).unwrap_or(i32::MAX);
        self.ends.push(self.length);
    }

    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().map(|(_, cells)| cells.bytes()).sum()
    }

    pub(super) fn take(&mut self) -> Result<ArrayRef, EncodeError> {
        let cells = self.columns.iter_mut();
        let columns = cells.flat_map(|(_, cells)| cells.take().into_iter().flatten()).collect();
        let items = StructArray::try_new(self.fields.clone(), columns, None);
        let items = items.map_err(arrow_failed)?;
        let ends = std::mem::replace(&mut self.ends, vec![0]);
        self.length = 0;
        let ends = OffsetBuffer::new(ends.into());
        let list = ListArray::try_new(self.element(), ends, Arc::new(items), None);
        Ok(Arc::new(list.map_err(arrow_failed)?))
    }
}
