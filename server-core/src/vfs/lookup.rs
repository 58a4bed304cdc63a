//! Finding a path on a disk that minds case for clients that don't. The exact spelling is tried first and
//! costs no extra work; a miss asks a cache of the folder's names. Where the disk tells what changes in a folder, the cache
//! follows that, whoever changes it; elsewhere it stays valid while the folder's change time does, and follows our own
//! changes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use parking_lot::Mutex;

use super::backend::{Backend, DiskName, DiskPath, NameChanges, NamesWatch, Stat};
use super::error::VfsError;
use super::info::{FileKey, FileKind, FileTime};
use super::namespace::fold;
use super::path::SharePath;

/// Folders whose names are kept, and names in all (some 50 bytes each).
const MAX_FOLDERS: usize = 256;
const MAX_NAMES: usize = 500_000;
/// Names read at a time.
const BATCH: usize = 1024;
/// States of a folder that are remembered for changes of ours that overlap.
const OVERLAPPING: usize = 32;
/// Disks stamp changes by a coarse clock: a folder read this soon after it changed may change again without
/// its stamp moving, so what was read is not trusted later. In units of 100 ns.
const COARSE: u64 = 500_000;

/// Where a path leads on the disk.
#[derive(Debug)]
pub(crate) enum Found {
    /// It is there.
    Existing { disk: DiskPath, stat: Stat },
    /// It is not, but its folder is.
    Missing { disk: DiskPath, folder: Stat },
    /// There is a link which was to be followed and can't be: it leads nowhere, or out of the share.
    Unfollowed {
        disk: DiskPath,
        stat: Stat,
        why: VfsError,
    },
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
    /// Folders that are being read.
    reading: HashMap<FileKey, Reading>,
    names: usize,
    clock: u64,
}

/// What was read of a folder.
struct Listing {
    names: Names,
    /// Those of which several differ by case alone, while one of them is known.
    alike: HashSet<u64>,
    watch: Option<Box<dyn NamesWatch>>,
}

/// A folder that is being read, by one or several.
#[derive(Debug, Default)]
struct Reading {
    readers: usize,
    /// We changed it meanwhile: what was read of it is not kept.
    changed: bool,
}

/// A folder is being read, until this is dropped.
struct Reader<'c> {
    cache: &'c NameCache,
    folder: FileKey,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut folders = self.cache.folders.lock();
        if let Some(reading) = folders.reading.get_mut(&self.folder) {
            reading.readers -= 1;
            if reading.readers == 0 {
                folders.reading.remove(&self.folder);
            }
        }
    }
}

#[derive(Debug)]
struct Folder {
    /// Tells what has changed; with it, the times mean nothing.
    watch: Option<Box<dyn NamesWatch>>,
    alike: HashSet<u64>,
    changed: FileTime,
    /// What it was before that by our own changes, which may overlap.
    before: VecDeque<FileTime>,
    /// That change was our own.
    ours: bool,
    /// Read too soon after a change to be trusted.
    doubtful: bool,
    used: u64,
    names: Arc<Names>,
}

impl Folders {
    fn forget(&mut self, folder: FileKey) {
        if let Some(gone) = self.by_key.remove(&folder) {
            self.names -= gone.names.len();
        }
    }
}

impl Folder {
    /// Follows what has changed; `None` when that can't be done.
    fn catch_up(&mut self, backend: &dyn Backend, hasher: &RandomState) -> Option<()> {
        let NameChanges::These(changes) = self.watch.as_ref()?.changes() else {
            return None;
        };
        if changes.is_empty() {
            return Some(());
        }
        let names = Arc::make_mut(&mut self.names);
        for change in changes {
            let Some(wire) = backend.wire_name(&change.name) else {
                continue;
            };
            let hash = hasher.hash_one(fold(&wire));
            match (names.entry(hash), change.there) {
                (Entry::Vacant(place), true) => drop(place.insert(change.name)),
                (Entry::Occupied(known), true) if *known.get() != change.name => {
                    self.alike.insert(hash);
                }
                // Which of those is left is not known.
                (Entry::Occupied(_), false) if self.alike.contains(&hash) => return None,
                (Entry::Occupied(known), false) if *known.get() == change.name => drop(known.remove()),
                _ => {}
            }
        }
        Some(())
    }
}

/// Spelling on disk by the hash of the folded name; whoever looks one up compares it.
type Names = HashMap<u64, DiskName>;

impl NameCache {
    /// The spelling on disk of `name` in a folder, whatever its case.
    async fn spelling(
        &self,
        backend: &dyn Backend,
        (folder, stat): (&DiskPath, &Stat),
        name: &str,
    ) -> Result<Option<DiskName>, VfsError> {
        let wanted = fold(name);
        let hash = self.hasher.hash_one(&wanted);
        let names = match self.fresh(backend, stat) {
            Some(names) => names,
            None => {
                // Until it is kept: what we change in the meantime must not be missing from what is kept.
                let _reader = self.begin_reading(stat.key);
                let listing = self.read(backend, folder).await?;
                self.keep(stat, listing)
            }
        };
        let is_it = |disk: &&DiskName| backend.wire_name(disk).is_some_and(|wire| fold(&wire) == wanted);
        Ok(names.get(&hash).filter(is_it).cloned())
    }

