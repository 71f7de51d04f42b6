//! The random scenario of a round of the soak.

use crate::{Error, program::Reader};
use callfold_sandbox::{Faults, Frequency, RavanShape, SandboxOptions};
use fastrand::Rng;
use std::fmt;

/// Calls, faults and runs of a round.
#[derive(Debug)]
pub(crate) struct Scenario {
    seed: u64,
    records: usize,
    ravan_shape: RavanShape,
    grow: Option<u64>,
    delete: Option<u64>,
    faults: Faults,
    details: bool,
    /// Whether syncs fetch recordings.
    pub(crate) recordings: bool,
    /// Number of requests after which runs are killed: the export, then one sync each.
    pub(crate) kills: Vec<u64>,
}

/// A fault that may be drawn: its name, and the settings it may have.
type FaultChoice = (&'static str, &'static [&'static str]);

/// Faults of responses.
const RESPONSES: [FaultChoice; 13] = [
    ("rate-limit", &["1%", "every:20"]),
    ("rate-limit-bare", &["2%"]),
    ("error-500", &["3%", "first:2"]),
    ("error-502", &["3%", "every:9"]),
    ("error-503", &["5%", "every:4"]),
    ("reset", &["3%"]),
    ("cut-body", &["3%", "every:8"]),
    ("half-json", &["3%"]),
    ("html", &["3%"]),
    ("slow-drip", &["2%"]),
    ("gzip", &["20%"]),
    ("gzip-cut", &["3%"]),
    ("stall", &["0.5%"]),
];

/// Faults of lists.
const LISTS: [FaultChoice; 14] = [
    ("old-row-first", &["1", "7", "51", "10%"]),
    ("short-page", &["every:3", "every:1", "40%", "first:1"]),
    ("empty-page", &["first:1", "every:2"]),
    ("low-total", &["30%", "90%", "17", "0"]),
    ("high-total", &["1", "3", "20%"]),
    ("constant-total", &["100%", "50%"]),
    ("delete-and-insert", &["every:1", "every:3", "first:1", "20%"]),
    ("delete-only", &["every:2", "first:1", "20%"]),
    ("odd-paging", &["every:1", "30%"]),
    // One record a page takes longer than a run may; the tests of transport cover it.
    ("page-cap", &["5", "7", "10", "33"]),
    ("duplicate-page", &["3%"]),
    ("wrong-total", &["20%", "every:1"]),
    ("endless", &["every:1", "10%"]),
    ("expired-token", &["3%", "every:5"]),
];

/// Faults of records.
const RECORDS: [FaultChoice; 8] = [
    ("drift", &["2%", "20%"]),
    ("bad-id", &["1%", "every:50"]),
    ("odd-byte", &["1%", "every:40", "first:1"]),
    ("detail-503-once", &["1", "3", "6"]),
    ("recording-403-once", &["1", "6"]),
    ("expired-link", &["every:3"]),
    ("redirect", &["0.5%"]),
    ("bad-time", &["1%"]),
];

impl Scenario {
    /// The scenario of a seed.
    pub(crate) fn draw(seed: u64) -> Result<Self, Error> {
        let mut rng = Rng::with_seed(seed);
        let vendors: Vec<_> = callfold_sandbox::vendors().collect();
        let details = rng.u8(..4) == 0;
        let records = if details { rng.usize(20..=60) } else { rng.usize(40..=420) };
        let shapes = [RavanShape::CamelCase, RavanShape::CamelCaseWithTotal, RavanShape::SnakeCase];
        let mut faults = Vec::new();
        for (pool, max) in [(&RESPONSES[..], 3), (&LISTS[..], 3), (&RECORDS[..], 2)] {
            let count = rng.usize(0..=max);
            for (name, settings) in rng.choose_multiple(pool, count) {
                let setting = settings[rng.usize(..settings.len())];
                let vendor = match rng.bool() {
                    true => format!("@{}", vendors[rng.usize(..vendors.len())]),
                    false => String::new(),
                };
                faults.push(format!("{name}={setting}{vendor}"));
            }
        }
        let faults = match faults.is_empty() {
            true => Faults::none(),
            false => faults.join(",").parse::<Faults>()?,
        };
        let kills = 1 + rng.usize(0..=3);
        Ok(Self {
            seed,
            records,
            ravan_shape: shapes[rng.usize(..shapes.len())],
            // A list that grows faster than its calls' details can be fetched has no end.
            grow: rng.bool().then(|| rng.u64(1..=if details { 2 } else { 10 })),
            delete: rng.bool().then(|| rng.u64(1..=3)),
            faults: faults.seed(seed),
            details,
            recordings: details && rng.bool(),
            kills: (0..kills).map(|_| rng.u64(1..=60)).collect(),
        })
    }

    pub(crate) fn options(&self) -> SandboxOptions {
        let frequency =
            |number: Option<u64>| number.map(|number| Frequency::per_second(number as f64));
        let mut options = SandboxOptions::default().records(self.records).seed(self.seed);
        options.dataset.ravan_shape = self.ravan_shape;
        (options.grow, options.delete) = (frequency(self.grow), frequency(self.delete));
        options.faults(&self.faults).fault_seed(self.seed)
    }

    /// Extra arguments of a command.
    pub(crate) fn arguments(&self, reader: Reader) -> &'static [&'static str] {
        match reader {
            Reader::Sync if self.recordings => &["--detail", "full", "--recordings", "recordings"],
            _ if self.details => &["--detail", "full"],
            _ => &[],
        }
    }

    /// Whether a record may keep other values once it was read.
    pub(crate) fn has_drift(&self) -> bool {
        let faults = self.faults.to_string();
        ["drift", "bad-"].iter().any(|name| faults.contains(name))
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls", self.records)?;
        if let Some(grow) = self.grow {
            write!(f, ", grow {grow}/s")?;
        }
        if let Some(delete) = self.delete {
            write!(f, ", delete {delete}/s")?;
        }
        if self.ravan_shape != RavanShape::CamelCase {
            write!(f, ", ravan {:?}", self.ravan_shape)?;
        }
        if self.details {
            f.write_str(", details")?;
        }
        if self.recordings {
            f.write_str(" and recordings")?;
        }
        if !self.faults.is_none() {
            write!(f, ", {}", self.faults)?;
        }
        Ok(())
    }
}
