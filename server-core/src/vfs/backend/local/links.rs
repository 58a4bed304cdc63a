//! Absolute links that lead inside the shared folder. The sandbox refuses every absolute link, since it knows no path above
//! its root: a call that it refused is made again with such links resolved by us, inside the sandbox as before.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::super::DiskPath;
use super::{Root, platform};

/// As many links may be followed on the way to a file.
const LINKS: usize = 40;

/// Whether a call follows a link that the path's last name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Followed,
    Itself,
}

/// Makes a call; when the sandbox refused it, once more by a path without absolute links, if that leads inside.
pub(super) fn within<T>(
    root: &Root,
    path: &DiskPath,
    last: Last,
    call: impl Fn(&Root, &Path) -> io::Result<T>,
) -> io::Result<T> {
    let path = platform::path(path);
    match call(root, &path) {
        Err(error) if is_refusal(&error) => match resolved(root, &path, last) {
            Some(inside) => call(root, &inside),
            None => Err(error),
        },
        outcome => outcome,
    }
}

/// As [`within`], by two paths, whose last names are not followed.
pub(super) fn within_both<T>(
    root: &Root,
    (a, b): &(DiskPath, DiskPath),
    call: impl Fn(&Root, &Path, &Path) -> io::Result<T>,
) -> io::Result<T> {
    let (a, b) = (platform::path(a), platform::path(b));
    match call(root, &a, &b) {
        Err(error) if is_refusal(&error) => {
            let inside = (resolved(root, &a, Last::Itself), resolved(root, &b, Last::Itself));
            match inside {
                (None, None) => Err(error),
                (new_a, new_b) => call(
                    root,
                    new_a.as_deref().unwrap_or(&a),
                    new_b.as_deref().unwrap_or(&b),
                ),
            }
        }
        outcome => outcome,
    }
}

/// The sandbox refused, not the operating system.
fn is_refusal(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
}

/// The path without links, if one of them is absolute and none leads out of the shared folder. Each step looks at one
/// name inside the sandbox; what is changed meanwhile only leads to another path inside, or to a refusal.
fn resolved(root: &Root, path: &Path, last: Last) -> Option<PathBuf> {
    let mut left = VecDeque::new();
    put_before(&mut left, path)?;
    let mut done = PathBuf::new();
    let (mut followed, mut absolute) = (0, false);
    while let Some(part) = left.pop_front() {
        if part == ".." {
            if !done.pop() {
                return None;
            }
            continue;
        }
        let here = done.join(&part);
        let follows = !left.is_empty() || last == Last::Followed;
        let Some(target) = follows.then(|| root.dir.read_link_contents(&here).ok()).flatten() else {
            done = here;
            continue;
        };
        followed += 1;
        if followed > LINKS {
            return None;
        }
        if target.is_absolute() {
            put_before(&mut left, &below(root, &target)?)?;
            done.clear();
            absolute = true;
        } else {
            put_before(&mut left, &target)?;
        }
    }
    absolute.then_some(done)
}

/// Where an absolute path is below the shared folder, by either of the names that the folder has.
fn below(root: &Root, target: &Path) -> Option<PathBuf> {
    if let Ok(rest) = target.strip_prefix(&root.folder) {
        return Some(rest.to_owned());
    }
    let real = root.folder.canonicalize().ok()?;
    target.strip_prefix(real).ok().map(Path::to_owned)
}

/// Puts a relative path's names before those that are left.
fn put_before(left: &mut VecDeque<OsString>, path: &Path) -> Option<()> {
    for part in path.components().rev() {
        match part {
            Component::Normal(name) => left.push_front(name.to_owned()),
            Component::ParentDir => left.push_front("..".into()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(())
}
