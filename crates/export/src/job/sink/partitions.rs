//! A data set of many files in directories named after values.
//!
//! Calls wait in memory until there are enough of a directory, or too many of
//! all; then they go to its file. Few files are open at once: the one that was
//! used least recently makes way.

use super::{Content, Pace, Recipe, Sink, check, reopen, segments::Whole};
use crate::{
    PartitionBy, Position,
    job::{Calls, encoding::weight_of, error::ExportError},
    journal::{Kept, KeptFile},
    partition::directory,
    target::{
        local::files_below,
        private::{self, UnsyncedDirectories},
        staging,
    },
};
use callfold_unify::model::Call;
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

/// Calls of one directory that wait at most.
const CALLS_WAITING: usize = 1_000;
/// Bytes of calls of all directories that wait at most, about.
const WAITING: usize = 16 << 20;
/// Files that are open at once.
const OPEN: usize = 64;
/// Files that are open at once where an open one takes memory.
const OPEN_WHOLE: usize = 12;

/// A data set of many files.
pub(crate) struct Partitions {
    data: PathBuf,
    by: Vec<PartitionBy>,
    recipe: Recipe,
    run: String,
    /// In order, so that which goes first depends on the calls only.
    waiting: BTreeMap<String, Waiting>,
    weight: usize,
    /// Files that calls can be appended to, by directory.
    files: HashMap<String, usize>,
    open: HashMap<String, Open>,
    clock: u64,
    kept: Kept,
    unsynced: UnsyncedDirectories,
}

#[derive(Default)]
struct Waiting {
    calls: Calls,
    weight: usize,
}

struct Open {
    part: Part,
    used: u64,
}

enum Part {
    /// Which of the kept files it is.
    Appended(File, usize),
    Whole(Box<Whole>),
}

impl Partitions {
    pub(crate) fn open(
        data: &Path,
        kept: &Kept,
        by: Vec<PartitionBy>,
        run: String,
        recipe: Recipe,
    ) -> Result<Self, ExportError> {
        let appendable = recipe.shape.format.is_appendable();
        let mut files = HashMap::new();
        for (index, file) in kept.files.iter().enumerate() {
            if appendable {
                drop(reopen(data, file)?);
                let (directory, _) = file.path.rsplit_once('/').unwrap_or_default();
                files.insert(directory.to_owned(), index);
            } else {
                check(data, file)?;
            }
        }
        let known: Vec<_> = kept.files.iter().map(|file| data.join(&file.path)).collect();
        for file in files_below(data)? {
            if !known.contains(&file) {
                staging::remove(&file)?;
            }
        }
        Ok(Self {
            data: data.to_owned(),
            by,
            recipe,
            run,
            waiting: BTreeMap::new(),
            weight: 0,
            files,
            open: HashMap::new(),
            clock: 0,
            kept: kept.clone(),
            unsynced: UnsyncedDirectories::default(),
        })
    }

    fn add(&mut self, call: Box<Call>) -> Result<(), ExportError> {
        let directory = directory(&self.by, &call, &self.recipe.options.privacy);
        let weight = weight_of(&call);
        self.weight += weight;
        let waiting = self.waiting.entry(directory).or_default();
        waiting.weight += weight;
        waiting.calls.push(call);
        let full = waiting.calls.len() >= CALLS_WAITING;
        if !full && self.weight < WAITING {
            return Ok(());
        }
        let most = self.waiting.iter().max_by_key(|(_, waiting)| waiting.weight);
        let Some(directory) = most.map(|(directory, _)| directory.clone()) else { return Ok(()) };
        self.write(&directory)
    }

