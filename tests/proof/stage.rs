//! The world as a row of the matrix wants it, before the run that is judged.

use crate::{
    Error,
    case::{Case, Setup},
    given::Given,
    program::{Program, Reader},
    scene::Scene,
};
use callfold_sandbox::{Frequency, SandboxOptions};
use std::{collections::BTreeSet, time::Duration};

/// Details and recordings cost requests for each call.
const FEW: usize = 60;

pub(crate) fn records(setup: Setup, records: usize) -> usize {
    if matches!(setup, Setup::Details | Setup::Recordings) { records.min(FEW) } else { records }
}

/// So long calls arrive, one a second, for a question about recent ones.
const ARRIVALS: Duration = Duration::from_secs(120);
/// So long calls are deleted, one a second, from a list that shrinks.
const DELETED: Duration = Duration::from_secs(7);

/// A run that is about to begin.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    /// What is added to the command line.
    pub(crate) more: Vec<String>,
    /// The calls that the run has to find, as far as they last.
    pub(crate) wanted: BTreeSet<String>,
    /// What the database has before it.
    pub(crate) had: Option<Given>,
}

/// Lets the world be as the case wants it, with its faults.
pub(crate) async fn stage(
    program: &Program,
    case: &Case,
    vendor: &'static str,
    reader: Reader,
    all: usize,
) -> Result<Stage, Error> {
    let setup = case.setup;
    let once_a_second = Frequency::per_second(1.0);
    let mut options = SandboxOptions::default().records(records(setup, all));
    options.world.ravan_shape = case.ravan_shape();
    match setup {
        Setup::Recent => options = options.grow(once_a_second),
        Setup::Shrunk => options = options.delete(once_a_second),
        _ => {}
    }
    let scene = Scene::start(options, &[vendor]).await?;
    let faults = case.faults.clone();
    let mut more: Vec<String> = setup.arguments().iter().map(|word| (*word).to_owned()).collect();
    let (mut had, mut since) = (None, None);
    if setup == Setup::Recent {
        if reader == Reader::Sync {
            let ran = program.run(reader, &[], scene.dir()).await?;
            if ran.code != 0 {
                return Err(format!("without a fault: {}", ran.stderr.trim()).into());
            }
            had = Some(scene.given(reader)?);
        }
        scene.sandbox.pass(ARRIVALS);
        scene.sandbox.hold();
        if reader != Reader::Sync {
            since = scene.first_arrival();
            let text = since.ok_or("no call arrived")?.to_rfc3339();
            more.extend(["--since".to_owned(), text]);
        }
    }
    scene.set_faults(faults);
    if setup == Setup::Shrunk {
        scene.sandbox.pass(DELETED);
        scene.sandbox.hold();
    }
    if setup == Setup::Recordings && reader == Reader::Sync {
        more.extend(["--recordings".to_owned(), "recordings".to_owned()]);
    }
    let wanted = since.map_or_else(|| scene.truth(), |since| scene.truth_since(since));
    Ok(Stage { scene, more, wanted, had })
}
