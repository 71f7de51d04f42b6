//! Values of small statements: parameters and results, for every database.

use crate::{StoreError, StoreErrorKind, cell::time_text};
use callfold_unify::model::Timestamp;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    Null,
    Text(String),
    Int(i64),
    Flag(bool),
    Time(Timestamp),
    Bytes(Vec<u8>),
}

impl From<&str> for Datum {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Datum {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Datum {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u64> for Datum {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Datum {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for Datum {
    fn from(at: Timestamp) -> Self {
        // What cannot be stored as a time is stored as none.
        if time_text(at).is_some() { Self::Time(at) } else { Self::Null }
    }
}

impl From<Vec<u8>> for Datum {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Datum>> From<Option<T>> for Datum {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of a result.
#[derive(Clone, Debug)]
pub(crate) struct Record(pub(crate) Vec<Datum>);

impl Record {
    fn at(&self, column: usize) -> &Datum {
        self.0.get(column).unwrap_or(&Datum::Null)
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.option_text(column)?.ok_or_else(|| odd(column))
    }

    pub(crate) fn option_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.at(column) {
            Datum::Null => Ok(None),
            Datum::Text(text) => Ok(Some(text)),
            _ => Err(odd(column)),
        }
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.option_int(column)?.ok_or_else(|| odd(column))
    }

    pub(crate) fn option_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.at(column) {
            Datum::Null => Ok(None),
            Datum::Int(number) => Ok(Some(*number)),
            _ => Err(odd(column)),
        }
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        match self.at(column) {
            Datum::Flag(flag) => Ok(*flag),
            Datum::Int(number) => Ok(*number != 0),
            _ => Err(odd(column)),
        }
    }

    pub(crate) fn time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        match self.at(column) {
            Datum::Null => Ok(None),
            Datum::Time(at) => Ok(Some(*at)),
            Datum::Text(text) => text.parse().map(Some).map_err(|_| odd(column)),
            _ => Err(odd(column)),
        }
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.at(column) {
            Datum::Null => Ok(&[]),
            Datum::Bytes(bytes) => Ok(bytes),
            _ => Err(odd(column)),
        }
    }
}

fn odd(column: usize) -> StoreError {
    let problem = format!("the database holds something unexpected in column {column} of a row");
    let cure = "what callfold keeps about its work was changed by something else: begin anew with \
                another database";
    StoreError::new(StoreErrorKind::Broken, problem, cure)
}
