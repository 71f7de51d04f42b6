//! What can be asked of a command under a fault.

use crate::Error;
use callfold_sandbox::{Fault, Faults, Rate, RavanShape};

/// How the world is and what a command is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setup {
    /// Everything there is.
    Plain,
    /// The calls of the last minutes, behind months without any; a sync had the old ones before.
    Recent,
    /// Some calls were deleted since the fault began.
    Shrunk,
    /// Calls vanish and appear while they are read.
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

/// Habits of vendors, and how each shows best.
const HABITS: [(&str, Fault, Setup); 21] = [
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

/// All rows: each kind that has no setting of its own at every `every`th request, and the habits.
pub(crate) fn cases(every: u64) -> Result<Vec<Case>, Error> {
    let mut cases: Vec<Case> = Vec::new();
    for fault in Fault::all() {
        if fault.default_setting().is_none() {
            let setup = match fault {
                Fault::ExpiredLink => Setup::Recordings,
                _ => Setup::Plain,
            };
            let faults = Faults::none().with(fault, Rate::every(every));
            cases.push(Case { name: fault.name().to_owned(), faults, fault, setup });
            continue;
        }
        let of_fault = HABITS.iter().filter(|(_, of, _)| *of == fault);
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
    /// Whether a client can have each call in spite of the fault, so that naming what is missing is
    /// not enough.
    pub(crate) fn wants_all(&self) -> bool {
        let is_habit = self.fault.default_setting().is_some();
        is_habit
            && self.fault.is_recoverable()
            && matches!(self.setup, Setup::Plain | Setup::Recent)
    }

    /// Whether the list moves once and then stays: a read that begins after it has to come to its
    /// end although the fault goes on.
    pub(crate) fn comes_to_rest(&self) -> bool {
        self.setup == Setup::Moving && self.name.ends_with("first:1")
    }

    /// The shape of Ravan's list: the documented one announces no total, about which some rows are.
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
    /// What is added to the command line of every command.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Details => &["--detail", "full"],
            Self::Recordings => &["--detail", "recording"],
            _ => &[],
        }
    }

    /// Whether each call must be given as it is without a fault.
    pub(crate) fn compares(self) -> bool {
        // Recent calls depend on the clock; a record that was asked for for its link tells more.
        !matches!(self, Self::Recent | Self::Recordings)
    }
}
