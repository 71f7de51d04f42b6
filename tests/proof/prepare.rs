//! Prepares the sandbox for a row of the matrix, before the run that is judged.

use crate::{
    Error,
    case::{Case, Setup},
    program::{Program, Reader},
    read_calls::ReadCalls,
    test_bed::TestBed,
};
use callfold_sandbox::{Frequency, SandboxOptions};
use std::{collections::BTreeSet, time::Duration};

/// Details and recordings cost requests for each call.
const MAX_DETAILED: usize = 60;

pub(crate) fn records(setup: Setup, records: usize) -> usize {
    if matches!(setup, Setup::Details | Setup::Recordings) {
        records.min(MAX_DETAILED)
    } else {
        records
    }
}

/// How long calls arrive, one a second, before recent ones are read.
const ARRIVALS: Duration = Duration::from_secs(120);
/// How long calls are deleted, one a second, from a list that shrinks.
const DELETED: Duration = Duration::from_secs(7);

/// A prepared run.
pub(crate) struct PreparedRun {
    pub(crate) test_bed: TestBed,
    /// Extra arguments of the command.
    pub(crate) extra_args: Vec<String>,
    /// The calls that the run must read, unless they are deleted meanwhile.
    pub(crate) wanted: BTreeSet<String>,
    /// The database before the run.
    pub(crate) previous: Option<ReadCalls>,
}

/// Starts a sandbox in the state of the case, with its faults.
pub(crate) async fn prepare(
    program: &Program,
    case: &Case,
    vendor: &'static str,
    reader: Reader,
    all: usize,
) -> Result<PreparedRun, Error> {
    let setup = case.setup;
    let once_a_second = Frequency::per_second(1.0);
    let mut options = SandboxOptions::default().records(records(setup, all));
    options.dataset.ravan_shape = case.ravan_shape();
    match setup {
        Setup::Recent => options = options.grow(once_a_second),
        Setup::Shrunk => options = options.delete(once_a_second),
        _ => {}
    }
    let test_bed = TestBed::start(options, &[vendor]).await?;
    let faults = case.faults.clone();
    let mut extra_args: Vec<String> =
        setup.arguments().iter().map(|word| (*word).to_owned()).collect();
    let (mut previous, mut since) = (None, None);
    if setup == Setup::Recent {
        if reader == Reader::Sync {
            let exit = program.run(reader, &[], test_bed.dir()).await?;
            if exit.code != 0 {
                return Err(format!("without a fault: {}", exit.stderr.trim()).into());
            }
            previous = Some(test_bed.read(reader)?);
        }
        test_bed.sandbox.advance(ARRIVALS);
        test_bed.sandbox.freeze();
        if reader != Reader::Sync {
            since = test_bed.first_arrival();
            let text = since.ok_or("no call arrived")?.to_rfc3339();
            extra_args.extend(["--since".to_owned(), text]);
        }
    }
    test_bed.set_faults(faults);
    if setup == Setup::Shrunk {
        test_bed.sandbox.advance(DELETED);
        test_bed.sandbox.freeze();
    }
    if setup == Setup::Recordings && reader == Reader::Sync {
        extra_args.extend(["--recordings".to_owned(), "recordings".to_owned()]);
    }
    let wanted = since.map_or_else(|| test_bed.truth(), |since| test_bed.truth_since(since));
    Ok(PreparedRun { test_bed, extra_args, wanted, previous })
}
