//! Landfall's own data folder, which no share may hold, lie in, or lead to: who reads it has every secret, who writes it
//! decides who gets in. Folders are told apart by what the disk says they are, not by their paths: the data folder may
//! have been moved, restored elsewhere or mounted a second time.

use crate::live::Current;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use parking_lot::Mutex;
use thiserror::Error;

use super::{key, platform};
use crate::vfs::info::FileKey;

/// Far more than there is in a data folder; only somebody else's files could be more.
const MOST_OBJECTS: usize = 4096;
/// How old may be what is known of it.
const FRESH: Duration = Duration::from_secs(1);

/// Why a folder can't be a share's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Conflict {
    /// It is a whole disk.
    #[error("it is the whole disk")]
    WholeDisk,
    /// Landfall's data folder is inside it.
    #[error("Landfall's own data is inside it")]
    HoldsData,
    /// It is Landfall's data folder, or inside that.
    #[error("Landfall keeps its own data there")]
    InsideData,
}

/// The data folder.
#[derive(Debug)]
pub struct OwnFolder {
    dir: Dir,
    folder: PathBuf,
    /// What is in it, and the folder itself; sorted.
    objects: Current<Vec<FileKey>>,
    looked: Mutex<Instant>,
}

impl OwnFolder {
    /// The data folder at a path.
    ///
    /// # Errors
    /// The folder can't be opened.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let own = Self {
            dir: Dir::open_ambient_dir(folder, ambient_authority())?,
            folder: folder.to_owned(),
            objects: Current::default(),
            looked: Mutex::new(Instant::now()),
        };
        own.look_anew()?;
        Ok(own)
    }

    /// Whether a folder may not be shared.
    ///
    /// # Errors
    /// The folder can't be opened, or nobody can tell what it is in.
    pub fn conflict(&self, folder: &Path) -> io::Result<Option<Conflict>> {
        let dir = Dir::open_ambient_dir(folder, ambient_authority())?;
        self.conflict_with(&dir, folder)
    }

    /// The same for one that is open.
    fn conflict_with(&self, dir: &Dir, folder: &Path) -> io::Result<Option<Conflict>> {
        let (data, shared) = (key(&self.dir)?, key(dir)?);
        let above = platform::ancestors(dir, folder)?;
        if shared == data || above.contains(&data) {
            return Ok(Some(Conflict::InsideData));
        }
        if above.is_empty() {
            return Ok(Some(Conflict::WholeDisk));
        }
        if platform::ancestors(&self.dir, &self.folder)?.contains(&shared) {
            return Ok(Some(Conflict::HoldsData));
        }
        Ok(None)
    }

    /// Refuses a folder that may not be shared.
    pub(super) fn check(&self, dir: &Dir, folder: &Path) -> io::Result<()> {
        match self.conflict_with(dir, folder)? {
            None => Ok(()),
            Some(conflict) => Err(io::Error::new(io::ErrorKind::PermissionDenied, conflict)),
        }
    }

    /// Whether something on a disk is the data folder or in it, as far as it was seen last.
    pub(crate) fn holds(&self, object: FileKey) -> bool {
        self.objects.with(|objects| {
            objects
                .binary_search_by_key(&order(object), |known| order(*known))
                .is_ok()
        })
    }

    /// Whether it is time to look anew; who is told so is to do it.
    pub(crate) fn is_due(&self) -> bool {
        let mut looked = self.looked.lock();
        let due = looked.elapsed() >= FRESH;
        if due {
            *looked = Instant::now();
        }
        due
    }

    /// Looks anew what is in the folder.
    pub(crate) fn look_anew(&self) -> io::Result<()> {
        let mut objects = vec![key(&self.dir)?];
        collect(&self.dir, &mut objects)?;
        objects.sort_unstable_by_key(|object| order(*object));
        objects.dedup();
        if self.objects.with(|known| *known != objects) {
            self.objects.set(objects);
        }
        Ok(())
    }
}

fn order(object: FileKey) -> (u64, u64) {
    (object.file, object.volume)
}

fn collect(dir: &Dir, objects: &mut Vec<FileKey>) -> io::Result<()> {
    for entry in dir.entries()? {
        if objects.len() >= MOST_OBJECTS {
            break;
        }
        // What goes meanwhile is not there; links lead elsewhere.
        let Ok(entry) = entry else { continue };
        let Ok(metadata) = dir.symlink_metadata(entry.file_name()) else {
            continue;
        };
        objects.push(platform::stat(&metadata).key);
        if metadata.is_dir()
            && let Ok(inner) = dir.open_dir(entry.file_name())
        {
            collect(&inner, objects)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_may_neither_hold_the_data_folder_nor_lie_in_it() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("above/data");
        let inside = data.join("logs");
        let beside = root.path().join("above/beside");
        for folder in [&inside, &beside] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let own = OwnFolder::open(&data).unwrap();
        let conflict = |folder: &Path| own.conflict(folder).unwrap();
        assert_eq!(conflict(&data), Some(Conflict::InsideData));
        assert_eq!(conflict(&inside), Some(Conflict::InsideData));
        assert_eq!(conflict(&root.path().join("above")), Some(Conflict::HoldsData));
        assert_eq!(conflict(root.path()), Some(Conflict::HoldsData));
        assert_eq!(conflict(&beside), None);
        assert!(own.conflict(&root.path().join("missing")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_data_folder_that_was_moved_into_a_share_is_still_known() {
        let root = tempfile::tempdir().unwrap();
        let (data, shared) = (root.path().join("data"), root.path().join("shared"));
        for folder in [&data, &shared] {
            std::fs::create_dir(folder).unwrap();
        }
        let own = OwnFolder::open(&data).unwrap();
        assert_eq!(own.conflict(&shared).unwrap(), None);
        std::fs::rename(&data, shared.join("moved")).unwrap();
        assert_eq!(own.conflict(&shared).unwrap(), Some(Conflict::HoldsData));
        assert_eq!(own.conflict(Path::new("/")).unwrap(), Some(Conflict::WholeDisk));
    }

    #[test]
    fn what_is_in_the_data_folder_is_known_by_any_name() {
        let root = tempfile::tempdir().unwrap();
        let (data, shared) = (root.path().join("data"), root.path().join("shared"));
        for folder in [&data.join("logs"), &shared] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(data.join("logs/today"), "").unwrap();
        std::fs::write(data.join("master.key"), "").unwrap();
        let own = OwnFolder::open(&data).unwrap();
        std::fs::hard_link(data.join("master.key"), shared.join("innocent")).unwrap();
        std::fs::write(shared.join("other"), "").unwrap();
        let shared = Dir::open_ambient_dir(&shared, ambient_authority()).unwrap();
        let holds = |name: &str| own.holds(platform::stat(&shared.symlink_metadata(name).unwrap()).key);
        assert!(holds("innocent"));
        assert!(!holds("other"));
        let data = Dir::open_ambient_dir(&data, ambient_authority()).unwrap();
        assert!(own.holds(key(&data).unwrap()));
        assert!(own.holds(platform::stat(&data.symlink_metadata("logs/today").unwrap()).key));
    }
}
