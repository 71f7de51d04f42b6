//! One recording into one file.

use super::{durable::keep_name, name::ending};
use crate::{owed::Failure, record_hash::text_hash, system_reason};
use callfold_reader::{Missing, Source};
use callfold_transport::{ByteStream, ErrorKind, ResponseValue, ResumePoint};
use callfold_unify::model::{Recording, Timestamp};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

/// How often a recording is asked for that breaks off.
const ATTEMPTS: u32 = 4;
/// Where files lie that are not whole yet, below the directory.
pub(super) const UNFINISHED: &str = ".unfinished";

/// A recording that was fetched.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fetched {
    /// Below the directory, with `/`.
    pub(super) path: String,
    pub(super) content_type: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// Why there is none.
#[derive(Debug)]
pub(super) enum NotFetched {
    /// The address says that there is nothing, or nothing for us: its status.
    Gone(u16),
    /// What came is not to be kept; the size where it is that.
    Refused(&'static str, Option<u64>),
    /// It could not be fetched this time: why, in a few words, and whether a
    /// part of it came and going on can give the rest.
    Failed(String, bool),
    /// The host is left alone until then, for this reason.
    Paused(Timestamp, String),
    /// The disk does not take it.
    Disk(PathBuf, io::Error),
}

/// Fetches a recording to `stem` below `directory`, going on where an earlier
/// attempt was broken off.
pub(super) async fn fetch(
    source: &dyn Source,
    recording: &Recording,
    directory: &Path,
    stem: &str,
    cap: u64,
) -> Result<Fetched, NotFetched> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match try_once(source, recording, directory, stem, cap).await {
            Err(NotFetched::Failed(reason, true)) if attempt < ATTEMPTS => {
                tracing::debug!(reason, attempt, "a recording broke off");
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
) -> Result<Fetched, NotFetched> {
    let mut answer = ask(source, recording, &ResumePoint::START).await?;
    let content_type = header(&answer, "content-type");
    let Some((content_type, ending)) = ending(content_type.as_deref(), &recording.url) else {
        return Err(NotFetched::Refused("it is no audio or video", None));
    };
    if let Some(size) = answer.content_length().filter(|size| *size > cap) {
        return Err(NotFetched::Refused(TOO_LONG, Some(size)));
    }
    let tag = tag(&answer, recording);
    let unfinished = Unfinished::of(directory, stem);
    let disk = |error| NotFetched::Disk(unfinished.bytes.clone(), error);
    make_directory(&directory.join(UNFINISHED)).await.map_err(disk)?;
    let (mut file, mut hasher, mut size) = unfinished.open(&tag).await.map_err(disk)?;
    if size > 0 {
        // What is there is of this very recording: only the rest is asked for.
        let from = ResumePoint::after(size, &answer);
        let rest = match from.offset() {
            0 => None,
            _ => ask(source, recording, &from).await.ok().filter(|rest| rest.status() == 206),
        };
        match rest {
            Some(rest) => answer = rest,
            // All of it is there, or nothing proves that it is the same
            // recording still: from the beginning.
            None => (hasher, size) = begin_anew(&mut file).await.map_err(disk)?,
        }
    }
    let mut body = answer.into_inner();
    while let Some(piece) = body.next().await {
        let broken = |error| NotFetched::Failed(Missing::new(Some(&error)).reason, true);
        let piece = piece.map_err(broken)?;
        size += piece.len() as u64;
        if size > cap {
            drop(file);
            unfinished.remove().await;
            return Err(NotFetched::Refused(TOO_LONG, Some(size)));
        }
        hasher.update(&piece);
        file.write_all(&piece).await.map_err(disk)?;
    }
    if size == 0 {
        unfinished.remove().await;
        return Err(NotFetched::Refused("it is empty", Some(0)));
    }
    file.flush().await.map_err(disk)?;
    file.sync_all().await.map_err(disk)?;
    drop(file);
    let path = format!("{stem}.{ending}");
    let whole = directory.join(&path);
    let disk = |error| NotFetched::Disk(whole.clone(), error);
    if let Some(parent) = whole.parent() {
        make_directory(parent).await.map_err(disk)?;
    }
    fs::rename(&unfinished.bytes, &whole).await.map_err(disk)?;
    keep_name(directory, &whole).await.map_err(disk)?;
    unfinished.remove().await;
    let sha256 = hex(&hasher.finalize());
    Ok(Fetched { path, content_type, size, sha256 })
}

/// What is noted of a recording that has more bytes than allowed.
pub(super) const TOO_LONG: &str = "it is too long";

async fn ask(
    source: &dyn Source,
    recording: &Recording,
    from: &ResumePoint,
) -> Result<ResponseValue<ByteStream>, NotFetched> {
    source.download(recording, from).await.map_err(|error| {
        let request = error.request();
        let status = request.and_then(|error| error.http_status());
        match (status, request.map(|error| error.kind())) {
            (Some(status @ (403 | 404 | 410)), _) => NotFetched::Gone(status),
            (_, Some(ErrorKind::InvalidRequest)) if from.offset() == 0 => {
                NotFetched::Refused("its address cannot be used", None)
            }
            (_, Some(ErrorKind::Redirected)) => {
                NotFetched::Refused("it leads round and round", None)
            }
            _ => NotFetched::Failed(Failure::from(&error).reason, false),
        }
    })
}

fn header(answer: &ResponseValue<ByteStream>, name: &str) -> Option<String> {
    Some(answer.headers().get(name)?.to_str().ok()?.to_owned())
}

/// What tells whether two answers are parts of one recording.
fn tag(answer: &ResponseValue<ByteStream>, recording: &Recording) -> String {
    let total = match header(answer, "content-range") {
        Some(range) => range.rsplit('/').next().map(str::to_owned),
        None => answer.content_length().map(|length| length.to_string()),
    };
    let etag = header(answer, "etag").filter(|etag| !etag.starts_with("W/"));
    let version = etag.or_else(|| header(answer, "last-modified"));
    // Signatures change, what they lead to does not.
    let plain = recording.url.split(['?', '#']).next().unwrap_or_default();
    let text = format!("{} {} {plain}", total.unwrap_or_default(), version.unwrap_or_default());
    hex(&text_hash(&text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A recording that is not whole yet: its bytes, and beside them the tag of
/// what they are of.
pub(super) struct Unfinished {
    bytes: PathBuf,
    tag: PathBuf,
}

impl Unfinished {
    pub(super) fn of(directory: &Path, stem: &str) -> Self {
        let bytes = directory.join(UNFINISHED).join(hex(&text_hash(stem)));
        Self { tag: bytes.with_extension("tag"), bytes }
    }

    /// Opens what there is with this tag, behind its last byte. What is of
    /// something else is thrown away.
    async fn open(&self, tag: &str) -> io::Result<(File, Sha256, u64)> {
        let goes_on = fs::read_to_string(&self.tag).await.is_ok_and(|before| before == tag);
        let mut options = private();
        options.read(true).write(true).create(true).truncate(!goes_on);
        let (mut file, mut hasher, mut size) = (options.open(&self.bytes).await?, Sha256::new(), 0);
        if !goes_on {
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

    /// Removes what there is of it.
    pub(super) async fn remove(&self) {
        for path in [&self.bytes, &self.tag] {
            let _gone = fs::remove_file(path).await;
        }
    }
}

/// Opens files that, if they are made, are their owner's alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// Makes a directory, and those above it, for nobody but their owner.
async fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    builder.mode(0o700);
    builder.recursive(true).create(path).await
}

async fn begin_anew(file: &mut File) -> io::Result<(Sha256, u64)> {
    file.set_len(0).await?;
    file.rewind().await?;
    Ok((Sha256::new(), 0))
}

/// A failure of the disk, as a clause.
pub(super) fn disk_reason(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {}", path.display(), system_reason(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_reader::{SettingValue, SourceConfig, vendors};
    use std::sync::{Arc, Mutex};
    use tokio::net::TcpListener;

    const CUT: &str = "0123";

    /// Answers one request after another, the last answer again and again, and
    /// gives the address and what was asked.
    async fn server(answers: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut answers = answers.into_iter().peekable();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap_or(0);
                log.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).to_lowercase());
                let answer = answers.next_if(|_| true).unwrap_or_default();
                let _sent = stream.write_all(answer.as_bytes()).await;
                let _closed = stream.shutdown().await;
            }
        });
        (url, asked)
    }

    fn answer(status: &str, headers: &str, length: usize, body: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: audio/mpeg\r\ncontent-length: {length}\r\n\
             connection: close\r\n{headers}\r\n{body}"
        )
    }

    /// What is on the disk after the first answer was cut and these followed.
    async fn fetched(first: &str, then: Vec<String>) -> (String, Vec<String>) {
        let mut answers = vec![answer("200 OK", first, 10, CUT)];
        answers.extend(then);
        let (url, asked) = server(answers).await;
        let entry = vendors().iter().find(|entry| entry.name == "vozagent").unwrap();
        let config = SourceConfig::new("main")
            .with("base_url", url.as_str())
            .with("rate", SettingValue::Number(1e6))
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
        let then = vec![answer("200 OK", etag, 10, ""), answer("206 X", &rest, 6, "456789")];
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
            answer("206 X", &headers, 6, &another[4..])
        };
        let whole = |tag| answer("200 OK", tag, 10, another);
        // Nothing tells them apart; or they differ, already or only by now.
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
