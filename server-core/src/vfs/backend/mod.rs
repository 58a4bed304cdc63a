//! The trait that a storage implements. Paths are relative to the share and already in the disk's spelling;
//! nothing here assumes that a local path exists.

mod local;

use std::ffi::OsStr;
use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::info::{FileKey, FileKind, FileTime, VolumeInfo};

pub(crate) use local::{LocalBackend, is_out_of_handles};

/// How to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenHow {
    /// Content will be written.
    pub(crate) write: bool,
    /// Create it, and fail if it exists, with these permission bits.
    pub(crate) create: Option<CreateMode>,
}

/// Permission bits of a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CreateMode(pub(crate) u32);

/// What the storage knows of a file by itself.
#[derive(Debug, Clone)]
pub(crate) struct Stat {
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
}

/// Times to set on a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    pub(crate) accessed: Option<FileTime>,
    pub(crate) modified: Option<FileTime>,
    /// Only where `Backend::keeps_attributes`.
    pub(crate) created: Option<FileTime>,
}

/// A storage: one share's tree.
pub(crate) trait Backend: Debug + Send + Sync {
    /// A wire name in this storage's spelling; `None` if it can't have one.
    fn disk_name(&self, wire: &str) -> Option<PathBuf>;
    /// The way back; `None` for names that clients are never shown.
    fn wire_name(&self, disk: &OsStr) -> Option<String>;
    /// Whether the storage that was opened is still the one that its settings name: false when a disk was
    /// unplugged, or the folder replaced by another of the same name.
    fn is_current(&self) -> bool;
    /// Opens or creates a file, or opens a folder for listing.
    fn open(&self, path: &Path, how: OpenHow) -> io::Result<Box<dyn BackendFile>>;
    /// Looks without opening.
    fn stat(&self, path: &Path, follow: bool) -> io::Result<Stat>;
    /// The entries' names in wire form with their spelling on disk.
    fn names(&self, folder: &Path) -> io::Result<Box<dyn Iterator<Item = io::Result<Name>> + Send>>;
    fn create_directory(&self, path: &Path, mode: CreateMode) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a name if it (or, of a link, what it leads to) still is `key`; false when it is not.
    fn remove_if(&self, path: &Path, key: FileKey, directory: bool) -> io::Result<bool>;
    /// Renames; with `replace`, over what is there, else never over anything.
    fn rename(&self, from: &Path, to: &Path, replace: bool) -> io::Result<()>;
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn symlink(&self, target: &str, link: &Path) -> io::Result<()>;
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;
    fn volume(&self) -> io::Result<VolumeInfo>;
    /// Whether names that differ by case alone are different names; where they are not, a look-up does not tell
    /// how a name is spelled on the disk.
    fn minds_case(&self) -> bool;
    /// Whether DOS attributes and creation times are kept by the disk itself.
    fn keeps_attributes(&self) -> bool;
}

/// An entry's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) wire: String,
    pub(crate) disk: PathBuf,
}

/// An open file or folder.
pub(crate) trait BackendFile: Debug + Send + Sync {
    fn stat(&self) -> io::Result<Stat>;
    /// A folder's entries.
    fn names(&self) -> io::Result<Box<dyn Iterator<Item = io::Result<Name>> + Send>>;
    /// Looks at an entry of a folder, a link itself.
    fn stat_child(&self, name: &Path) -> io::Result<Stat>;
    /// Appends up to `length` bytes at `offset` to `out`, without clearing memory first where possible.
    fn read_into(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> io::Result<usize>;
    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()>;
    fn set_size(&self, size: u64) -> io::Result<()>;
    /// Reserves space up to `size` without changing the file's size; does nothing where the disk can't.
    fn reserve(&self, size: u64) -> io::Result<()>;
    /// The parts of a range that are no holes, in order, no more than `most`.
    fn allocated_ranges(&self, range: Range<u64>, most: usize) -> io::Result<Vec<Range<u64>>>;
    /// Makes a hole; false where the disk can't.
    fn punch(&self, range: Range<u64>) -> io::Result<bool>;
    /// Copies a range without taking it through our memory; false where that can't be done.
    fn copy_from(&self, source: &dyn BackendFile, from: u64, to: u64, length: u64) -> io::Result<bool>;
    /// The file as the operating system knows it, for a backend whose files it knows.
    fn as_local(&self) -> Option<&std::fs::File>;
    fn sync(&self) -> io::Result<()>;
    fn set_times(&self, times: Times) -> io::Result<()>;
    fn set_mode(&self, mode: u32) -> io::Result<()>;
    /// DOS attributes, where the disk keeps them.
    fn set_attributes(&self, attributes: u32) -> io::Result<()>;
}
