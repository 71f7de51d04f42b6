//! The cells of one column, as they gather.

use arrow_array::{
    ArrayRef,
    builder::{
        BooleanBuilder, Decimal128Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
    },
};
use arrow_schema::{DataType, TimeUnit};
use callfold_tables::{Kind, Value};
use rust_decimal::Decimal;
use std::sync::Arc;

/// Digits of a decimal, and how many of them are behind the point. What other
/// engines take at most is 38, and 18 holds what a binary fraction was written
/// with; Spark's own decimals are of this kind.
pub(super) const PRECISION: u8 = 38;
pub(super) const SCALE: i8 = 18;

/// Gathers one column; a decimal is one with another beside it.
pub(super) enum Cells {
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Whole(Int64Builder),
    Flag(BooleanBuilder),
    /// What does not fit the decimal is in the text.
    Decimal(Decimal128Builder, StringBuilder),
}

impl Cells {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new()),
            Kind::Millis | Kind::Count => Self::Whole(Int64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Decimal => Self::Decimal(Decimal128Builder::new(), StringBuilder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// The type of its column.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Time(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Whole(_) => DataType::Int64,
            Self::Flag(_) => DataType::Boolean,
            Self::Decimal(..) => DataType::Decimal128(PRECISION, SCALE),
        }
    }

    /// Adds a cell. A value of another kind cannot come, and would be none.
    pub(super) fn push(&mut self, value: Value<'_>) {
        match self {
            Self::Text(cells) => match value {
                Value::Text(text) => cells.append_value(text),
                other => cells.append_option(other.into_text()),
            },
            Self::Time(cells) => cells.append_option(match value {
                Value::Time(at) => Some(at.timestamp_micros()),
                _ => None,
            }),
            Self::Whole(cells) => cells.append_option(match value {
                // More than 292 million years.
                Value::Millis(length) => Some(i64::try_from(length).unwrap_or(i64::MAX)),
                Value::Count(number) => Some(number),
                _ => None,
            }),
            Self::Flag(cells) => cells.append_option(match value {
                Value::Flag(flag) => Some(flag),
                _ => None,
            }),
            Self::Decimal(cells, texts) => {
                let exact = match value {
                    Value::Decimal(number) => Some(number),
                    _ => None,
                };
                let fits = exact.and_then(scaled);
                cells.append_option(fits);
                texts.append_option(exact.filter(|_| fits.is_none()).map(|n| n.to_string()));
            }
        }
    }

    /// The gathered column, and the one beside it.
    pub(super) fn take(&mut self) -> [Option<ArrayRef>; 2] {
        match self {
            Self::Text(cells) => [Some(Arc::new(cells.finish())), None],
            Self::Time(cells) => [Some(Arc::new(cells.finish().with_timezone("UTC"))), None],
            Self::Whole(cells) => [Some(Arc::new(cells.finish())), None],
            Self::Flag(cells) => [Some(Arc::new(cells.finish())), None],
            Self::Decimal(cells, texts) => {
                let cells = cells.finish().with_data_type(DataType::Decimal128(PRECISION, SCALE));
                [Some(Arc::new(cells)), Some(Arc::new(texts.finish()))]
            }
        }
    }

    /// Bytes of text that are gathered.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(cells) => cells.values_slice().len(),
            _ => 0,
        }
    }
}

/// The number as a count of the smallest unit, if it is a whole one.
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
            // Twenty digits and eighteen are more than a Decimal takes.
            let Ok(number) = Decimal::from_str_exact(text) else { continue };
            assert_eq!(scaled(number), expect, "{text}");
        }
        assert_eq!(
            scaled(Decimal::from(99_999_999_999_999_999_999_u128 as i128)),
            Some(99_999_999_999_999_999_999 * 10_i128.pow(18))
        );
    }
}
