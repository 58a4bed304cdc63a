//! The trait that a storage implements. Paths are relative to the share and in the storage's spelling; nothing here
//! assumes that a local path exists. Every call answers at once where it can and otherwise waits ([`Io`]).

#[cfg(test)]
mod counting;
mod disk_path;
#[cfg(test)]
mod failing;
mod io;
mod local;
#[cfg(any(test, feature = "fuzzing"))]
mod memory;
mod pool;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod suite;
mod watch;

use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Arc, Weak};

use super::info::{FileKey, FileKind, FileTime, VolumeInfo};

#[cfg(test)]
pub(crate) use self::counting::Counting;
pub(crate) use self::disk_path::{DiskName, DiskPath};
#[cfg(test)]
pub(crate) use self::failing::{Call, Failing, Faults};
pub(crate) use self::io::Io;
pub use self::local::{Conflict, OwnFolder, volume_of};
pub(crate) use self::local::{LocalBackend, Watcher};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::memory::MemoryBackend;
#[cfg(test)]
pub(crate) use self::pool::wait;
pub(crate) use self::pool::{DiskPool, Lane, wait_for};
#[cfg(test)]
pub(crate) use self::slow::{Pace, Slow};
pub(crate) use self::watch::{
    FolderEvent, FolderWatch, HearsOfFolders, HearsOfStrangers, NameChanges, NamesWatch, OwnChange,
    SizeAfter, Watch,
};

/// How to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenHow {
    /// Content will be written.
    pub(crate) write: bool,
    /// Create it, and fail if it exists, with these permission bits.
    pub(crate) create: Option<CreateMode>,
    /// What has the name, a link itself, and nothing of its content: to look at it, to rename it, to remove it. That can
    /// be done to anything, a FIFO or a device, too.
    pub(crate) itself: bool,
}

impl OpenHow {
    /// To read, or to list a folder.
    pub(crate) const READ: Self = Self {
        write: false,
        create: None,
        itself: false,
    };
    /// To rename or remove whatever has the name.
    pub(crate) const ITSELF: Self = Self {
        itself: true,
        ..Self::READ
    };
}

/// Permission bits of a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CreateMode(pub(crate) u32);

/// What the storage knows of a file by itself.
#[derive(Debug, Clone)]
pub(crate) struct Stat {
    /// The same for as long as the file lives, whatever it is called: a storage without such a number makes one.
    pub(crate) key: FileKey,
    /// Birth time in the platform's unit, for the metadata row's key; 0 where there is none.
    pub(crate) birth: i64,
    pub(crate) kind: FileKind,
    pub(crate) size: u64,
    pub(crate) allocated: u64,
    pub(crate) created: FileTime,
    pub(crate) accessed: FileTime,
    pub(crate) modified: FileTime,
    pub(crate) changed: FileTime,
    pub(crate) links: u32,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Attributes that the disk itself keeps (Windows); `None` elsewhere.
    pub(crate) native_attributes: Option<u32>,
    /// Nobody may change or remove it, or only add to it, whatever the permissions say (immutable, append-only).
    pub(crate) fixed: bool,
    /// Another file system is mounted there.
    pub(crate) mounted: bool,
    /// Of a folder: a different value whenever its names have changed. `None` where nobody can tell: what was read
    /// of it must not be kept.
    pub(crate) names_token: Option<FileTime>,
}

/// A name that is gone.
#[derive(Debug)]
pub(crate) struct Removed {
    /// Its folder, as it was before.
    pub(crate) folder: Stat,
    /// What it led to has no other name.
    pub(crate) last: bool,
}

/// Times to set on a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    pub(crate) accessed: Option<FileTime>,
    pub(crate) modified: Option<FileTime>,
    /// Only where [`Capabilities::keeps_attributes`].
    pub(crate) created: Option<FileTime>,
}

/// What a storage can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// Names that differ by case alone are different names. Where they are not, a look-up does not tell how a name
    /// is spelled on the disk.
    pub(crate) minds_case: bool,
    /// DOS attributes and creation times are kept by the storage itself.
    pub(crate) keeps_attributes: bool,
    /// A file may have several names.
    pub(crate) hard_links: bool,
    /// There are symbolic links.
    pub(crate) symbolic_links: bool,
    /// Holes take no space.
    pub(crate) sparse: bool,
    /// Descriptors that a listing takes besides that of its folder.
    pub(crate) listing_takes: u64,
    /// It tells when somebody else than we changes a file, or nobody else can.
    pub(crate) tells_of_changes: bool,
}

/// An entry's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// As clients see it.
    pub(crate) wire: String,
    /// As the storage spells it.
    pub(crate) disk: DiskName,
}

/// A folder's entries, read piece by piece.
pub(crate) trait Names: Send + Sync {
    /// The next names, about `most` of them; none at the end.
    fn next(&mut self, most: usize) -> Io<'_, Vec<Name>>;
}

