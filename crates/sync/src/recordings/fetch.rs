//! Downloads one recording into one file.

use super::{durable::sync_name, name::ending};
use crate::{owed::FetchFailure, record_hash::text_hash};
use callfold_reader::{DetailFailure, Source, text::io_reason};
use callfold_transport::{ByteStream, ErrorKind, ResponseValue, ResumePoint};
use callfold_unify::model::{Recording, Timestamp};
use sha2::{Digest, Sha256};
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

/// Attempts at a download that breaks off.
const MAX_ATTEMPTS: u32 = 4;
/// The directory of unfinished files, below that of the recordings.
pub(super) const UNFINISHED: &str = ".unfinished";

/// A recording that was fetched.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RecordingFile {
    /// Relative to the directory, with `/`.
    pub(super) path: String,
    pub(super) content_type: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// Why a recording was not fetched.
#[derive(Debug)]
pub(super) enum FetchError {
    /// The recording does not exist or is forbidden: the status.
    Gone(u16),
    /// The response is not a recording that is stored; its size, if that is why.
    Refused(&'static str, Option<u64>),
    /// It failed this time: why, and whether the download broke off and can be
    /// resumed.
    Failed(String, bool),
    /// Its host is paused until then, for this reason.
    Paused(Timestamp, String),
    /// Writing the file failed.
    Disk(PathBuf, io::Error),
}

/// Fetches a recording to `stem` below `directory`, and resumes where an earlier
/// attempt broke off.
pub(super) async fn fetch(
    source: &dyn Source,
    recording: &Recording,
    directory: &Path,
    stem: &str,
    cap: u64,
) -> Result<RecordingFile, FetchError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match try_once(source, recording, directory, stem, cap).await {
            Err(FetchError::Failed(reason, true)) if attempt < MAX_ATTEMPTS => {
                tracing::debug!(reason, attempt, "a download broke off");
            }
            result => return result,
        }
    }
}

async fn try_once(
    source: &dyn Source,
    recording: &Recording,
    directory: &Path,
    stem: &str,
    cap: u64,
) -> Result<RecordingFile, FetchError> {
    let mut response = download(source, recording, &ResumePoint::START).await?;
    let content_type = header(&response, "content-type");
    let Some((content_type, ending)) = ending(content_type.as_deref(), &recording.url) else {
        return Err(FetchError::Refused("it is not audio or video", None));
    };
    if let Some(size) = response.content_length().filter(|size| *size > cap) {
        return Err(FetchError::Refused(TOO_LONG, Some(size)));
    }
    let tag = tag(&response, recording);
    let partial = PartialDownload::of(directory, stem);
    let disk = |error| FetchError::Disk(partial.bytes.clone(), error);
    make_directory(&directory.join(UNFINISHED)).await.map_err(disk)?;
    let (mut file, mut hasher, mut size) = partial.open(&tag).await.map_err(disk)?;
    if size > 0 {
        // The file is a part of this recording: request the rest only.
        let from = ResumePoint::after(size, &response);
        let rest = match from.offset() {
            0 => None,
            _ => download(source, recording, &from).await.ok().filter(|rest| rest.status() == 206),
        };
        match rest {
            Some(rest) => response = rest,
            // The file is complete, or nothing proves that it is the same recording:
            // restart.
            None => (hasher, size) = restart(&mut file).await.map_err(disk)?,
        }
    }
    let mut body = response.into_inner();
    while let Some(piece) = body.next().await {
        let broken = |error| FetchError::Failed(DetailFailure::new(Some(&error)).reason, true);
        let piece = piece.map_err(broken)?;
        size += piece.len() as u64;
        if size > cap {
            drop(file);
            partial.remove().await;
            return Err(FetchError::Refused(TOO_LONG, Some(size)));
        }
        hasher.update(&piece);
        file.write_all(&piece).await.map_err(disk)?;
    }
    if size == 0 {
        partial.remove().await;
        return Err(FetchError::Refused("it is empty", Some(0)));
    }
    file.flush().await.map_err(disk)?;
    file.sync_all().await.map_err(disk)?;
    drop(file);
    let path = format!("{stem}.{ending}");
    let whole = directory.join(&path);
    let disk = |error| FetchError::Disk(whole.clone(), error);
    if let Some(parent) = whole.parent() {
        make_directory(parent).await.map_err(disk)?;
    }
    fs::rename(&partial.bytes, &whole).await.map_err(disk)?;
    sync_name(directory, &whole).await.map_err(disk)?;
    partial.remove().await;
    let sha256 = hex(&hasher.finalize());
    Ok(RecordingFile { path, content_type, size, sha256 })
}

