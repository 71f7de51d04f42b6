//! Builds one column.

use arrow_array::{
    ArrayRef,
    builder::{
        BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
        TimestampMicrosecondBuilder,
    },
};
use arrow_schema::{DataType, TimeUnit};
use callfold_tables::{CellValue, ColumnKind};
use rust_decimal::Decimal;
use std::sync::Arc;

/// Digits of a decimal, and those after the point. Most engines allow at most 38; 18 is enough for
/// binary fractions, and is what Spark uses.
pub(super) const PRECISION: u8 = 38;
pub(super) const SCALE: i8 = 18;

/// Builds one column; a decimal has a text column beside it.
pub(super) enum ColumnBuilder {
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Whole(Int64Builder),
    Flag(BooleanBuilder),
    Number(Float64Builder),
    /// The text holds values that do not fit the decimal.
    Decimal(Decimal128Builder, StringBuilder),
}

impl ColumnBuilder {
    pub(super) fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Time => Self::Time(TimestampMicrosecondBuilder::new()),
            ColumnKind::Millis | ColumnKind::Count => Self::Whole(Int64Builder::new()),
            ColumnKind::Flag => Self::Flag(BooleanBuilder::new()),
            ColumnKind::Number => Self::Number(Float64Builder::new()),
            ColumnKind::Decimal => Self::Decimal(Decimal128Builder::new(), StringBuilder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// The type of the column.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Time(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Whole(_) => DataType::Int64,
            Self::Flag(_) => DataType::Boolean,
            Self::Number(_) => DataType::Float64,
            Self::Decimal(..) => DataType::Decimal128(PRECISION, SCALE),
        }
    }

    /// Adds a value. A value of another kind cannot occur, and would be null.
    pub(super) fn push(&mut self, value: CellValue<'_>) {
        match self {
            Self::Text(builder) => match value {
                CellValue::Text(text) => builder.append_value(text),
                other => builder.append_option(other.into_text()),
            },
            Self::Time(builder) => builder.append_option(match value {
                CellValue::Time(at) => Some(at.timestamp_micros()),
                _ => None,
            }),
            Self::Whole(builder) => builder.append_option(match value {
                // More than 292 million years.
                CellValue::Millis(length) => Some(i64::try_from(length).unwrap_or(i64::MAX)),
                CellValue::Count(number) => Some(number),
                _ => None,
            }),
            Self::Flag(builder) => builder.append_option(match value {
                CellValue::Flag(flag) => Some(flag),
                _ => None,
            }),
            Self::Number(builder) => builder.append_option(match value {
                CellValue::Number(number) => Some(number),
                _ => None,
            }),
            Self::Decimal(builder, texts) => {
                let exact = match value {
                    CellValue::Decimal(number) => Some(number),
                    _ => None,
                };
                let fits = exact.and_then(scaled);
                builder.append_option(fits);
                texts.append_option(exact.filter(|_| fits.is_none()).map(|n| n.to_string()));
            }
        }
    }

    /// Takes the column, and the one beside it.
    pub(super) fn take(&mut self) -> [Option<ArrayRef>; 2] {
        match self {
            Self::Text(builder) => [Some(Arc::new(builder.finish())), None],
            Self::Time(builder) => [Some(Arc::new(builder.finish().with_timezone("UTC"))), None],
            Self::Whole(builder) => [Some(Arc::new(builder.finish())), None],
            Self::Flag(builder) => [Some(Arc::new(builder.finish())), None],
            Self::Number(builder) => [Some(Arc::new(builder.finish())), None],
            Self::Decimal(builder, texts) => {
                let builder =
                    builder.finish().with_data_type(DataType::Decimal128(PRECISION, SCALE));
                [Some(Arc::new(builder)), Some(Arc::new(texts.finish()))]
            }
        }
    }

    /// The size of the buffered text, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(builder) => builder.values_slice().len(),
            _ => 0,
        }
    }
}

/// The number in units of 10⁻¹⁸, if it fits exactly.
fn scaled(number: Decimal) -> Option<i128> {
    let (digits, scale) = (number.mantissa(), number.scale());
    let wanted = SCALE as u32;
    let units = if scale <= wanted {
        digits.checked_mul(10_i128.checked_pow(wanted - scale)?)?
    } else {
        let surplus = 10_i128.checked_pow(scale - wanted)?;
        (digits % surplus == 0).then_some(digits / surplus)?
    };
    (units.unsigned_abs() < 10_u128.pow(PRECISION.into())).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_fits_exactly_or_not_at_all() {
        let cases = [
            ("0", Some(0)),
            ("12.50", Some(12_500_000_000_000_000_000)),
            ("-0.000000000000000001", Some(-1)),
            ("0.0000000000000000010", Some(1)),
            ("0.0000000000000000001", None),
            ("99999999999999999999.999999999999999999", Some(10_i128.pow(38) - 1)),
            ("100000000000000000000", None),
            ("79228162514264337593543950335", None),
            ("-0.0000000000000000000000000001", None),
        ];
        for (text, expect) in cases {
            // A Decimal has fewer than 38 digits.
            let Ok(number) = Decimal::from_str_exact(text) else { continue };
            assert_eq!(scaled(number), expect, "{text}");
        }
        assert_eq!(
            scaled(Decimal::from(99_999_999_999_999_999_999_u128 as i128)),
            Some(99_999_999_999_999_999_999 * 10_i128.pow(18))
        );
    }
}
