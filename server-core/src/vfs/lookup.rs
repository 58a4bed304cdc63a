//! Finding a path on a disk that minds case for clients that don't. The exact spelling is tried first and
//! costs no extra work; a miss asks a cache of the folder's names, which stays valid while the folder's
//! change time does and follows our own changes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::backend::{Backend, Stat};
use super::error::VfsError;
use super::info::{FileKey, FileKind, FileTime};
use super::namespace::fold;
use super::path::SharePath;

/// Folders whose names are kept, and names in all (some 50 bytes each).
const MAX_FOLDERS: usize = 256;
const MAX_NAMES: usize = 500_000;
/// Disks stamp changes by a coarse clock: a folder read this soon after it changed may change again without
/// its stamp moving, so what was read is not trusted later. In units of 100 ns.
const COARSE: u64 = 500_000;

/// Where a path leads on the disk.
#[derive(Debug)]
pub(crate) enum Found {
    /// It is there.
    Existing { disk: PathBuf, stat: Stat },
    /// It is not, but its folder is.
    Missing { disk: PathBuf, folder: Stat },
}

/// Folded names of recently searched folders.
#[derive(Debug, Default)]
pub(crate) struct NameCache {
    hasher: RandomState,
    folders: Mutex<Folders>,
}

#[derive(Debug, Default)]
struct Folders {
    by_key: HashMap<FileKey, Folder>,
    names: usize,
    clock: u64,
}

#[derive(Debug)]
struct Folder {
    changed: FileTime,
    /// That change was our own.
    ours: bool,
    /// Read too soon after a change to be trusted.
    doubtful: bool,
    used: u64,
    names: Arc<Names>,
}

/// Spelling on disk by the hash of the folded name; whoever looks one up compares it.
type Names = HashMap<u64, Box<Path>>;

impl NameCache {
    /// The spelling on disk of `name` in a folder, whatever its case.
    fn spelling(
        &self,
        backend: &dyn Backend,
        (folder, stat): (&Path, &Stat),
        name: &str,
    ) -> Result<Option<PathBuf>, VfsError> {
        let wanted = fold(name);
        let hash = self.hasher.hash_one(&wanted);
        let names = match self.fresh(stat) {
            Some(names) => names,
            None => self.keep(stat, self.read(backend, folder)?),
        };
        let is_it = |disk: &Path| {
            backend
                .wire_name(disk.as_os_str())
                .is_some_and(|wire| fold(&wire) == wanted)
        };
        Ok(names
            .get(&hash)
            .filter(|disk| is_it(disk))
            .map(|disk| disk.to_path_buf()))
    }

    fn read(&self, backend: &dyn Backend, folder: &Path) -> Result<Names, VfsError> {
        let mut names = Names::new();
        for entry in backend.names(folder)? {
            let entry = entry?;
            names
                .entry(self.hasher.hash_one(fold(&entry.wire)))
                .or_insert_with(|| entry.disk.into_boxed_path());
        }
        Ok(names)
    }

    fn fresh(&self, stat: &Stat) -> Option<Arc<Names>> {
        let mut folders = self.folders.lock();
        folders.clock += 1;
        let clock = folders.clock;
        let folder = folders.by_key.get_mut(&stat.key)?;
        folder.used = clock;
        (folder.changed == stat.modified && !folder.doubtful).then(|| Arc::clone(&folder.names))
    }

