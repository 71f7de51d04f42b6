//! Files and commands with bounded output and time.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// The bytes of a file, or `None` if there are more than `max`.
pub(super) fn read(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    read_file(File::open(path)?, max)
}

/// The same for an open file.
pub(super) fn read_file(file: File, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max).then_some(bytes))
}

/// The output of a command.
#[derive(Debug)]
pub(super) struct CommandOutput {
    pub(super) status: ExitStatus,
    /// The start of its output.
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// How long to wait for output after a command has ended: a background process of it may hold the
/// pipe open.
const GRACE: Duration = Duration::from_millis(500);

/// Runs a command for at most `limit` and keeps the first `max` bytes of each output; `None` if it
/// was killed. It runs in its own process group, so that its children are killed with it.
pub(super) fn run(
    command: &mut Command,
    limit: Duration,
    max: usize,
) -> io::Result<Option<CommandOutput>> {
    let deadline = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let (mut child, running) = RunningCommand::spawn(command)?;
    let stdout = child.stdout.take().map(|pipe| Drain::new(pipe, max));
    let stderr = child.stderr.take().map(|pipe| Drain::new(pipe, max));
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            running.kill(&mut child)?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let drained = |drain: Option<Drain>| drain.map(Drain::take).unwrap_or_default();
    Ok(Some(CommandOutput { status, stdout: drained(stdout), stderr: drained(stderr) }))
}

/// The process group of the running command, or 0. Values are fetched one at a time. Locked while
/// a command starts: it could do something before its id is known here.
static RUNNING: Mutex<u32> = Mutex::new(0);

fn running() -> MutexGuard<'static, u32> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills the running command, if any, before the program exits.
pub(crate) fn kill_running_command() {
    kill_group(std::mem::take(&mut *running()));
}

/// Registers the running command while it is held.
struct RunningCommand;

impl RunningCommand {
    fn spawn(command: &mut Command) -> io::Result<(Child, Self)> {
        let mut running = running();
        let child = command.spawn()?;
        *running = child.id();
        Ok((child, Self))
    }

    /// Kills the command and its process group.
    fn kill(&self, child: &mut Child) -> io::Result<()> {
        // The child is not reaped yet, so the id is still its own.
        kill_group(child.id());
        child.kill()?;
        child.wait().map(drop)
    }
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        *running() = 0;
    }
}

#[cfg(unix)]
fn kill_group(process: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // It may have ended already.
    let _ = process.map(|process| kill_process_group(process, Signal::KILL));
}

#[cfg(not(unix))]
fn kill_group(_: u32) {}

/// Reads a pipe on a thread, so that it never fills.
struct Drain {
    kept: Arc<Mutex<Vec<u8>>>,
    /// Closed at the end of the pipe.
    end: Receiver<()>,
}

impl Drain {
    fn new(mut pipe: impl Read + Send + 'static, max: usize) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (open, end) = channel::<()>();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let _open = open;
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut chunk) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = max.saturating_sub(kept.len()).min(read);
                kept.extend_from_slice(&chunk[..room]);
            }
        });
        Self { kept, end }
    }

    fn take(self) -> Vec<u8> {
        // Take what has arrived if the pipe is still open.
        let _ = self.end.recv_timeout(GRACE);
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Option<CommandOutput> {
        run(Command::new("sh").args(["-c", script]), limit, 10).expect("a shell")
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn command_that_does_not_end_is_killed() {
        assert!(shell("exec sleep 1000", Duration::from_millis(50)).is_none());
    }

    #[test]
    fn children_of_a_hanging_command_are_killed() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // The reader sees the end of the pipe once no process holds it open.
        let script = format!("exec 3<>{0}; (sleep 1000) & sleep 1000", pipe.display());
        let watch = thread::spawn({
            let pipe = pipe.clone();
            move || File::open(pipe).unwrap().read_to_end(&mut Vec::new()).unwrap()
        });
        assert!(shell(&script, Duration::from_secs(1)).is_none());
        assert_eq!(watch.join().unwrap(), 0);
    }

    #[test]
    fn output_beyond_the_limit_is_dropped() {
        let ended = shell("head -c 1000000 /dev/zero; echo no >&2; exit 3", LONG).unwrap();
        assert_eq!((ended.stdout, ended.stderr), (vec![0; 10], b"no\n".to_vec()));
        assert_eq!(ended.status.code(), Some(3));
    }

    #[test]
    fn background_process_of_a_command_is_not_waited_for() {
        let begun = Instant::now();
        let ended = shell("echo key; sleep 20 & echo $! >&2", LONG).unwrap();
        assert_eq!(ended.stdout, b"key\n");
        assert!(begun.elapsed() < Duration::from_secs(10));
        let left = String::from_utf8(ended.stderr).unwrap();
        shell(&format!("kill {left}"), LONG).unwrap();
    }

    #[test]
    fn endless_file_is_not_read_to_the_end() {
        assert_eq!(read(Path::new("/dev/zero"), 100).unwrap(), None);
        assert_eq!(read(Path::new("/dev/null"), 0).unwrap(), Some(Vec::new()));
    }
}
