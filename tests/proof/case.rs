//! The rows of the matrix: a fault and how a command is run under it.

use crate::Error;
use callfold_sandbox::{Fault, Faults, Rate, RavanShape};

/// The state of the calls and what a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setup {
    /// All calls.
    Plain,
    /// The calls of the last minutes after months without any; a sync has read the old ones before.
    Recent,
    /// Some calls were deleted since the fault began.
    Shrunk,
    /// Calls are deleted and inserted while they are read.
    Moving,
    /// With the details of each call.
    Details,
    /// With recordings, which only a sync fetches.
    Recordings,
}

/// One row of the matrix.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The faults, as they are written on the command line.
    pub(crate) name: String,
    pub(crate) faults: Faults,
    /// The fault that the row is about.
    pub(crate) fault: Fault,
    pub(crate) setup: Setup,
}

/// Faults with a setting of their own, and the setup that shows each best.
const FAULTS_WITH_SETTINGS: [(&str, Fault, Setup); 21] = [
    ("old-row-first=1", Fault::OldRowFirst, Setup::Recent),
    ("old-row-first=51", Fault::OldRowFirst, Setup::Recent),
    ("short-page=every:3", Fault::ShortPage, Setup::Plain),
    ("empty-page=first:1", Fault::EmptyPage, Setup::Plain),
    ("low-total=30%", Fault::LowTotal, Setup::Plain),
    ("high-total=3", Fault::HighTotal, Setup::Plain),
    ("constant-total=100%", Fault::ConstantTotal, Setup::Shrunk),
    ("delete-and-insert=every:1", Fault::DeleteAndInsert, Setup::Moving),
    ("delete-and-insert=every:3", Fault::DeleteAndInsert, Setup::Moving),
    ("delete-and-insert=first:1", Fault::DeleteAndInsert, Setup::Moving),
    ("delete-only=every:1", Fault::DeleteOnly, Setup::Moving),
    ("delete-only=every:3", Fault::DeleteOnly, Setup::Moving),
    ("delete-only=first:1", Fault::DeleteOnly, Setup::Moving),
    ("odd-byte=every:200", Fault::OddByte, Setup::Plain),
    ("odd-paging=every:1", Fault::OddPaging, Setup::Plain),
    ("detail-503-once=1", Fault::Detail503Once, Setup::Details),
    ("detail-503-once=6", Fault::Detail503Once, Setup::Details),
    ("recording-403-once=1", Fault::Recording403Once, Setup::Recordings),
    ("recording-403-once=6", Fault::Recording403Once, Setup::Recordings),
    ("page-cap=10", Fault::PageCap, Setup::Plain),
    ("page-cap=10, delete-only=first:1", Fault::PageCap, Setup::Moving),
];

/// All rows: each fault that takes a rate, at every `every`th request, and those with settings.
pub(crate) fn cases(every: u64) -> Result<Vec<Case>, Error> {
    let mut cases: Vec<Case> = Vec::new();
    for fault in Fault::all() {
        if fault.default_setting().is_none() {
            let setup = match fault {
                Fault::ExpiredLink => Setup::Recordings,
                _ => Setup::Plain,
            };
            // Only the last page of a list by token meets it.
            let every = if fault == Fault::Endless { 1 } else { every };
            let faults = Faults::none().with(fault, Rate::every(every));
            cases.push(Case { name: fault.name().to_owned(), faults, fault, setup });
            continue;
        }
        let of_fault = FAULTS_WITH_SETTINGS.iter().filter(|(_, of, _)| *of == fault);
        let before = cases.len();
        for (name, _, setup) in of_fault {
            let faults = name.parse()?;
            cases.push(Case { name: (*name).to_owned(), faults, fault, setup: *setup });
        }
        if cases.len() == before {
            return Err(format!("no row of the matrix is about {fault}").into());
        }
    }
    Ok(cases)
}

impl Case {
    /// Whether a client can read each call in spite of the fault, so that reporting missing ones is
    /// not enough.
    pub(crate) fn must_be_complete(&self) -> bool {
        let has_setting = self.fault.default_setting().is_some();
        has_setting
            && self.fault.is_recoverable()
            && matches!(self.setup, Setup::Plain | Setup::Recent)
    }

    /// Whether the list changes once and then stays: a read that starts after that must complete
    /// although the fault is still set.
    pub(crate) fn stops_changing(&self) -> bool {
        self.setup == Setup::Moving && self.name.ends_with("first:1")
    }

    /// The shape of Ravan's list: the documented one announces no total, which some faults change.
    pub(crate) fn ravan_shape(&self) -> RavanShape {
        match self.fault {
            Fault::EmptyPage
            | Fault::LowTotal
            | Fault::HighTotal
            | Fault::ConstantTotal
            | Fault::OddPaging => RavanShape::CamelCaseWithTotal,
            _ => RavanShape::CamelCase,
        }
    }
}

impl Setup {
    /// Extra arguments of every command.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Details => &["--detail", "full"],
            Self::Recordings => &["--detail", "recording"],
            _ => &[],
        }
    }

    /// Whether each call must equal the one read without a fault.
    pub(crate) fn compares(self) -> bool {
        // Recent calls depend on the clock; a single record fetched for its link has more fields.
        !matches!(self, Self::Recent | Self::Recordings)
    }
}