    /// Keeps the names of a folder as it was at `stat`, unless they are too many.
    fn keep(&self, stat: &Stat, names: Names) -> Arc<Names> {
        let names = Arc::new(names);
        let mut folders = self.folders.lock();
        let before = folders.by_key.remove(&stat.key);
        let ours = before
            .as_ref()
            .is_some_and(|before| before.ours && before.changed == stat.modified);
        folders.names -= before.map_or(0, |before| before.names.len());
        if names.len() > MAX_NAMES {
            return names;
        }
        while folders.by_key.len() >= MAX_FOLDERS || folders.names + names.len() > MAX_NAMES {
            let Some(oldest) = folders
                .by_key
                .iter()
                .min_by_key(|(_, folder)| folder.used)
                .map(|(key, _)| *key)
            else {
                break;
            };
            if let Some(old) = folders.by_key.remove(&oldest) {
                folders.names -= old.names.len();
            }
        }
        folders.names += names.len();
        let folder = Folder {
            changed: stat.modified,
            ours,
            doubtful: !ours && FileTime::now().0.saturating_sub(stat.modified.0) < COARSE,
            used: folders.clock,
            names: Arc::clone(&names),
        };
        folders.by_key.insert(stat.key, folder);
        names
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
        let mut folders = self.folders.lock();
        let mut change = 0isize;
        if let Some(folder) = folders.by_key.get_mut(&before.key)
            && folder.changed == before.modified
        {
            let names = Arc::make_mut(&mut folder.names);
            let length = names.len();
            if let Some(name) = removed {
                names.remove(&self.hasher.hash_one(fold(name)));
            }
            if let Some((name, disk)) = added {
                names.insert(self.hasher.hash_one(fold(name)), disk.into());
            }
            change = names.len().cast_signed() - length.cast_signed();
            folder.changed = after.modified;
            folder.ours = true;
        }
        folders.names = folders.names.saturating_add_signed(change);
    }

    /// Whether anything is kept of a folder; when not, following its changes would be wasted work.
    pub(crate) fn knows(&self, folder: FileKey) -> bool {
        self.folders.lock().by_key.contains_key(&folder)
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
        Err(error) if !is_missing(&error) => return Err(error.into()),
        Err(_) => {}
    }
    let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
        return Err(VfsError::ShareUnavailable);
    };
    if case_sensitive {
        let folder = folder_stat(backend, exact.parent().unwrap_or(Path::new("")))?;
        return Ok(Found::Missing {
            disk: exact,
            folder: folder.ok_or(VfsError::PathNotFound)?,
        });
    }
    let (folder, folder_stat) = find_folder(backend, cache, &parent)?;
    let disk = match cache.spelling(backend, (&folder, &folder_stat), name)? {
        Some(spelling) => {
            let disk = folder.join(spelling);
            match backend.stat(&disk, follow) {
                Ok(stat) => return Ok(Found::Existing { disk, stat }),
                Err(error) if !is_missing(&error) => return Err(error.into()),
                // Gone since, or a link that leads nowhere.
                Err(_) => disk,
            }
        }
        None => folder.join(backend.disk_name(name).ok_or(VfsError::InvalidName)?),
    };
    Ok(Found::Missing {
        disk,
        folder: folder_stat,
    })
}

/// A folder that must exist: exact first, else component by component.
fn find_folder(
    backend: &dyn Backend,
    cache: &NameCache,
    path: &SharePath,
) -> Result<(PathBuf, Stat), VfsError> {
    let exact = exact(backend, path)?;
    if let Some(stat) = folder_stat(backend, &exact)? {
        return Ok((exact, stat));
    }
    let mut disk = PathBuf::new();
    let mut stat = folder_stat(backend, &disk)?.ok_or(VfsError::ShareUnavailable)?;
    for name in path.components() {
        let exact = disk.join(backend.disk_name(name).ok_or(VfsError::InvalidName)?);
        (disk, stat) = match folder_stat(backend, &exact)? {
            Some(found) => (exact, found),
            None => {
                let spelling = cache
                    .spelling(backend, (&disk, &stat), name)?
                    .ok_or(VfsError::PathNotFound)?;
                let spelled = disk.join(spelling);
                let found = folder_stat(backend, &spelled)?.ok_or(VfsError::PathNotFound)?;
                (spelled, found)
            }
        };
    }
    Ok((disk, stat))
}

/// A folder's state; `None` when nothing is there, PathNotFound when it is no folder.
fn folder_stat(backend: &dyn Backend, disk: &Path) -> Result<Option<Stat>, VfsError> {
    match backend.stat(disk, true) {
        Ok(stat) if stat.kind == FileKind::Directory => Ok(Some(stat)),
        Ok(_) => Err(VfsError::PathNotFound),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn exact(backend: &dyn Backend, path: &SharePath) -> Result<PathBuf, VfsError> {
    let names = path
        .components()
        .iter()
        .map(|name| backend.disk_name(name).ok_or(VfsError::InvalidName));
    names.collect()
}

/// Missing, or below something that is no folder.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}