/// The reason of a recording that is larger than allowed, as it is stored.
pub(super) const TOO_LONG: &str = "it is too long";

async fn download(
    source: &dyn Source,
    recording: &Recording,
    from: &ResumePoint,
) -> Result<ResponseValue<ByteStream>, FetchError> {
    source.download(recording, from).await.map_err(|error| {
        let request = error.request();
        let status = request.and_then(|error| error.http_status());
        match (status, request.map(|error| error.kind())) {
            (Some(status @ (403 | 404 | 410)), _) => FetchError::Gone(status),
            (_, Some(ErrorKind::InvalidRequest)) if from.offset() == 0 => {
                FetchError::Refused("its URL is invalid", None)
            }
            (_, Some(ErrorKind::Redirected)) => FetchError::Refused("too many redirects", None),
            _ => FetchError::Failed(FetchFailure::from(&error).reason, false),
        }
    })
}

fn header(response: &ResponseValue<ByteStream>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

/// Identifies a recording: responses with one tag are parts of the same.
fn tag(response: &ResponseValue<ByteStream>, recording: &Recording) -> String {
    let total = match header(response, "content-range") {
        Some(range) => range.rsplit('/').next().map(str::to_owned),
        None => response.content_length().map(|length| length.to_string()),
    };
    let etag = header(response, "etag").filter(|etag| !etag.starts_with("W/"));
    let version = etag.or_else(|| header(response, "last-modified"));
    // Without the signature, which changes.
    let plain = recording.url.split(['?', '#']).next().unwrap_or_default();
    let text = format!("{} {} {plain}", total.unwrap_or_default(), version.unwrap_or_default());
    hex(&text_hash(&text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The unfinished file of a recording, and the file with its tag.
pub(super) struct PartialDownload {
    bytes: PathBuf,
    tag: PathBuf,
}

impl PartialDownload {
    pub(super) fn of(directory: &Path, stem: &str) -> Self {
        let bytes = directory.join(UNFINISHED).join(hex(&text_hash(stem)));
        Self { tag: bytes.with_extension("tag"), bytes }
    }

    /// Opens the file with this tag at its end. A file with another tag is
    /// truncated.
    async fn open(&self, tag: &str) -> io::Result<(File, Sha256, u64)> {
        let can_resume = fs::read_to_string(&self.tag).await.is_ok_and(|before| before == tag);
        let mut options = private();
        options.read(true).write(true).create(true).truncate(!can_resume);
        let (mut file, mut hasher, mut size) = (options.open(&self.bytes).await?, Sha256::new(), 0);
        if !can_resume {
            let mut options = private();
            let mut note = options.write(true).create(true).truncate(true).open(&self.tag).await?;
            note.write_all(tag.as_bytes()).await?;
            note.flush().await?;
            return Ok((file, hasher, size));
        }
        let mut piece = vec![0; 64 * 1024];
        loop {
            match file.read(&mut piece).await? {
                0 => return Ok((file, hasher, size)),
                read => {
                    hasher.update(&piece[..read]);
                    size += read as u64;
                }
            }
        }
    }

    /// Removes both files.
    pub(super) async fn remove(&self) {
        for path in [&self.bytes, &self.tag] {
            let _gone = fs::remove_file(path).await;
        }
    }
}

/// Options that create files for their owner only.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// Creates a directory and its parents for their owner only.
async fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    builder.mode(0o700);
    builder.recursive(true).create(path).await
}

async fn restart(file: &mut File) -> io::Result<(Sha256, u64)> {
    file.set_len(0).await?;
    file.rewind().await?;
    Ok((Sha256::new(), 0))
}

/// The reason of a failed write.
pub(super) fn disk_reason(path: &Path, error: &io::Error) -> String {
    format!("cannot write {}: {}", path.display(), io_reason(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_reader::{SettingValue, SourceConfig, vendors};
    use std::sync::{Arc, Mutex};
    use tokio::net::TcpListener;

    const CUT: &str = "0123";

    /// Responds to one request after another, and returns its URL and the requests.
    async fn server(responses: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut responses = responses.into_iter().peekable();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap_or(0);
                log.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).to_lowercase());
                let response = responses.next_if(|_| true).unwrap_or_default();
                let _sent = stream.write_all(response.as_bytes()).await;
                let _closed = stream.shutdown().await;
            }
        });
        (url, asked)
    }

    fn response(status: &str, headers: &str, length: usize, body: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: audio/mpeg\r\ncontent-length: {length}\r\n\
             connection: close\r\n{headers}\r\n{body}"
        )
    }

    /// The file after the first response was cut and these followed, and the requests.
    async fn fetched(first: &str, then: Vec<String>) -> (String, Vec<String>) {
        let mut responses = vec![response("200 OK", first, 10, CUT)];
        responses.extend(then);
        let (url, asked) = server(responses).await;
        let entry = vendors().iter().find(|entry| entry.name == "vozagent").unwrap();
        let config = SourceConfig::new("main")
            .with("base_url", url.as_str())
            .with("rate", SettingValue::FixedRate(1e6))
            .with("retries", SettingValue::Number(0.0))
            .with("api_key", "k-555");
        let source = (entry.open)(&config).unwrap();
        let url = format!("{url}/a.mp3");
        let recording = Recording { url, media_type: None, needs_auth: false };
        let directory = tempfile::tempdir().unwrap();
        let fetched = fetch(&*source, &recording, directory.path(), "a", 1_000).await.unwrap();
        let bytes = std::fs::read_to_string(directory.path().join(&fetched.path)).unwrap();
        assert_eq!(fetched.size, bytes.len() as u64);
        let asked = asked.lock().unwrap().clone();
        (bytes, asked)
    }

    #[tokio::test]
    async fn cut_recording_is_resumed_where_its_etag_is_the_same() {
        let etag = "etag: \"v1\"\r\n";
        let rest = format!("content-range: bytes 4-9/10\r\n{etag}");
        let then = vec![response("200 OK", etag, 10, ""), response("206 X", &rest, 6, "456789")];
        let (bytes, asked) = fetched(etag, then).await;
        assert_eq!(bytes, "0123456789");
        assert!(asked[2].contains("range: bytes=4-\r\n"), "{asked:?}");
        assert!(asked[2].contains("if-range: \"v1\"\r\n"), "{asked:?}");
    }

    #[tokio::test]
    async fn cut_recording_is_never_spliced_with_another() {
        let another = "abcdefghij";
        let (v1, v2) = ("etag: \"v1\"\r\n", "etag: \"v2\"\r\n");
        let part = |tag| {
            let headers = format!("content-range: bytes 4-9/10\r\n{tag}");
            response("206 X", &headers, 6, &another[4..])
        };
        let whole = |tag| response("200 OK", tag, 10, another);
        // They cannot be told apart, or they differ.
        for (first, then) in [
            ("", vec![whole(""), part("")]),
            ("etag: W/\"v1\"\r\n", vec![whole("etag: W/\"v1\"\r\n"), part("")]),
            (v1, vec![whole(v2), part(v2)]),
            (v1, vec![whole(v1), part(v2)]),
            (v1, vec![whole(v1), whole(v2)]),
        ] {
            let (bytes, asked) = fetched(first, then).await;
            assert_eq!(bytes, another, "{first}: {asked:?}");
        }
    }
}
