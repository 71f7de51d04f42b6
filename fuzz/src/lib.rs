//! What the fuzzers run: each target is a function from any bytes to nothing,
//! which panics where something does not hold.
//!
//! Belongs here: what must hold for any input. The programs in `fuzz_targets/`
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

#[path = "../../crates/cli/src/config/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the file is not looked for here")]
mod config;
#[path = "../../tests/fixtures.rs"]
#[allow(dead_code, reason = "only the bodies are of use")]
mod fixtures;
#[path = "../../tests/mutations/operations.rs"]
#[allow(dead_code, reason = "what the mutations compare is more than what holds for any bytes")]
mod operations;
mod output;
#[path = "../../tests/mutations/tree.rs"]
#[allow(dead_code, reason = "a part is of use")]
mod tree;
#[path = "../../crates/cli/src/when.rs"]
mod when;

/// One target.
pub struct Target {
    /// Its name, which is that of its program.
    pub name: &'static str,
    /// Looks at one input.
    pub run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    /// Texts worth putting into an input.
    pub words: fn() -> Vec<String>,
}

impl Target {
    /// The inputs to begin with: what vendors document, and what was found.
    pub fn inputs(&self) -> Vec<Vec<u8>> {
        let mut inputs = (self.seeds)();
        inputs.extend(seeds::found(self.name));
        inputs
    }
}

/// Every target, the slow ones first.
pub const TARGETS: &[Target] = &[
    Target {
        name: "page_agentvoice",
        run: |data| pages::of("agentvoice", data),
        seeds: || seeds::answers("agentvoice"),
        words: || seeds::names("agentvoice"),
    },
    Target {
        name: "page_ravan",
        run: |data| pages::of("ravan", data),
        seeds: || seeds::answers("ravan"),
        words: || seeds::names("ravan"),
    },
    Target {
        name: "page_vaani",
        run: |data| pages::of("vaani", data),
        seeds: || seeds::answers("vaani"),
        words: || seeds::names("vaani"),
    },
    Target {
        name: "page_vozagent",
        run: |data| pages::of("vozagent", data),
        seeds: || seeds::answers("vozagent"),
        words: || seeds::names("vozagent"),
    },
    Target {
        name: "page_zudu",
        run: |data| pages::of("zudu", data),
        seeds: || seeds::answers("zudu"),
        words: || seeds::names("zudu"),
    },
    Target { name: "record", run: records::edited, seeds: records::seeds, words: seeds::values },
    Target {
        name: "configuration",
        run: configuration::understood,
        seeds: configuration::seeds,
        words: configuration::words,
    },
    Target { name: "refusal", run: refusals::told, seeds: refusals::seeds, words: refusals::words },
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
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").run)(data);
}

#[cfg(test)]
mod tests;
