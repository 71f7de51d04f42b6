//! Files and commands that give more than can be meant, or never end.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Bytes of a file, or that there are more than `most`.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    read_file(File::open(path)?, most)
}

/// The same of a file that is open.
pub(super) fn read_file(file: File, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// What a command left.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// The start of what it printed.
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// How long is waited for output once a command has ended: what it left
/// running may hold the pipe open for ever.
const GRACE: Duration = Duration::from_millis(500);

/// Runs a command for at most `limit` and keeps the first `most` bytes of what
/// it prints; `None` if it did not end by itself. It runs in a process group of
/// its own, so that what it started ends with it.
pub(super) fn run(
    command: &mut Command,
    limit: Duration,
    most: usize,
) -> io::Result<Option<Ended>> {
    let deadline = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command.spawn()?;
    let running = Running::new(&child);
    let stdout = child.stdout.take().map(|pipe| Drain::of(pipe, most));
    let stderr = child.stderr.take().map(|pipe| Drain::of(pipe, most));
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            running.end(&mut child)?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let drained = |drain: Option<Drain>| drain.map(Drain::take).unwrap_or_default();
    Ok(Some(Ended { status, stdout: drained(stdout), stderr: drained(stderr) }))
}

/// The command that runs, by the number of its process and process group; 0
/// when none does. Values are fetched one after the other.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// Ends the command that runs, if any does: the program is about to end.
pub(crate) fn end_running_command() {
    end_group(RUNNING.swap(0, Ordering::SeqCst));
}

/// Notes that a command runs, as long as it is held.
struct Running;

impl Running {
    fn new(child: &Child) -> Self {
        RUNNING.store(child.id(), Ordering::SeqCst);
        Self
    }

    /// Ends the command and whatever else is in its process group.
    fn end(&self, child: &mut Child) -> io::Result<()> {
        // Not waited for yet, so the number is still its own.
        end_group(child.id());
        child.kill()?;
        child.wait().map(drop)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.store(0, Ordering::SeqCst);
    }
}

#[cfg(unix)]
fn end_group(process: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // It may have ended meanwhile.
    let _ = process.map(|process| kill_process_group(process, Signal::KILL));
}

#[cfg(not(unix))]
fn end_group(_: u32) {}

/// What comes out of a pipe, read on a thread so that the pipe never fills.
struct Drain {
    kept: Arc<Mutex<Vec<u8>>>,
    /// Is closed at the end of the pipe.
    end: Receiver<()>,
}

impl Drain {
    fn of(mut pipe: impl Read + Send + 'static, most: usize) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (open, end) = channel::<()>();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let _open = open;
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut chunk) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = most.saturating_sub(kept.len()).min(read);
                kept.extend_from_slice(&chunk[..room]);
            }
        });
        Self { kept, end }
    }

    fn take(self) -> Vec<u8> {
        // Either the pipe has ended, or what came until now has to do.
        let _ = self.end.recv_timeout(GRACE);
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Option<Ended> {
        run(Command::new("sh").args(["-c", script]), limit, 10).expect("a shell")
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn command_that_does_not_end_is_ended() {
        assert!(shell("exec sleep 1000", Duration::from_millis(50)).is_none());
    }

    #[test]
    fn what_a_hanging_command_started_ends_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // Whoever reads the pipe is told when nobody holds it open any more.
        let script = format!("exec 3<>{0}; (sleep 1000) & sleep 1000", pipe.display());
        let watch = thread::spawn({
            let pipe = pipe.clone();
            move || File::open(pipe).unwrap().read_to_end(&mut Vec::new()).unwrap()
        });
        assert!(shell(&script, Duration::from_secs(1)).is_none());
        assert_eq!(watch.join().unwrap(), 0);
    }

    #[test]
    fn output_beyond_the_bound_is_read_and_dropped() {
        let ended = shell("head -c 1000000 /dev/zero; echo no >&2; exit 3", LONG).unwrap();
        assert_eq!((ended.stdout, ended.stderr), (vec![0; 10], b"no\n".to_vec()));
        assert_eq!(ended.status.code(), Some(3));
    }

    #[test]
    fn what_a_command_leaves_running_is_not_waited_for() {
        let begun = Instant::now();
        let ended = shell("echo key; sleep 20 & echo $! >&2", LONG).unwrap();
        assert_eq!(ended.stdout, b"key\n");
        assert!(begun.elapsed() < Duration::from_secs(10));
        let left = String::from_utf8(ended.stderr).unwrap();
        shell(&format!("kill {left}"), LONG).unwrap();
    }

    #[test]
    fn file_without_end_is_not_read_to_the_end() {
        assert_eq!(read(Path::new("/dev/zero"), 100).unwrap(), None);
        assert_eq!(read(Path::new("/dev/null"), 0).unwrap(), Some(Vec::new()));
    }
}
