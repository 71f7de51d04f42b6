//! `callfold recording`.

use super::find_call::find;
use crate::args::{Global, RecordingArgs};
use crate::failure::{ExitOutcome, Failure};
use crate::output::{Stderr, spinner::Spinner};
use callfold_reader::text::{counted, io_reason};
use callfold_sync::fetch_recording;
use indicatif::HumanBytes;
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

/// Fetches one recording of a call into a file.
pub(crate) async fn recording(
    args: RecordingArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    if let Some(path) = &args.to {
        check_target(path, args.overwrite)?;
    }
    let (calls, opened) = find(&args.id, &args.source, &args.one_off, global, stderr).await?;
    let call = match calls.as_slice() {
        [] => return Ok(ExitOutcome::Failed),
        [call] => call,
        calls => {
            let problem = format!("{} calls have this id", calls.len());
            return Err(Failure::usage(
                problem,
                "use the full id of one of them, vendor:account:call_id",
            ));
        }
    };
    let count = call.recordings.len();
    let Some(recording) = call.recordings.get(args.number as usize - 1) else {
        let problem = match count {
            0 => format!("{} has no recording", call.id),
            _ => format!("{} has {}", call.id, counted(count as u64, "recording")),
        };
        return Err(Failure::failed(problem, "`callfold show` shows the recordings of a call"));
    };
    let is_its =
        |vendor: &str, account: &str| vendor == call.id.vendor && account == call.id.account;
    let source = opened.sources.iter().find(|it| is_its(it.vendor(), it.account()));
    let Some(source) = source else { return Ok(ExitOutcome::Failed) };
    let directory = args.to.as_deref().map_or(Path::new("."), directory);
    let work = WorkDirectory::create(directory)?;
    let spinner = Spinner::start("fetching the recording".to_owned(), stderr.is_quiet());
    let fetched = fetch_recording(source.as_ref(), recording, &work.0, "recording").await;
    drop(spinner);
    let fetched = fetched.map_err(|reason| {
        let problem = format!("the recording of {} could not be fetched: {reason}", call.id);
        Failure::failed(problem, "try again later; `callfold check` tests the credentials")
    })?;
    let target = args.to.clone().unwrap_or_else(|| {
        let number = if args.number > 1 { format!("-{}", args.number) } else { String::new() };
        let extension = fetched.path.extension().and_then(OsStr::to_str).unwrap_or("bin");
        PathBuf::from(format!("{}{number}.{extension}", plain_name(&call.id.call_id)))
    });
    check_target(&target, args.overwrite)?;
    fs::rename(&fetched.path, &target).map_err(|error| not_written(&target, &error))?;
    let size = HumanBytes(fetched.size);
    stderr.note(format!("wrote {} ({}, {size})", target.display(), fetched.content_type));
    Ok(ExitOutcome::Complete)
}

/// The directory that a file is in.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

/// Refuses to replace a file that was not named to be replaced.
fn check_target(path: &Path, overwrite: bool) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            let problem = format!("{} is a directory", path.display());
            Err(Failure::usage(problem, "name a file in it"))
        }
        Ok(_) if !overwrite => {
            let problem = format!("{} exists already", path.display());
            Err(Failure::failed(problem, "name another file, or use --overwrite"))
        }
        _ => Ok(()),
    }
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    let problem = format!("{} cannot be written: {}", path.display(), io_reason(error));
    Failure::failed(problem, "name a file in a directory that you can write to")
}

/// A name of letters, digits, `-`, `_` and `.` that leads out of no directory.
fn plain_name(id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = id.chars().take(120).map(|c| if is_plain(c) { c } else { '_' }).collect();
    if name.starts_with(['.', '-']) { format!("_{name}") } else { name }
}

/// A directory for an unfinished download, which is removed when dropped.
struct WorkDirectory(PathBuf);

impl WorkDirectory {
    fn create(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join(format!(".callfold-recording-{}", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| not_written(directory, &error))?;
        Ok(Self(path))
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn id_as_a_file_name_stays_in_its_directory() {
        for (id, expect) in [
            ("call-1.a_B", "call-1.a_B"),
            ("../../etc/passwd", "_.._.._etc_passwd"),
            ("-rf", "_-rf"),
            ("a:b c\u{1b}", "a_b_c_"),
        ] {
            assert_eq!(plain_name(id), expect);
        }
        assert_eq!(plain_name(&"x".repeat(500)).len(), 120);
    }
}
