//! Who can change a configuration file.
//!
//! A configuration runs commands and says where keys are sent, so whoever can
//! change it acts as its user. As `ssh` does, callfold refuses a file that
//! others can write, one that belongs to somebody else, and one that others can
//! replace because they can write to a directory on the way to it.

use std::{fs::File, path::Path};

/// Why a file is not trusted: the problem and help; `None` if it is.
#[cfg(unix)]
pub(super) fn objection(path: &Path, file: &File) -> Option<(String, String)> {
    let found = file.metadata().ok()?;
    // A pipe that the caller made: `--config <(…)`.
    if !found.is_file() {
        return None;
    }
    let me = rustix::process::geteuid().as_raw();
    if let Some(reason) = unix::reason(&found, me) {
        return Some((reason, unix::help(path, &found)));
    }
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let whole = std::fs::canonicalize(path).ok();
    let directories = [whole.as_deref().and_then(Path::parent).map(Path::to_owned)]
        .into_iter()
        .chain([std::fs::canonicalize(parent).ok()])
        .flatten();
    for directory in directories {
        for directory in directory.ancestors() {
            let Ok(found) = directory.metadata() else { continue };
            if let Some(reason) = unix::reason(&found, me) {
                let problem =
                    format!("can be replaced: the directory {} {reason}", directory.display());
                return Some((problem, unix::help(directory, &found)));
            }
        }
    }
    None
}

/// Other systems are not checked.
#[cfg(not(unix))]
pub(super) fn objection(_: &Path, _: &File) -> Option<(String, String)> {
    None
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Metadata},
        os::unix::fs::MetadataExt,
        path::Path,
    };

    const GROUP: u32 = 0o020;
    const OTHERS: u32 = 0o002;
    const STICKY: u32 = 0o1000;

    /// Why users other than `me` and root can change it.
    pub(super) fn reason(found: &Metadata, me: u32) -> Option<String> {
        let (owner, mode) = (found.uid(), found.mode());
        if owner != me && owner != 0 {
            return Some(format!("belongs to another user (uid {owner})"));
        }
        // Only the owner of a file can replace it in such a directory.
        if found.is_dir() && mode & STICKY != 0 {
            return None;
        }
        if mode & OTHERS != 0 {
            return Some("is writable by everybody".to_owned());
        }
        let shared = || !is_private_group(found.gid(), owner);
        (mode & GROUP != 0 && shared()).then(|| "is writable by its group".to_owned())
    }

    pub(super) fn help(path: &Path, found: &Metadata) -> String {
        let (shown, me) = (path.display(), "add --trust-config if you trust whoever can change it");
        match found.mode() & (GROUP | OTHERS) {
            0 => me.to_owned(),
            _ => format!("run chmod go-w {shown}, or {me}"),
        }
    }

    /// Whether a user is the only member of a group: many systems give each user such a group, and
    /// let it write by default.
    fn is_private_group(group: u32, user: u32) -> bool {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        is_only_member(&read("/etc/passwd"), &read("/etc/group"), group, user)
    }

    fn is_only_member(passwd: &str, groups: &str, group: u32, user: u32) -> bool {
        let (group, user) = (group.to_string(), user.to_string());
        let mut name = None;
        for line in passwd.lines() {
            let fields: Vec<_> = line.split(':').collect();
            let [entry, _, uid, primary, ..] = fields.as_slice() else { continue };
            match (*primary == group, *uid == user) {
                (true, true) if name.is_none() => name = Some(*entry),
                (true, _) => return false,
                _ => {}
            }
        }
        let Some(name) = name else { return false };
        let mut is_known = false;
        for line in groups.lines() {
            let fields: Vec<_> = line.split(':').collect();
            let [_, _, gid, members, ..] = fields.as_slice() else { continue };
            if *gid == group {
                is_known = true;
                if members.split(',').any(|member| !member.is_empty() && member != name) {
                    return false;
                }
            }
        }
        is_known
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn private_group_is_distinguished_from_a_shared_one() {
            let passwd = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n\
                          bob:x:1001:100::/home/bob:/bin/sh\neve:x:1002:100::/home/eve:/bin/sh\n";
            let groups = "root:x:0:\nann:x:1000:\nusers:x:100:\nops:x:50:ann,bob\n";
            let is = |groups: &str, group, user| is_only_member(passwd, groups, group, user);
            assert!(is(groups, 1000, 1000));
            assert!(is("ann:x:1000:ann\n", 1000, 1000));
            assert!(is(groups, 0, 0));
            assert!(!is("ann:x:1000:ann,bob\n", 1000, 1000));
            assert!(!is(groups, 100, 1001), "two users have it");
            assert!(!is(groups, 50, 1000), "it is nobody's own");
            assert!(!is("", 1000, 1000), "the group is not known");
            assert!(!is_only_member("", groups, 1000, 1000), "the user is not known");
        }
    }
}
