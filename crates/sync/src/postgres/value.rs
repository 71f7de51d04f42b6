//! Values in PostgreSQL's binary format.

use crate::sql_value::SqlValue;
use bytes::BytesMut;
use callfold_unify::model::Timestamp;
use chrono::DateTime;
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// Microseconds from 1970 to 2000, from which PostgreSQL counts.
const EPOCH: i64 = 946_684_800_000_000;

impl ToSql for SqlValue<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Int(number) if *ty == Type::INT4 => {
                out.extend_from_slice(&i32::try_from(*number)?.to_be_bytes());
            }
            Self::Int(number) => out.extend_from_slice(&number.to_be_bytes()),
            Self::Flag(flag) => out.extend_from_slice(&[u8::from(*flag)]),
            Self::Time(at) => {
                out.extend_from_slice(&(at.timestamp_micros() - EPOCH).to_be_bytes());
            }
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
        }
        Ok(IsNull::No)
    }

    /// All statements are callfold's, and their values have the types of their columns.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for SqlValue<'static> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_be_bytes(raw.try_into()?)),
            Type::INT4 => Self::Int(i32::from_be_bytes(raw.try_into()?).into()),
            Type::BOOL => Self::Flag(raw.first().is_some_and(|byte| *byte != 0)),
            Type::BYTEA => raw.to_vec().into(),
            Type::TIMESTAMPTZ => time(i64::from_be_bytes(raw.try_into()?)),
            _ => std::str::from_utf8(raw)?.into(),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn time(micros: i64) -> SqlValue<'static> {
    let at: Option<Timestamp> = DateTime::from_timestamp_micros(micros.saturating_add(EPOCH));
    at.map_or(SqlValue::Null, SqlValue::Time)
}
