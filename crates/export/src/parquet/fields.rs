//! Fields of the Arrow schema.

use super::column_builder::ColumnBuilder;
use arrow_schema::{DataType, Field};
use callfold_tables::Column;
use std::collections::HashMap;

/// Adds the field of a column, and that of a decimal's text beside it.
pub(super) fn push_fields<T>(
    fields: &mut Vec<Field>,
    column: &Column<T>,
    builder: &ColumnBuilder,
    nullable: bool,
) {
    fields.push(field(column.name, builder.data_type(), nullable, column.description));
    if let ColumnBuilder::Decimal(..) = builder {
        let description = format!("the full value of `{}` if it does not fit there", column.name);
        fields.push(field(&format!("{}_text", column.name), DataType::Utf8, true, &description));
    }
}

pub(super) fn field(name: &str, data_type: DataType, nullable: bool, description: &str) -> Field {
    let metadata = HashMap::from([("description".to_owned(), description.to_owned())]);
    Field::new(name, data_type, nullable).with_metadata(metadata)
}
