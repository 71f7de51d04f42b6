//! The calls that a command read, and its report.

use crate::{Error, program::Reader};
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

/// Calls by id, with the values of each time a call was read.
#[derive(Debug, Default)]
pub(crate) struct ReadCalls {
    calls: BTreeMap<String, Vec<String>>,
    /// Calls of a database that are in progress. Their details are fetched again
    /// once their list record changes.
    open: BTreeSet<String>,
}

impl ReadCalls {
    /// Reads the result of a run in `dir`, also that of an unfinished export.
    /// `base` is the sandbox's address, which differs from run to run.
    pub(crate) fn read(reader: Reader, dir: &Path, base: &str) -> Result<Self, Error> {
        let mut read_calls = Self::default();
        let file = dir.join(reader.file());
        if reader == Reader::Sync {
            read_calls.read_database(&file, base)?;
            return Ok(read_calls);
        }
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(_) => stored(dir)?,
        };
        for line in text.lines() {
            let call: Value = serde_json::from_str(line)?;
            let id = call["id"].as_str().ok_or("a call without an id")?.to_owned();
            read_calls.add(id, normalized(line, base));
        }
        Ok(read_calls)
    }

    fn read_database(&mut self, file: &Path, base: &str) -> Result<(), Error> {
        let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let names = callfold_tables::CALLS.iter().map(|column| column.name);
        let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
        let mut summary =
            database.prepare(&format!("SELECT {}, is_final FROM calls", names.join(", ")))?;
        let mut rows = summary.query([])?;
        while let Some(row) = rows.next()? {
            let mut text = String::new();
            for column in 0..names.len() {
                let _ = match row.get_ref(column)? {
                    ValueRef::Text(cell) => write!(text, "{}|", String::from_utf8_lossy(cell)),
                    cell => write!(text, "{cell:?}|"),
                };
            }
            if !row.get::<_, bool>(names.len())? {
                self.open.insert(row.get(0)?);
            }
            self.add(row.get(0)?, normalized(&text, base));
        }
        Ok(())
    }

    fn add(&mut self, id: String, normalized: String) {
        self.calls.entry(id).or_default().push(normalized);
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.calls.contains_key(id)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.calls.keys()
    }

    /// A call that was read more than once.
    pub(crate) fn duplicate(&self) -> Option<&String> {
        self.calls.iter().find(|(_, normalized)| normalized.len() > 1).map(|(id, _)| id)
    }

    /// A finished call whose values differ from those in `other`.
    pub(crate) fn differs<'a>(&'a self, other: &Self) -> Option<&'a String> {
        let differs = |(id, normalized): &(&String, &Vec<String>)| {
            !self.open.contains(*id)
                && other.calls.get(*id).is_some_and(|other| other != *normalized)
        };
        self.calls.iter().find(differs).map(|(id, _)| id)
    }
}

/// The values of a call without what differs from run to run: the sandbox's
/// address and the signatures of links.
fn normalized(text: &str, base: &str) -> String {
    const HOST: &str = "http://sandbox";
    let text = text.replace(base, HOST);
    let mut parts = text.split(HOST);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['"', '|', ' ']).unwrap_or(part.len());
        let link = part[..end].split('?').next().unwrap_or_default();
        plain.extend([HOST, link, &part[end..]]);
    }
    plain
}

/// The complete lines of an unfinished export.
fn stored(dir: &Path) -> Result<String, Error> {
    let partial = dir.join(format!("{}.partial", Reader::Export.file())).join("data");
    let Ok(files) = fs::read_dir(partial) else { return Ok(String::new()) };
    let mut text = String::new();
    for file in files {
        text.push_str(&fs::read_to_string(file?.path())?);
    }
    // The last line may be cut.
    text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    Ok(text)
}

/// Number of recordings that a sync fetched.
pub(crate) fn recordings(dir: &Path) -> Result<usize, Error> {
    let file = dir.join(Reader::Sync.file());
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let count = "SELECT COUNT(*) FROM recordings WHERE path IS NOT NULL";
    let count: i64 = database.query_row(count, [], |row| row.get(0))?;
    Ok(usize::try_from(count)?)
}

/// A run's report on one source.
#[derive(Debug)]
pub(crate) struct SourceSummary(Value);

impl SourceSummary {
    pub(crate) fn read(reader: Reader, dir: &Path, vendor: &str) -> Result<Self, Error> {
        let text = fs::read_to_string(dir.join("report.json"))?;
        let report: Value = serde_json::from_str(&text)?;
        let sources = report["sources"].as_array().ok_or("a report without sources")?;
        let source = sources.iter().find(|source| source["vendor"] == vendor);
        let source = source.ok_or("a source without a summary")?;
        if reader != Reader::Sync {
            return Ok(Self(source.clone()));
        }
        // A sync can take several scans: the last counts, or one that says what is missing.
        let walks = source["scans"].as_array().ok_or("a source without walks")?;
        let is_short = |walk: &&Value| walk["summary"]["verdict"]["is"] == "short_by";
        let walk = walks.iter().find(is_short).or(walks.last()).ok_or("a source without a walk")?;
        let mut summary = walk["summary"].clone();
        summary["matched"] = source["written"]["new"].clone();
        summary["kind"] = walk["kind"].clone();
        Ok(Self(summary))
    }

    /// Whether a sync read everything because no earlier one did.
    pub(crate) fn is_initial_scan(&self) -> bool {
        matches!(self.0["kind"].as_str(), Some("first" | "initial"))
    }

    pub(crate) fn verdict(&self) -> &str {
        self.0["verdict"]["is"].as_str().unwrap_or("none")
    }

    /// Number of announced records that were not listed.
    pub(crate) fn short_by(&self) -> Option<u64> {
        self.0["verdict"]["records"].as_u64()
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.0["error"].as_str()
    }

    pub(crate) fn count(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or(0)
    }

    pub(crate) fn total(&self) -> Option<u64> {
        self.0["total"].as_u64()
    }
}
