//! Each target over its seeds, without a fuzzer.

use super::{OTHERS, PAGES, targets};

/// Runs a target over its seeds, and over what a fuzzer does first: each seed
/// cut, and with a byte changed.
fn holds(name: &str) {
    let target = targets().find(|target| target.name == name).expect("a target");
    let seeds = target.inputs();
    assert!(!seeds.is_empty() && !(target.words)().is_empty(), "nothing to begin with");
    for seed in &seeds {
        (target.run)(seed);
        (target.run)(&seed[..seed.len() / 2]);
        let mut changed = seed.clone();
        if let Some(middle) = changed.get_mut(seed.len() / 2) {
            *middle ^= 1;
        }
        (target.run)(&changed);
    }
}

/// One test for each target, so that they run side by side.
macro_rules! each_target {
    ($($target:ident)*) => {
        mod holds {
            $(#[test]
            fn $target() {
                super::holds(stringify!($target));
            })*
        }

        const HELD: &[&str] = &[$(stringify!($target)),*];
    };
}

each_target! { record configuration refusal words cursor checkpoint files }

macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        mod page_holds {
            $(#[test]
            fn $vendor() {
                super::holds(concat!("page_", $name));
            })*
        }
    };
}
callfold_unify::each_vendor!(vendors);

#[test]
fn every_target_has_its_program() {
    let root = callfold_test_support::fixtures::root().join("fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
    let mut programs: Vec<String> = std::fs::read_dir(root.join("fuzz_targets"))
        .expect("the programs")
        .map(|entry| entry.expect("a program").file_name().into_string().expect("a name"))
        .collect();
    programs.sort();
    let mut named: Vec<String> =
        targets().map(|target| format!("{}.rs", target.program())).collect();
    named.sort();
    named.dedup();
    assert_eq!(programs, named);
    for entry in std::fs::read_dir(root.join("regressions")).expect("fuzz/regressions exists") {
        let name = entry.expect("a directory").file_name();
        assert!(targets().any(|target| name == target.name), "{name:?} is no target");
    }
    assert!(OTHERS.iter().map(|target| target.name).eq(HELD.iter().copied()), "each has a test");
    assert!(!PAGES.is_empty());
    for target in targets() {
        let path = format!("path = \"fuzz_targets/{}.rs\"", target.program());
        assert!(manifest.contains(&path), "{path} is not in fuzz/Cargo.toml");
        let program = root.join("fuzz_targets").join(format!("{}.rs", target.program()));
        let program = std::fs::read_to_string(program).expect("a program");
        let named = match target.program() == target.name {
            true => format!("\"{}\"", target.name),
            false => "callfold_tests::fuzz::chosen()".to_owned(),
        };
        assert!(program.contains(&named), "{program}");
    }
}
