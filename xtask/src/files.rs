//! Files that are written only when they change, or checked instead.

use std::path::Path;

use similar::TextDiff;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteResult {
    /// It was written.
    Written,
    /// It was already so.
    Unchanged,
}

/// Lines of a difference that are shown; a stale client can differ in thousands.
const SHOWN_LINES: usize = 200;

/// Makes the file hold `contents`, or, when `check` is set, fails with the difference if it does not.
///
/// `shown` is what messages call the file, `command` what writes it.
pub(crate) fn ensure_file_contents(
    path: &Path,
    shown: &str,
    contents: &str,
    check: bool,
    command: &str,
) -> Result<WriteResult, String> {
    let current = match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
        Err(cause) => return Err(format!("{shown} cannot be read ({cause})")),
    };
    if current.as_deref() == Some(contents) {
        return Ok(WriteResult::Unchanged);
    }
    if check {
        let difference = difference(current.as_deref().unwrap_or(""), contents, shown);
        return Err(format!("{shown} is stale; run `{command}`\n{difference}"));
    }
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)
            .map_err(|cause| format!("the directory of {shown} cannot be made ({cause})"))?;
    }
    std::fs::write(path, contents)
        .map_err(|cause| format!("{shown} cannot be written ({cause})"))?;
    Ok(WriteResult::Written)
}

fn difference(current: &str, wanted: &str, shown: &str) -> String {
    let diff = TextDiff::from_lines(current, wanted);
    let text = diff.unified_diff().context_radius(3).header(shown, "generated now").to_string();
    let mut lines = text.lines();
    let mut out = lines.by_ref().take(SHOWN_LINES).collect::<Vec<_>>().join("\n");
    let left = lines.count();
    if left > 0 {
        out.push_str(&format!("\n({left} more lines)"));
    }
    out
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn ensure(path: &Path, contents: &str, check: bool) -> Result<WriteResult, String> {
        ensure_file_contents(path, "a.txt", contents, check, "cargo xtask x")
    }

    #[test]
    fn file_is_written_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/a.txt");
        assert_eq!(ensure(&path, "x\n", false), Ok(WriteResult::Written));
        assert_eq!(ensure(&path, "x\n", false), Ok(WriteResult::Unchanged));
        assert_eq!(ensure(&path, "x\n", true), Ok(WriteResult::Unchanged));
        assert_eq!(ensure(&path, "y\n", false), Ok(WriteResult::Written));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "y\n");
    }

    #[test]
    fn check_shows_the_difference_and_writes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.txt");
        assert_snapshot!(ensure(&path, "x\n", true).unwrap_err(), @"
        a.txt is stale; run `cargo xtask x`
        --- a.txt
        +++ generated now
        @@ -0,0 +1 @@
        +x
        ");
        std::fs::write(&path, "one\ntwo\n").unwrap();
        assert_snapshot!(ensure(&path, "one\nthree\n", true).unwrap_err(), @"
        a.txt is stale; run `cargo xtask x`
        --- a.txt
        +++ generated now
        @@ -1,2 +1,2 @@
         one
        -two
        +three
        ");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn long_difference_is_cut() {
        let wanted = (0..1000).map(|n| format!("{n}\n")).collect::<String>();
        let text = difference("", &wanted, "a.txt");
        assert_eq!(text.lines().count(), SHOWN_LINES + 1);
        assert!(text.ends_with("(803 more lines)"), "{text}");
    }
}
