//! The error of a source that could not be read.

use crate::FilterField;
use callfold_transport as transport;
use std::{error::Error, fmt};

/// Reading one source failed.
///
/// `Display` is one line that names the source and holds nothing that is
/// secret or belongs to a person.
#[derive(Debug)]
pub struct ReadError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    vendor: &'static str,
    account: String,
    kind: ReadErrorKind,
}

#[derive(Debug)]
pub(crate) enum ReadErrorKind {
    /// A request failed.
    Request(transport::Error),
    /// The query filters by a field that the vendor's records lack.
    Unsupported(FilterField),
    /// More calls than this match and would have to be sorted.
    TooManyToSort(usize),
    /// A checkpoint of another source or query: a clause that says how.
    CheckpointMismatch(String),
}

impl ReadError {
    pub(crate) fn new(vendor: &'static str, account: &str, kind: ReadErrorKind) -> Self {
        Self(Box::new(Inner { vendor, account: account.to_owned(), kind }))
    }

    /// The vendor's name.
    pub fn vendor(&self) -> &'static str {
        self.0.vendor
    }

    /// The name the user gave the source.
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// The reason, without the name of the source: one line, as safe to log as
    /// the whole.
    pub fn reason(&self) -> String {
        match &self.0.kind {
            ReadErrorKind::Request(error) => error.to_string(),
            ReadErrorKind::Unsupported(field) => {
                format!("the vendor's records lack the {}", field.as_str())
            }
            ReadErrorKind::TooManyToSort(at_most) => format!(
                "more than {at_most} calls match, and the vendor states no order: they cannot \
                 be sorted in memory"
            ),
            ReadErrorKind::CheckpointMismatch(differs) => format!(
                "the checkpoint is of another source or query: {differs}; repeat the earlier \
                 query, or restart without the checkpoint"
            ),
        }
    }

    /// The failed request, when it was one.
    pub fn request(&self) -> Option<&transport::Error> {
        match &self.0.kind {
            ReadErrorKind::Request(error) => Some(error),
            _ => None,
        }
    }

    /// Most calls that may be sorted, when more matched. Narrow the query by time
    /// or limit, raise [`Query::max_sorted`](crate::Query::max_sorted), or read
    /// unsorted.
    pub fn sort_limit(&self) -> Option<usize> {
        match self.0.kind {
            ReadErrorKind::TooManyToSort(at_most) => Some(at_most),
            _ => None,
        }
    }

    /// Whether the checkpoint is of another source or query. Repeat the earlier
    /// query, or restart without the checkpoint.
    pub fn is_checkpoint_mismatch(&self) -> bool {
        matches!(self.0.kind, ReadErrorKind::CheckpointMismatch(_))
    }

    /// The field of the query that the vendor's records lack. Leave the source
    /// out, or remove the filter.
    pub fn unsupported_field(&self) -> Option<FilterField> {
        match self.0.kind {
            ReadErrorKind::Unsupported(field) => Some(field),
            _ => None,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.0.account, self.0.vendor, self.reason())
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.kind {
            ReadErrorKind::Request(error) => Some(error),
            _ => None,
        }
    }
}
