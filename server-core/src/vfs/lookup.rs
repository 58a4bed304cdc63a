//! Finding a path on a disk that minds case for clients that don't. The exact spelling is tried first and
//! costs no extra work; a miss asks a cache of the folder's names, which stays valid while the folder's
//! change time does and follows our own changes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::backend::{Backend, Stat};
use super::error::{Denial, VfsError};
use super::info::{FileKey, FileKind, FileTime};
use super::namespace::fold;
use super::path::SharePath;

/// Folders whose names are kept, and names in all.
const MAX_FOLDERS: usize = 256;
const MAX_NAMES: usize = 1_000_000;

/// Where a path leads on the disk.
#[derive(Debug)]
pub(crate) enum Found {
    /// It is there.
    Existing {
        disk: PathBuf,
        stat: Stat,
    },
    /// It is not, but its folder is.
    Missing {
        disk: PathBuf,
    },
}

/// Folded names of recently searched folders.
#[derive(Debug, Default)]
pub(crate) struct NameCache(Mutex<Folders>);

#[derive(Debug, Default)]
struct Folders {
    by_key: HashMap<FileKey, Folder>,
    names: usize,
    clock: u64,
}

#[derive(Debug)]
struct Folder {
    changed: FileTime,
    used: u64,
    names: Arc<HashMap<String, PathBuf>>,
}

impl NameCache {
    /// The spelling on disk of `name` in `folder`, whatever its case.
    fn spelling(&self, backend: &dyn Backend, folder: &Path, name: &str) -> Result<Option<PathBuf>, VfsError> {
        let stat = backend.stat(folder, true).map_err(|error| classify(&error))?;
        if stat.kind != FileKind::Directory {
            return Err(VfsError::PathNotFound);
        }
        let wanted = fold(name);
        if let Some(names) = self.fresh(&stat) {
            return Ok(names.get(&wanted).cloned());
        }
        let mut names = HashMap::new();
        for entry in backend.names(folder)? {
            let entry = entry?;
            names.entry(fold(&entry.wire)).or_insert(entry.disk);
        }
        let found = names.get(&wanted).cloned();
        self.keep(&stat, names);
        Ok(found)
    }

    fn fresh(&self, stat: &Stat) -> Option<Arc<HashMap<String, PathBuf>>> {
        let mut folders = self.0.lock();
        folders.clock += 1;
        let clock = folders.clock;
        let folder = folders.by_key.get_mut(&stat.key)?;
        folder.used = clock;
        (folder.changed == stat.modified).then(|| Arc::clone(&folder.names))
    }

    fn keep(&self, stat: &Stat, names: HashMap<String, PathBuf>) {
        let mut folders = self.0.lock();
        if names.len() > MAX_NAMES / 2 {
            return;
        }
        if let Some(old) = folders.by_key.remove(&stat.key) {
            folders.names -= old.names.len();
        }
        while folders.by_key.len() >= MAX_FOLDERS || folders.names + names.len() > MAX_NAMES {
            let Some(oldest) = folders.by_key.iter().min_by_key(|(_, folder)| folder.used).map(|(key, _)| *key) else {
                break;
            };
            if let Some(old) = folders.by_key.remove(&oldest) {
                folders.names -= old.names.len();
            }
        }
        folders.names += names.len();
        let used = folders.clock;
        folders.by_key.insert(stat.key, Folder { changed: stat.modified, used, names: Arc::new(names) });
    }

    /// We changed a folder ourselves: the cache follows, so that uploading many files into a large folder
    /// does not read it again for each. `before` is the folder as it was.
    pub(crate) fn follow(
        &self,
        before: &Stat,
        after: &Stat,
        added: Option<(&str, &Path)>,
        removed: Option<&str>,
    ) {
        let mut folders = self.0.lock();
        let mut change = 0isize;
        if let Some(folder) = folders.by_key.get_mut(&before.key)
            && folder.changed == before.modified
        {
            let names = Arc::make_mut(&mut folder.names);
            let length = names.len();
            if let Some(name) = removed {
                names.remove(&fold(name));
            }
            if let Some((name, disk)) = added {
                names.insert(fold(name), disk.to_owned());
            }
            change = names.len().cast_signed() - length.cast_signed();
            folder.changed = after.modified;
        }
        folders.names = folders.names.saturating_add_signed(change);
    }

