//! What the fuzzers run: each target is a function from any bytes to nothing,
//! which panics where something does not hold.
//!
//! Belongs here: what must hold for any input. The programs in `fuzz/fuzz_targets/`
//! only hand it over. The workspace's tests run each target over its seeds, so
//! that it goes on to compile and to hold without a fuzzer.

mod checkpoints;
mod configuration;
mod cursors;
mod files;
mod pages;
mod records;
mod refusals;
mod seeds;
mod words;

use std::sync::LazyLock;

/// One target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Looks at one input.
    pub run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    /// Texts worth putting into an input.
    pub words: fn() -> Vec<String>,
}

impl Target {
    /// The seeds: documented responses and regressions.
    pub fn inputs(&self) -> Vec<Vec<u8>> {
        let mut inputs = (self.seeds)();
        inputs.extend(seeds::regressions(self.name));
        inputs
    }

    /// The program that runs it: that of its name, and `page` for every vendor's pages.
    pub fn program(&self) -> &'static str {
        if self.name.starts_with("page_") { "page" } else { self.name }
    }
}

macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        /// The names of the vendors.
        pub(crate) const VENDORS: &[&str] = &[$($name),*];

        /// The responses of each vendor.
        const PAGES: &[Target] = &[$(Target {
            name: concat!("page_", $name),
            run: |data| pages::of($name, data),
            seeds: || seeds::responses($name),
            words: || seeds::names($name),
        }),*];
    };
}
callfold_unify::each_vendor!(vendors);

/// Every target, the slow ones first.
pub fn targets() -> impl Iterator<Item = &'static Target> {
    PAGES.iter().chain(OTHERS)
}

const OTHERS: &[Target] = &[
    Target { name: "record", run: records::edited, seeds: records::seeds, words: seeds::values },
    Target {
        name: "configuration",
        run: configuration::understood,
        seeds: configuration::seeds,
        words: configuration::words,
    },
    Target {
        name: "refusal",
        run: refusals::check_error_response,
        seeds: refusals::seeds,
        words: refusals::words,
    },
    Target { name: "words", run: words::read, seeds: words::seeds, words: seeds::values },
    Target { name: "cursor", run: cursors::resumed, seeds: cursors::seeds, words: cursors::words },
    Target {
        name: "checkpoint",
        run: checkpoints::resumed,
        seeds: checkpoints::seeds,
        words: checkpoints::words,
    },
    Target { name: "files", run: files::written, seeds: records::few_seeds, words: seeds::values },
];

/// Hands an input to the target of this name.
///
/// # Panics
///
/// Where something does not hold, and for a name that no target has.
pub fn run(name: &str, data: &[u8]) {
    let target = targets().find(|target| target.name == name);
    (target.expect("a target of this name").run)(data);
}

/// The target to run, from the variable `CALLFOLD_FUZZ_TARGET`.
///
/// # Panics
///
/// Where the variable is not set.
pub fn chosen() -> &'static str {
    static CHOSEN: LazyLock<String> = LazyLock::new(|| {
        let name = std::env::var("CALLFOLD_FUZZ_TARGET");
        name.expect("CALLFOLD_FUZZ_TARGET names a target, as fuzz/run sets it")
    });
    &CHOSEN
}

#[cfg(test)]
mod tests;
