//! A sandbox to read, and a directory to write to.

use callfold_export::{Compression, ExportError, ExportOutcome, ExportTarget, Format, Job, Shape};
use callfold_reader::{Query, SettingValue, Source, SourceConfig, vendors};
use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use parquet::file::reader::FileReader;
use std::{
    fs, future,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

/// The calls of a sandbox with so many of each vendor.
pub(crate) fn calls_of(records: usize) -> usize {
    records * callfold_sandbox::vendors().len()
}

/// A sandbox, and somewhere to write.
pub(crate) struct ExportFixture {
    pub(crate) sandbox: Sandbox,
    directory: TempDir,
}

impl ExportFixture {
    /// With so many calls of each vendor.
    pub(crate) async fn new(records: usize) -> Self {
        let world = DatasetOptions { records, ..DatasetOptions::default() };
        let options = SandboxOptions { dataset: world, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        Self { sandbox, directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn sources(&self) -> Vec<Arc<dyn Source>> {
        vendors().iter().map(|vendor| self.source(vendor.name)).collect()
    }

    pub(crate) fn source(&self, vendor: &str) -> Arc<dyn Source> {
        source(&self.sandbox, vendor, "main")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A job for all sources and all calls.
    pub(crate) fn job(&self, name: &str, shape: Shape) -> Job {
        let target = ExportTarget::path(self.path(name));
        Job::new(self.sources(), Query::default(), target, shape)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// What lies in the directory, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

/// A source of that account at the sandbox.
pub(crate) fn source(sandbox: &Sandbox, vendor: &str, account: &str) -> Arc<dyn Source> {
    let entry = vendors().iter().find(|entry| entry.name == vendor).unwrap();
    let config = SourceConfig::new(account)
        .with("base_url", sandbox.base_url(vendor).as_str())
        .with("rate", SettingValue::FixedRate(1e6));
    let credentials = sandbox.credentials(vendor).iter();
    let config = credentials.fold(config, |config, (key, value)| config.with(*key, *value));
    (entry.open)(&config).unwrap().into()
}

/// Runs to the end.
pub(crate) async fn run(job: Job) -> Result<ExportOutcome, ExportError> {
    job.run(future::pending()).await
}

pub(crate) const fn shape(format: Format, compression: Compression) -> Shape {
    Shape { format, compression }
}

pub(crate) const JSONL: Shape = shape(Format::Jsonl, Compression::None);

/// The files below a directory, by their path in it.
pub(crate) fn tree(path: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                files.push(entry.path().strip_prefix(path).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort_unstable();
    files
}

/// A source that nobody answers for.
pub(crate) fn broken(account: &str) -> Arc<dyn Source> {
    let entry = vendors().iter().find(|entry| entry.name == "vaani").unwrap();
    let config = SourceConfig::new(account)
        .with("base_url", "http://127.0.0.1:1")
        .with("api_key", "sandbox-key")
        .with("retries", SettingValue::Number(0.0));
    (entry.open)(&config).unwrap().into()
}

/// The calls of JSON Lines.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = serde_json::Value> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap())
}

/// How many calls a file holds, by a reader of its format.
pub(crate) fn counted(path: &Path, format: Format, compression: Compression) -> usize {
    let mut text = Vec::new();
    let file = fs::File::open(path).unwrap();
    match compression {
        Compression::Gzip => flate2::read::MultiGzDecoder::new(file).read_to_end(&mut text),
        Compression::Zstd => zstd::stream::read::Decoder::new(file).unwrap().read_to_end(&mut text),
        _ => { file }.read_to_end(&mut text),
    }
    .unwrap();
    match format {
        Format::Parquet => {
            let reader = parquet::file::reader::SerializedFileReader::try_from(path).unwrap();
            usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap()
        }
        Format::Csv => {
            csv::Reader::from_reader(text.as_slice()).records().map(Result::unwrap).count()
        }
        _ => lines(&text).count(),
    }
}

/// The permissions of a file or directory.
#[cfg(unix)]
pub(crate) fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Everything below a directory, with its permissions.
#[cfg(unix)]
pub(crate) fn modes_below(path: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            found.push((path.clone(), mode_of(&path)));
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    found
}