    fn begin_reading(&self, folder: FileKey) -> Reader<'_> {
        self.folders.lock().reading.entry(folder).or_default().readers += 1;
        Reader { cache: self, folder }
    }

    async fn read(&self, backend: &dyn Backend, folder: &DiskPath) -> Result<Listing, VfsError> {
        let mut listing = Listing {
            names: Names::new(),
            alike: HashSet::new(),
            // Before it is read: what comes meanwhile is told. Without it, the folder's times have to do.
            watch: backend.watch_names(folder).await.unwrap_or_default(),
        };
        let mut entries = backend.names(folder).await?;
        loop {
            let batch = entries.next(BATCH).await?;
            if batch.is_empty() {
                return Ok(listing);
            }
            for entry in batch {
                let hash = self.hasher.hash_one(fold(&entry.wire));
                match listing.names.entry(hash) {
                    Entry::Vacant(place) => drop(place.insert(entry.disk)),
                    Entry::Occupied(_) => drop(listing.alike.insert(hash)),
                }
            }
        }
    }

    fn fresh(&self, backend: &dyn Backend, stat: &Stat) -> Option<Arc<Names>> {
        let mut folders = self.folders.lock();
        folders.clock += 1;
        let clock = folders.clock;
        let folder = folders.by_key.get_mut(&stat.key)?;
        folder.used = clock;
        if folder.watch.is_none() {
            let known = Some(folder.changed) == stat.names_token && !folder.doubtful;
            return known.then(|| Arc::clone(&folder.names));
        }
        let before = folder.names.len();
        if folder.catch_up(backend, &self.hasher).is_none() {
            folders.forget(stat.key);
            return None;
        }
        let names = Arc::clone(&folder.names);
        folders.names = folders.names + names.len() - before;
        if folders.names > MAX_NAMES {
            folders.forget(stat.key);
        }
        Some(names)
    }

    /// Keeps the names of a folder as it was at `stat`, unless they are too many, or nobody can tell when they change,
    /// or we changed them while they were read.
    fn keep(&self, stat: &Stat, listing: Listing) -> Arc<Names> {
        let Listing { names, alike, watch } = listing;
        let names = Arc::new(names);
        let Some(token) = stat.names_token else {
            return names;
        };
        let mut folders = self.folders.lock();
        let reading = folders.reading.get(&stat.key);
        if watch.is_none() && reading.is_some_and(|reading| reading.changed) {
            return names;
        }
        let before = folders.by_key.remove(&stat.key);
        let ours = before
            .as_ref()
            .is_some_and(|before| before.ours && before.changed == token);
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
            watch,
            alike,
            changed: token,
            before: VecDeque::new(),
            ours,
            doubtful: !ours && FileTime::now().0.saturating_sub(token.0) < COARSE,
            used: folders.clock,
            names: Arc::clone(&names),
        };
        folders.by_key.insert(stat.key, folder);
        names
    }

    /// We changed a folder ourselves: the cache follows, so that uploading many files into a large folder
    /// does not read it again for each. `before` is the folder as it was. Of changes at the same time each sees
    /// what the others did as well, and all of them are told here.
    pub(crate) fn follow(
        &self,
        before: &Stat,
        after: &Stat,
        added: Option<(&str, DiskName)>,
        removed: Option<&str>,
    ) {
        let mut folders = self.folders.lock();
        if let Some(reading) = folders.reading.get_mut(&before.key) {
            reading.changed = true;
        }
        let Some(folder) = folders.by_key.get_mut(&before.key) else {
            return;
        };
        if folder.watch.is_some() {
            return;
        }
        let (Some(was), Some(now)) = (before.names_token, after.names_token) else {
            return folders.forget(before.key);
        };
        let alone = folder.changed == was;
        // Of a name that came and went nobody can tell any more which was last.
        if !alone && (removed.is_some() || !folder.before.contains(&was)) {
            return folders.forget(before.key);
        }
        let names = Arc::make_mut(&mut folder.names);
        let length = names.len();
        if let Some(name) = removed {
            names.remove(&self.hasher.hash_one(fold(name)));
        }
        if let Some((name, disk)) = added {
            names.insert(self.hasher.hash_one(fold(name)), disk);
        }
        let change = names.len().cast_signed() - length.cast_signed();
        if folder.changed != now {
            if folder.before.len() == OVERLAPPING {
                folder.before.pop_front();
            }
            folder.before.push_back(folder.changed);
            folder.changed = now;
        }
        folder.ours = true;
        folders.names = folders.names.saturating_add_signed(change);
    }

    /// A folder was changed, and nobody knows what it is now.
    pub(crate) fn forget(&self, folder: FileKey) {
        let mut folders = self.folders.lock();
        if let Some(reading) = folders.reading.get_mut(&folder) {
            reading.changed = true;
        }
        folders.forget(folder);
    }

    /// Whether anything is kept of a folder, or is going to be, that has to be told of our changes.
    pub(crate) fn knows(&self, folder: FileKey) -> bool {
        let folders = self.folders.lock();
        let is_kept = |known: &Folder| known.watch.is_none();
        folders.by_key.get(&folder).is_some_and(is_kept) || folders.reading.contains_key(&folder)
    }
}

