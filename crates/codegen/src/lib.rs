//! Turns a vendor's OpenAPI description into the source of its client.
//!
//! The only code that does so, with two callers: a vendor crate's build script
//! ([`build`]), and `cargo xtask codegen`, which commits the same text. The
//! description is plain OpenAPI 3.0.3 in the dialect of `specs/README.md`; what
//! makes a client tolerant is added here, on the way:
//!
//! 1. *load*: YAML to a value that knows the line of each place in it;
//! 2. *lint*: the dialect, every departure named with its line and with help;
//! 3. *prepare*: `x-rust-type`, open enums, records, sources in descriptions;
//! 4. *generate*: progenitor, then a check that it did what was asked.
//!
//! Nothing here knows a vendor, and no input makes it panic.

mod build_script;
mod catch_panic;
mod error;
mod generate;
mod lint;
mod load;
mod pagination;
mod prepare;
mod refs;
mod spec_metadata;
mod syntax;
mod verify;

use std::path::Path;

use load::SpecDocument;

pub use build_script::build;
pub use error::{Diagnostic, Error, ErrorKind};

/// The sources that a spec becomes, one file each in `src/` of the vendor's crate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sources {
    /// `types.rs`: the types of the records; no network.
    pub types: String,
    /// `client.rs`: the client and its operations.
    pub client: String,
}

impl Sources {
    /// Each file's name and text.
    pub fn files(&self) -> [(&'static str, &str); 2] {
        [("types.rs", &self.types), ("client.rs", &self.client)]
    }
}

/// The sources of the client that the spec describes.
///
/// They depend on the spec's content and file name alone.
///
/// # Errors
///
/// - [`ErrorKind::Io`]: the spec cannot be read.
/// - [`ErrorKind::Syntax`]: it is not YAML.
/// - [`ErrorKind::Dialect`]: it is not in the dialect; every departure is listed.
/// - [`ErrorKind::Generator`]: it is, but the generator refuses it.
pub fn generate(spec: &Path) -> Result<Sources, Error> {
    source(&SpecDocument::read(spec)?)
}

/// Everything in the spec that is not in the dialect, in the order of the file.
///
/// A spec that cannot be read or is not YAML has diagnostics too.
pub fn lint(spec: &Path) -> Vec<Diagnostic> {
    match SpecDocument::read(spec) {
        Ok(document) => lint::lint(&document),
        Err(error) => error.into_diagnostics(),
    }
}

fn source(document: &SpecDocument) -> Result<Sources, Error> {
    let diagnostics = lint::lint(document);
    if diagnostics.is_empty() {
        generate::generate(document)
    } else {
        Err(Error::new(ErrorKind::Dialect, diagnostics))
    }
}

#[cfg(test)]
mod tests;