/// A storage: one share's tree.
pub(crate) trait Backend: Debug + Send + Sync {
    fn capabilities(&self) -> Capabilities;
    /// A wire name in this storage's spelling; `None` if it can't have one.
    fn disk_name(&self, wire: &str) -> Option<DiskName>;
    /// The way back; `None` for names that clients are never shown.
    fn wire_name(&self, disk: &DiskName) -> Option<String>;
    /// Whether the storage that was opened is still the one that its settings name: false when a disk was
    /// unplugged, or the folder replaced by another of the same name.
    fn is_current(&self) -> Io<'_, bool>;
    /// Opens or creates a file, or opens a folder for listing.
    fn open(&self, path: &DiskPath, how: OpenHow) -> Io<'_, Box<dyn BackendFile>>;
    /// Looks without opening.
    fn stat(&self, path: &DiskPath, follow: bool) -> Io<'_, Stat>;
    /// The entries of a folder.
    fn names(&self, folder: &DiskPath) -> Io<'_, Box<dyn Names>>;
    /// Has it told when names of a folder change, for as long as what comes back is kept; `None` where nobody tells.
    fn watch_names(&self, _folder: &DiskPath) -> Io<'_, Option<Box<dyn NamesWatch>>> {
        Io::now(Ok(None))
    }
    /// Has it told what happens in a folder, or `below` it as well, for as long as what comes back is kept; `None` where
    /// nobody but we can do anything there.
    fn watch_folder(
        &self,
        _folder: &DiskPath,
        _below: bool,
        _hears: Weak<dyn HearsOfFolders>,
    ) -> Io<'_, Option<Box<dyn FolderWatch>>> {
        Io::now(Ok(None))
    }
    fn create_directory(&self, path: &DiskPath, mode: CreateMode) -> Io<'_, ()>;
    fn remove_file(&self, path: &DiskPath) -> Io<'_, ()>;
    /// What in its folder would keep a name from being removed, as far as that can be known before it is tried: that
    /// this account may not write there, that the file system is read-only.
    fn check_removal(&self, path: &DiskPath) -> Io<'_, ()>;
    /// Removes a name if it (or, of a link, what it leads to) still is `key`; `None` when it is not.
    fn remove_if(&self, path: &DiskPath, key: FileKey, directory: bool) -> Io<'_, Option<Removed>>;
    /// Renames; with `replace`, over what is there, else never over anything.
    fn rename(&self, from: &DiskPath, to: &DiskPath, replace: bool) -> Io<'_, ()>;
    /// Gives a file one more name; of a link, what it leads to.
    fn hard_link(&self, from: &DiskPath, to: &DiskPath) -> Io<'_, ()>;
    fn symlink(&self, target: &str, link: &DiskPath) -> Io<'_, ()>;
    /// A link's target, parts separated by slashes.
    fn read_link(&self, path: &DiskPath) -> Io<'_, Vec<u8>>;
    fn volume(&self) -> Io<'_, VolumeInfo>;
    /// Where this storage's requests wait.
    fn lane(&self) -> &Lane;
}

/// An open file or folder.
pub(crate) trait BackendFile: Debug + Send + Sync {
    fn stat(&self) -> Io<'_, Stat>;
    /// A folder's entries, from the first.
    fn names(&self) -> Io<'_, Box<dyn Names>>;
    /// Looks at entries of a folder, at links themselves; `None` for what is gone.
    fn stat_children<'a>(&'a self, names: &'a [Name]) -> Io<'a, Vec<Option<Stat>>>;
    /// Appends up to `length` bytes at `offset` to `out`, without clearing memory first where possible.
    fn read_into<'a>(&'a self, offset: u64, length: usize, out: &'a mut Vec<u8>) -> Io<'a, usize>;
    fn write_at<'a>(&'a self, offset: u64, data: &'a [u8]) -> Io<'a, ()>;
    fn set_size(&self, size: u64) -> Io<'_, ()>;
    /// Reserves space up to `size` without changing the file's size, where the disk gives back with the last close what is
    /// not used by then; does nothing elsewhere.
    fn reserve(&self, size: u64) -> Io<'_, ()>;
    /// The parts of a range that are no holes, in order, no more than `most`.
    fn allocated_ranges(&self, range: Range<u64>, most: usize) -> Io<'_, Vec<Range<u64>>>;
    /// Makes a hole; false where the disk can't.
    fn punch(&self, range: Range<u64>) -> Io<'_, bool>;
    /// Copies a range without taking it through our memory; false where that can't be done.
    fn copy_from<'a>(&'a self, source: &'a dyn BackendFile, from: u64, to: u64, length: u64) -> Io<'a, bool>;
    /// The storage's own idea of the file, for [`copy_from`](Self::copy_from) to recognise its own kind.
    fn as_any(&self) -> &dyn std::any::Any;
    /// Puts what was written where a power cut leaves it.
    fn sync(&self) -> Io<'_, ()>;
    /// The last that is asked of a file that was written: a storage that only stages what is written puts it in
    /// place now. Its error is the client's to hear.
    fn finish(&self) -> Io<'_, ()>;
    fn set_times(&self, times: Times) -> Io<'_, ()>;
    fn set_mode(&self, mode: u32) -> Io<'_, ()>;
    /// DOS attributes, where the disk keeps them.
    fn set_attributes(&self, attributes: u32) -> Io<'_, ()>;
    /// Has it told when somebody else than we changes this file, for as long as what comes back is kept; `None` where
    /// nobody else can. Does not wait. Asked only where [`Capabilities::tells_of_changes`].
    fn watch(&self, key: FileKey) -> std::io::Result<Option<Arc<dyn Watch>>>;
}
