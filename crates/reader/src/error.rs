//! Why a source could not be read.

use crate::Field;
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
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Transport(transport::Error),
    Unanswerable(Field),
    TooManyToSort(usize),
    Checkpoint(String),
}

impl ReadError {
    /// A request failed.
    pub(crate) fn transport(vendor: &'static str, account: &str, error: transport::Error) -> Self {
        Self::of(vendor, account, Kind::Transport(error))
    }

    /// The vendor's records say nothing about `field`, so a query that filters
    /// by it has no answer.
    pub(crate) fn unanswerable(vendor: &'static str, account: &str, field: Field) -> Self {
        Self::of(vendor, account, Kind::Unanswerable(field))
    }

    /// More calls than `at_most` would have to be sorted.
    pub(crate) fn too_many(vendor: &'static str, account: &str, at_most: usize) -> Self {
        Self::of(vendor, account, Kind::TooManyToSort(at_most))
    }

    /// A checkpoint belongs to something else: a clause that says how.
    pub(crate) fn checkpoint(vendor: &'static str, account: &str, differs: String) -> Self {
        Self::of(vendor, account, Kind::Checkpoint(differs))
    }

    fn of(vendor: &'static str, account: &str, kind: Kind) -> Self {
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

    /// Why, without the name of the source; one line, as safe as the whole.
    pub fn reason(&self) -> String {
        match &self.0.kind {
            Kind::Transport(error) => error.to_string(),
            Kind::Unanswerable(field) => {
                format!("the vendor's records lack the {}", field.as_str())
            }
            Kind::TooManyToSort(at_most) => format!(
                "the vendor guarantees no order, and more than {at_most} calls would have to be \
                 sorted in memory"
            ),
            Kind::Checkpoint(differs) => format!(
                "the checkpoint does not belong to this query: {differs}; repeat the query it was \
                 made for, or start without it"
            ),
        }
    }

    /// The failed request, when it was one.
    pub fn request(&self) -> Option<&transport::Error> {
        match &self.0.kind {
            Kind::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// How many calls may be sorted, when there were more. Narrow the question
    /// by time or limit, raise the bound, or take the calls as they are read.
    pub fn sort_bound(&self) -> Option<usize> {
        match self.0.kind {
            Kind::TooManyToSort(at_most) => Some(at_most),
            _ => None,
        }
    }

    /// Whether the checkpoint to go on from is of another source or another
    /// question. Ask as it was asked, or begin anew without it.
    pub fn is_checkpoint(&self) -> bool {
        matches!(self.0.kind, Kind::Checkpoint(_))
    }

    /// The part of the query that the vendor's records say nothing about.
    /// Leave the source out, or ask without that part.
    pub fn unanswerable_field(&self) -> Option<Field> {
        match self.0.kind {
            Kind::Unanswerable(field) => Some(field),
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
            Kind::Transport(error) => Some(error),
            _ => None,
        }
    }
}
