//! Builds a column of lists, such as the turns of each call.

use super::{
    arrow_failed,
    column_builder::ColumnBuilder,
    fields::{field, push_fields},
};
use crate::EncodeError;
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields};
use callfold_tables::Column;
use std::sync::Arc;

/// Builds a column of lists.
pub(super) struct ListColumn<T: 'static> {
    columns: Vec<(&'static Column<T>, ColumnBuilder)>,
    fields: Fields,
    ends: Vec<i32>,
    length: i32,
}

impl<T> ListColumn<T> {
    pub(super) fn new(table: &'static [Column<T>]) -> Self {
        let columns: Vec<_> = table.iter().map(|c| (c, ColumnBuilder::new(c.kind))).collect();
        let mut fields = Vec::new();
        for (column, builder) in &columns {
            push_fields(&mut fields, column, builder, true);
        }
        Self { columns, fields: fields.into(), ends: vec![0], length: 0 }
    }

    pub(super) fn field(&self, name: &str, description: &str) -> Field {
        field(name, DataType::List(self.element()), false, description)
    }

    fn element(&self) -> Arc<Field> {
        Arc::new(Field::new("element", DataType::Struct(self.fields.clone()), false))
    }

    pub(super) fn push(&mut self, items: &[T]) {
        for (column, builder) in &mut self.columns {
            items.iter().for_each(|item| builder.push((column.value)(item)));
        }
        self.length += i32::try_from(items.len()).unwrap_or(i32::MAX);
        self.ends.push(self.length);
    }

    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().map(|(_, builder)| builder.bytes()).sum()
    }

    pub(super) fn take(&mut self) -> Result<ArrayRef, EncodeError> {
        let builder = self.columns.iter_mut();
        let columns =
            builder.flat_map(|(_, builder)| builder.take().into_iter().flatten()).collect();
        let items = StructArray::try_new(self.fields.clone(), columns, None);
        let items = items.map_err(arrow_failed)?;
        let ends = std::mem::replace(&mut self.ends, vec![0]);
        self.length = 0;
        let ends = OffsetBuffer::new(ends.into());
        let list = ListArray::try_new(self.element(), ends, Arc::new(items), None);
        Ok(Arc::new(list.map_err(arrow_failed)?))
    }
}
