//! Files that clients cache and that others than we may change: programs on this computer, which know of no oplock.

use std::fmt::Debug;
use std::sync::Arc;

use super::super::info::{FileKey, FileTime};
use super::{DiskName, DiskPath};

/// Hears when somebody else than we changed a file's content, or took its last name.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only there strangers are heard of")
)]
pub(crate) trait HearsOfStrangers: Debug + Send + Sync {
    /// Called without locks; must not wait for clients.
    fn changed_by_stranger(self: Arc<Self>, file: FileKey);
}

/// A file that is watched for changes by others, as long as this is kept. It is told of our own, so as to know them from
/// those.
pub(crate) trait Watch: Debug + Send + Sync {
    /// Before we change the content, the size or the time of writing.
    fn begins(&self);
    /// After we did, or gave up.
    fn ended(&self, size: SizeAfter);
    /// We renamed the folder that is watched.
    fn moved(&self, _from: &DiskPath, _to: &DiskPath) {}
}

/// What a change of ours leaves the size at, in bytes.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only there strangers are heard of")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SizeAfter {
    /// What it was, or this if that is more.
    AtLeast(u64),
    /// This.
    Exactly(u64),
    /// Nobody knows: it failed, or was given up half-way.
    Unknown,
}

impl SizeAfter {
    /// What it was.
    pub(crate) const SAME: Self = Self::AtLeast(0);
}

/// A change of ours, from before it begins until this is dropped. Of a file that nobody watches it costs nothing.
#[derive(Debug)]
pub(crate) struct OwnChange {
    watch: Option<Arc<dyn Watch>>,
    size: SizeAfter,
}

impl OwnChange {
    /// It is about to begin.
    pub(crate) fn begin(watch: Option<Arc<dyn Watch>>) -> Self {
        if let Some(watch) = &watch {
            watch.begins();
        }
        Self {
            watch,
            size: SizeAfter::Unknown,
        }
    }

    /// It came to what was meant.
    pub(crate) fn done(&mut self, size: SizeAfter) {
        self.size = size;
    }

    /// Whether the file is watched.
    pub(crate) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }
}

impl Drop for OwnChange {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.ended(self.size);
        }
    }
}

/// Hears of what happens in folders of a storage, whoever does it.
pub(crate) trait HearsOfFolders: Debug + Send + Sync {
    /// Called on a thread of its own, without locks, some time after it happened: what we did ourselves has been told
    /// by then.
    fn happened(&self, events: Vec<FolderEvent>);
}

/// What happened in a folder.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only there folders are watched")
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FolderEvent {
    /// A name is there.
    Came {
        path: DiskPath,
        directory: bool,
        /// The same as of the name that it had before, if it had one in a watched folder.
        renamed: Option<u32>,
    },
    /// A name is gone.
    Went {
        path: DiskPath,
        directory: bool,
        renamed: Option<u32>,
    },
    /// Content or attributes may have changed; the times are those of now.
    Touched {
        path: DiskPath,
        modified: FileTime,
        changed: FileTime,
    },
    /// More happened than anybody kept.
    Lost,
}

/// Folders that are watched, as long as this is kept.
pub(crate) trait FolderWatch: Debug + Send + Sync {
    /// A folder was renamed by us: what is watched in it is there now.
    fn moved(&self, from: &DiskPath, to: &DiskPath);
}

/// A folder whose names are watched, as long as this is kept.
pub(crate) trait NamesWatch: Debug + Send + Sync {
    /// What has changed since this was asked last, ours and others' alike, in order. Does not wait.
    fn changes(&self) -> NameChanges;
}

/// What has changed in the names of a folder.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only there folders are watched")
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NameChanges {
    /// These, in order; none, perhaps.
    These(Vec<NameChange>),
    /// Nobody can tell, now and later.
    Unknown,
}

impl Default for NameChanges {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameChange {
    pub(crate) name: DiskName,
    /// It is there now, or it is not any more.
    pub(crate) there: bool,
}
