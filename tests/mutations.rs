//! Samples x mutations: whatever becomes of a record on its way, no record is
//! lost, none costs another, and nothing panics.
//!
//! Belongs here: what holds for any record of any vendor. Does not belong here:
//! what a field means.

mod check;
mod debug;
mod edits;
mod responses;
mod samples;
mod targets;

use callfold_tests::operations;
use check::{Base, brief};
use edits::Edit;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use samples::samples;
use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What went wrong, each kind once with an example.
#[derive(Default)]
struct Problems(BTreeMap<String, (usize, String)>);

impl Problems {
    /// Runs a check, and keeps what it complains about.
    fn catch(
        &mut self,
        example: impl FnOnce() -> String,
        check: impl FnOnce() -> Result<(), String>,
    ) {
        let problem = match catch_unwind(AssertUnwindSafe(check)) {
            Ok(Ok(())) => return,
            Ok(Err(problem)) => problem,
            Err(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
                (Some(text), _) => format!("panic: {text}"),
                (_, Some(text)) => format!("panic: {text}"),
                _ => "panic".to_owned(),
            },
        };
        let entry = self.0.entry(brief(&problem)).or_insert_with(|| (0, example()));
        entry.0 += 1;
    }

    fn assert_none(self) {
        let line =
            |(problem, (count, example))| format!("{problem}\n    {count} times, as {example}");
        let lines: Vec<String> = self.0.into_iter().map(line).collect();
        assert!(lines.is_empty(), "\n  {}", lines.join("\n  "));
    }
}

fn shown(base: &Base<'_>, edits: &[Edit]) -> String {
    let sample = base.sample;
    let one = |edit: &Edit| {
        let change = brief(&format!("{:?}", edit.change));
        format!("{} {change}", edit.pointer(&sample.record))
    };
    format!("{}: {}", sample.name, edits.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// A pointer with `*` for the items of arrays.
fn shape(pointer: &str) -> String {
    let step = |step: &str| match step.parse::<usize>() {
        Ok(_) => "*".to_owned(),
        Err(_) => step.to_owned(),
    };
    pointer.split('/').map(step).collect::<Vec<_>>().join("/")
}

/// Does everything to every place of every record of an operation. A place
/// where a value of the same type stood before, in this operation or in one of
/// the vendor's before it, gets the short list; the very same value is passed
/// over.
fn mutate_all(vendor: &str, operation: &str) {
    let order = |name: &str| operations::all().position(|known| known.name == name);
    let mut samples = samples(vendor);
    samples.sort_by_key(|sample| order(sample.operation.name));
    samples.retain(|sample| order(sample.operation.name) <= order(operation));
    let (mut kinds, mut values) = (HashSet::new(), HashSet::new());
    let mut problems = Problems::default();
    for sample in &samples {
        let is_it = sample.operation.name == operation;
        let extend = |change| Edit { path: Vec::new(), change };
        let mut all: Vec<Edit> = edits::extensions().map(extend).into();
        if sample.in_list && is_it && kinds.insert((String::new(), None)) {
            all.extend(edits::instead());
        }
        for path in sample.record.places() {
            let place = shape(&sample.record.pointer(&path));
            let text = sample.record.at(&path).text();
            let kind = text.chars().next().map(|c| if c.is_ascii_digit() { '0' } else { c });
            if kinds.insert((place.clone(), kind)) {
                all.extend(edits::edits(&sample.record, &path));
            } else if is_it && values.insert((place, text)) {
                all.extend(edits::few(&path));
            }
        }
        if !is_it {
            continue;
        }
        let base = Base::of(sample);
        for edit in all {
            let edits = [edit];
            problems.catch(|| shown(&base, &edits), || base.check(&edits));
        }
    }
    assert!(samples.iter().any(|sample| sample.operation.name == operation), "no fixture");
    problems.assert_none();
}

/// One test for each vendor, and its operations side by side.
macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        mod each_operation_survives {
            $(#[test]
            fn $vendor() {
                super::mutate_each_of($name);
            })*
        }
    };
}
callfold_unify::each_vendor!(vendors);

fn mutate_each_of(vendor: &str) {
    let operations = operations::all().filter(|operation| operation.vendor == vendor);
    let operations: Vec<_> = operations.map(|operation| operation.name).collect();
    assert!(!operations.is_empty(), "no operation of {vendor}");
    std::thread::scope(|scope| {
        for operation in operations {
            scope.spawn(move || mutate_all(vendor, operation));
        }
    });
}

#[test]
fn member_name_that_is_no_text_costs_no_record() {
    let mut problems = Problems::default();
    for vendor in crate::architecture::vendors() {
        for sample in samples(&vendor) {
            let base = Base::of(&sample);
            let edits = [Edit { path: Vec::new(), change: edits::NAME_THAT_IS_NO_TEXT }];
            problems.catch(|| shown(&base, &edits), || base.check(&edits));
        }
    }
    problems.assert_none();
}

#[test]
fn record_survives_mutations_at_several_places() {
    let vendors = crate::architecture::vendors();
    let samples: Vec<_> = vendors.iter().flat_map(|vendor| samples(vendor)).collect();
    let bases: Vec<_> = samples.iter().map(Base::of).collect();
    let config = Config { cases: 1000, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let which = any::<prop::sample::Index>();
    let places = prop::collection::vec(any::<[prop::sample::Index; 2]>(), 2..=4);
    let outcome = runner.run(&(which, places), |(which, places)| {
        let base = which.get(&bases);
        let edits = several(base, &places);
        let outcome = catch_unwind(AssertUnwindSafe(|| base.check(&edits)));
        let outcome = outcome.unwrap_or_else(|_| Err("panic".to_owned()));
        outcome
            .map_err(|problem| TestCaseError::fail(format!("{problem}: {}", shown(base, &edits))))
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
}

/// One edit at each of some places, none of which lies in another one; in the
/// order in which they can be done.
fn several(base: &Base<'_>, choices: &[[prop::sample::Index; 2]]) -> Vec<Edit> {
    let record = &base.sample.record;
    let places = record.places();
    let mut edits: Vec<Edit> = Vec::new();
    for [place, change] in choices {
        let place = place.get(&places);
        let apart = |edit: &Edit| !edit.path.starts_with(place) && !place.starts_with(&edit.path);
        if edits.iter().all(apart) {
            edits.push(change.get(&edits::edits(record, place)).clone());
        }
    }
    edits.sort_by(|a, b| b.path.cmp(&a.path));
    edits
}