    /// Writes what waits for a directory to its file.
    fn write(&mut self, directory: &str) -> Result<(), ExportError> {
        let Some(Waiting { calls, weight }) = self.waiting.remove(directory) else { return Ok(()) };
        self.weight -= weight;
        self.clock += 1;
        if !self.open.contains_key(directory) {
            self.make_way()?;
            let part = self.part(directory)?;
            self.open.insert(directory.to_owned(), Open { part, used: 0 });
        }
        let Some(open) = self.open.get_mut(directory) else { return Ok(()) };
        open.used = self.clock;
        match &mut open.part {
            Part::Whole(whole) => whole.push(&calls),
            Part::Appended(file, index) => {
                let kept = &mut self.kept.files[*index];
                let position = if kept.bytes == 0 { Position::Start } else { Position::After };
                let mut bytes = Vec::new();
                self.recipe.encode(&calls, position, &mut bytes)?;
                let written = file.write_all(&bytes);
                written.map_err(|error| {
                    ExportError::io("written", &self.data.join(&kept.path), error)
                })?;
                kept.bytes += bytes.len() as u64;
                kept.calls += calls.len() as u64;
                Ok(())
            }
        }
    }

    /// Closes the file that was used least recently, where too many are open.
    fn make_way(&mut self) -> Result<(), ExportError> {
        let appendable = self.recipe.shape.format.is_appendable();
        if self.open.len() < if appendable { OPEN } else { OPEN_WHOLE } {
            return Ok(());
        }
        let oldest = self.open.iter().min_by_key(|(_, open)| open.used);
        let Some(directory) = oldest.map(|(directory, _)| directory.clone()) else { return Ok(()) };
        match self.open.remove(&directory) {
            Some(open) => self.close(open.part),
            None => Ok(()),
        }
    }

    fn close(&mut self, part: Part) -> Result<(), ExportError> {
        match part {
            Part::Appended(file, index) => sync(&file, &self.data, &self.kept.files[index]),
            Part::Whole(whole) => {
                self.kept.files.push(whole.end()?);
                Ok(())
            }
        }
    }

    /// The file of a directory, opened.
    fn part(&mut self, directory: &str) -> Result<Part, ExportError> {
        if let Some(index) = self.files.get(directory) {
            return Ok(Part::Appended(reopen(&self.data, &self.kept.files[*index])?, *index));
        }
        staging::make(&self.data.join(directory))?;
        self.kept.begun += 1;
        let extension = self.recipe.shape.extension();
        let path = format!("{directory}/part-{}-{:05}.{extension}", self.run, self.kept.begun);
        self.unsynced.add(&self.data, &self.data.join(&path));
        if !self.recipe.shape.format.is_appendable() {
            let whole = Whole::create(&self.data, path, &self.recipe)?;
            return Ok(Part::Whole(Box::new(whole)));
        }
        let full = self.data.join(&path);
        let file =
            private::create(&full).map_err(|error| ExportError::io("created", &full, error))?;
        self.kept.files.push(KeptFile { path, bytes: 0, calls: 0 });
        let index = self.kept.files.len() - 1;
        self.files.insert(directory.to_owned(), index);
        Ok(Part::Appended(file, index))
    }
}

fn sync(file: &File, data: &Path, kept: &KeptFile) -> Result<(), ExportError> {
    let synced = file.sync_data();
    synced.map_err(|error| ExportError::io("written", &data.join(&kept.path), error))
}

impl Sink for Partitions {
    fn put(&mut self, content: Content) -> Result<(), ExportError> {
        match content {
            Content::Calls(calls) => calls.into_iter().try_for_each(|call| self.add(call)),
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<Kept, ExportError> {
        while let Some(directory) = self.waiting.keys().next().cloned() {
            self.write(&directory)?;
        }
        let mut open: Vec<_> = std::mem::take(&mut self.open).into_iter().collect();
        open.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (directory, open) in open {
            match open.part {
                Part::Appended(file, index) => {
                    sync(&file, &self.data, &self.kept.files[index])?;
                    let part = Part::Appended(file, index);
                    self.open.insert(directory, Open { part, used: open.used });
                }
                part => self.close(part)?,
            }
        }
        self.unsynced.sync()?;
        Ok(self.kept.clone())
    }

    fn pace(&self) -> Pace {
        if self.recipe.shape.format.is_appendable() { Pace::Sometimes } else { Pace::Seldom }
    }

    fn size(&self) -> (u64, u64) {
        let closed: u64 = self.kept.files.iter().map(|file| file.bytes).sum();
        let open = self.open.values().map(|open| match &open.part {
            Part::Appended(..) => 0,
            Part::Whole(whole) => whole.bytes(),
        });
        (closed + open.sum::<u64>(), self.kept.begun)
    }
}