/// Finds a path. With `follow`, a final symbolic link is followed as long as it stays inside the share.
pub(crate) async fn find(
    backend: &dyn Backend,
    cache: &NameCache,
    path: &SharePath,
    case_sensitive: bool,
    follow: bool,
) -> Result<Found, VfsError> {
    let exact = exact(backend, path)?;
    match backend.stat(&exact, follow).await {
        Ok(stat) => return Ok(Found::Existing { disk: exact, stat }),
        Err(error) if !is_missing(&error) => return unfollowed(backend, exact, follow, error.into()).await,
        Err(_) => {}
    }
    let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
        return Err(VfsError::ShareUnavailable);
    };
    if case_sensitive {
        let folder = folder_stat(backend, &exact.parent()).await?;
        return Ok(Found::Missing {
            disk: exact,
            folder: folder.ok_or(VfsError::PathNotFound)?,
        });
    }
    let (folder, folder_stat) = find_folder(backend, cache, &parent).await?;
    let disk = match cache.spelling(backend, (&folder, &folder_stat), name).await? {
        Some(spelling) => {
            let disk = folder.join(&spelling);
            match backend.stat(&disk, follow).await {
                Ok(stat) => return Ok(Found::Existing { disk, stat }),
                // Gone since, or a link that leads nowhere.
                Err(error) => match unfollowed(backend, disk.clone(), follow, error.into()).await {
                    Err(VfsError::NotFound | VfsError::PathNotFound) => disk,
                    outcome => return outcome,
                },
            }
        }
        None => folder.join(&backend.disk_name(name).ok_or(VfsError::InvalidName)?),
    };
    Ok(Found::Missing {
        disk,
        folder: folder_stat,
    })
}

/// What could not be looked at by following links: perhaps a link itself.
async fn unfollowed(
    backend: &dyn Backend,
    disk: DiskPath,
    follow: bool,
    why: VfsError,
) -> Result<Found, VfsError> {
    if !follow {
        return Err(why);
    }
    match backend.stat(&disk, false).await {
        Ok(stat) if stat.kind == FileKind::Symlink => Ok(Found::Unfollowed { disk, stat, why }),
        _ => Err(why),
    }
}

/// A folder that must exist: exact first, else component by component.
async fn find_folder(
    backend: &dyn Backend,
    cache: &NameCache,
    path: &SharePath,
) -> Result<(DiskPath, Stat), VfsError> {
    let exact = exact(backend, path)?;
    if let Some(stat) = folder_stat(backend, &exact).await? {
        return Ok((exact, stat));
    }
    let mut disk = DiskPath::root();
    let mut stat = folder_stat(backend, &disk)
        .await?
        .ok_or(VfsError::ShareUnavailable)?;
    for name in path.components() {
        let exact = disk.join(&backend.disk_name(name).ok_or(VfsError::InvalidName)?);
        (disk, stat) = match folder_stat(backend, &exact).await? {
            Some(found) => (exact, found),
            None => {
                let spelling = cache
                    .spelling(backend, (&disk, &stat), name)
                    .await?
                    .ok_or(VfsError::PathNotFound)?;
                let spelled = disk.join(&spelling);
                let found = folder_stat(backend, &spelled)
                    .await?
                    .ok_or(VfsError::PathNotFound)?;
                (spelled, found)
            }
        };
    }
    Ok((disk, stat))
}

/// A folder's state; `None` when nothing is there, PathNotFound when it is no folder.
async fn folder_stat(backend: &dyn Backend, disk: &DiskPath) -> Result<Option<Stat>, VfsError> {
    match backend.stat(disk, true).await {
        Ok(stat) if stat.kind == FileKind::Directory => Ok(Some(stat)),
        Ok(_) => Err(VfsError::PathNotFound),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn exact(backend: &dyn Backend, path: &SharePath) -> Result<DiskPath, VfsError> {
    let mut disk = DiskPath::root();
    for name in path.components() {
        disk.push(&backend.disk_name(name).ok_or(VfsError::InvalidName)?);
    }
    Ok(disk)
}

/// Missing, or below something that is no folder.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}