    /// Whether anything is kept of a folder; when not, following its changes would be wasted work.
    pub(crate) fn knows(&self, folder: FileKey) -> bool {
        self.0.lock().by_key.contains_key(&folder)
    }
}

/// Finds a path. With `follow`, a final symbolic link is followed as long as it stays inside the share.
pub(crate) fn find(
    backend: &dyn Backend,
    cache: &NameCache,
    path: &SharePath,
    case_sensitive: bool,
    follow: bool,
) -> Result<Found, VfsError> {
    let exact = exact(backend, path)?;
    match backend.stat(&exact, follow) {
        Ok(stat) => return Ok(Found::Existing { disk: exact, stat }),
        Err(error) if !is_missing(&error) => return Err(classify(&error)),
        Err(_) => {}
    }
    let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Err(VfsError::ShareUnavailable) };
    if case_sensitive {
        return missing_below(backend, exact);
    }
    let folder = find_folder(backend, cache, &parent)?;
    match cache.spelling(backend, &folder, name)? {
        Some(spelling) => {
            let disk = folder.join(spelling);
            match backend.stat(&disk, follow) {
                Ok(stat) => Ok(Found::Existing { disk, stat }),
                Err(error) if is_missing(&error) => Ok(Found::Missing { disk }),
                Err(error) => Err(classify(&error)),
            }
        }
        None => Ok(Found::Missing { disk: folder.join(backend.disk_name(name).ok_or(VfsError::InvalidName)?) }),
    }
}

fn missing_below(backend: &dyn Backend, disk: PathBuf) -> Result<Found, VfsError> {
    match backend.stat(disk.parent().unwrap_or(Path::new("")), true) {
        Ok(stat) if stat.kind == FileKind::Directory => Ok(Found::Missing { disk }),
        Ok(_) => Err(VfsError::PathNotFound),
        Err(error) if is_missing(&error) => Err(VfsError::PathNotFound),
        Err(error) => Err(classify(&error)),
    }
}

/// A folder that must exist: exact first, else component by component.
fn find_folder(backend: &dyn Backend, cache: &NameCache, path: &SharePath) -> Result<PathBuf, VfsError> {
    let exact = exact(backend, path)?;
    match backend.stat(&exact, true) {
        Ok(stat) if stat.kind == FileKind::Directory => return Ok(exact),
        Ok(_) => return Err(VfsError::PathNotFound),
        Err(error) if !is_missing(&error) => return Err(classify(&error)),
        Err(_) => {}
    }
    let mut disk = PathBuf::new();
    for name in path.components() {
        disk.push(cache.spelling(backend, &disk, name)?.ok_or(VfsError::PathNotFound)?);
    }
    Ok(disk)
}

fn exact(backend: &dyn Backend, path: &SharePath) -> Result<PathBuf, VfsError> {
    let names = path.components().iter().map(|name| backend.disk_name(name).ok_or(VfsError::InvalidName));
    names.collect()
}

/// Missing, or below something that is no folder.
pub(crate) fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// `io::Error` can't be cloned; its code can.
fn copy(error: &std::io::Error) -> std::io::Error {
    match error.raw_os_error() {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => std::io::Error::new(error.kind(), error.to_string()),
    }
}

/// What the operating system said, in the engine's terms.
pub(crate) fn classify(error: &std::io::Error) -> VfsError {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => VfsError::NotFound,
        ErrorKind::NotADirectory => VfsError::PathNotFound,
        ErrorKind::AlreadyExists => VfsError::AlreadyExists,
        ErrorKind::IsADirectory => VfsError::IsADirectory,
        ErrorKind::DirectoryNotEmpty => VfsError::DirectoryNotEmpty,
        ErrorKind::PermissionDenied if error.raw_os_error().is_none() => VfsError::AccessDenied(Denial::OutsideShare),
        ErrorKind::PermissionDenied => VfsError::AccessDenied(Denial::OperatingSystem),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => VfsError::DiskFull,
        ErrorKind::ReadOnlyFilesystem => VfsError::ReadOnlyMedia,
        ErrorKind::CrossesDevices => VfsError::NotSameDevice,
        ErrorKind::InvalidFilename => VfsError::NameTooLong,
        ErrorKind::InvalidInput => VfsError::InvalidParameter,
        ErrorKind::Unsupported => VfsError::NotSupported,
        _ => VfsError::Io(copy(error)),
    }
}
