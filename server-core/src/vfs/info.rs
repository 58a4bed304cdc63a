//! What is known of a file: identity, kind, sizes, times, attributes.

use bitflags::bitflags;

/// Windows time: 100 ns units since 1601-01-01 UTC. Zero means "not given".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileTime(pub u64);

/// Seconds between 1601-01-01 and 1970-01-01.
const EPOCH_DIFFERENCE: i64 = 11_644_473_600;

impl FileTime {
    /// From Unix seconds and nanoseconds; clamped to what FILETIME can say.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Self {
        let ticks =
            (i128::from(seconds) + i128::from(EPOCH_DIFFERENCE)) * 10_000_000 + i128::from(nanoseconds / 100);
        Self(u64::try_from(ticks.max(0)).unwrap_or(u64::MAX))
    }
    /// Unix seconds and nanoseconds.
    pub fn to_unix(self) -> (i64, u32) {
        let seconds = i64::try_from(self.0 / 10_000_000).unwrap_or(i64::MAX) - EPOCH_DIFFERENCE;
        (seconds, u32::try_from(self.0 % 10_000_000).unwrap_or(0) * 100)
    }
    /// Now.
    pub fn now() -> Self {
        std::time::SystemTime::now().into()
    }
}

impl From<std::time::SystemTime> for FileTime {
    fn from(time: std::time::SystemTime) -> Self {
        match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Self::from_unix(
                i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                after.subsec_nanos(),
            ),
            Err(before) => {
                let before = before.duration();
                Self::from_unix(-i64::try_from(before.as_secs()).unwrap_or(i64::MAX), 0)
            }
        }
    }
}

bitflags! {
    /// File attributes ([MS-FSCC] 2.6).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct DosAttributes: u32 {
        /// FILE_ATTRIBUTE_READONLY.
        const READONLY = 0x0000_0001;
        /// FILE_ATTRIBUTE_HIDDEN.
        const HIDDEN = 0x0000_0002;
        /// FILE_ATTRIBUTE_SYSTEM.
        const SYSTEM = 0x0000_0004;
        /// FILE_ATTRIBUTE_DIRECTORY.
        const DIRECTORY = 0x0000_0010;
        /// FILE_ATTRIBUTE_ARCHIVE.
        const ARCHIVE = 0x0000_0020;
        /// FILE_ATTRIBUTE_NORMAL; never stored, shown when nothing else is set.
        const NORMAL = 0x0000_0080;
        /// FILE_ATTRIBUTE_TEMPORARY.
        const TEMPORARY = 0x0000_0100;
        /// FILE_ATTRIBUTE_SPARSE_FILE.
        const SPARSE_FILE = 0x0000_0200;
        /// FILE_ATTRIBUTE_REPARSE_POINT.
        const REPARSE_POINT = 0x0000_0400;
        /// FILE_ATTRIBUTE_COMPRESSED.
        const COMPRESSED = 0x0000_0800;
        /// FILE_ATTRIBUTE_OFFLINE.
        const OFFLINE = 0x0000_1000;
        /// FILE_ATTRIBUTE_NOT_CONTENT_INDEXED.
        const NOT_CONTENT_INDEXED = 0x0000_2000;
        /// FILE_ATTRIBUTE_ENCRYPTED.
        const ENCRYPTED = 0x0000_4000;
        /// What a client may set and we keep.
        const SETTABLE = 0x0000_3127;
        /// What the store keeps.
        const KEPT = 0x0000_3327;
    }
}

/// What sort of thing a name refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link (only seen where links are not followed).
    Symlink,
    /// A device, socket or pipe: listed, never opened.
    Other,
}

/// The identity of a file on this computer; equal for every name (hard link) of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileKey {
    /// Device or volume serial number.
    pub volume: u64,
    /// Inode or file index.
    pub file: u64,
}

/// Everything the protocols report of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// Identity.
    pub key: FileKey,
    /// Kind.
    pub kind: FileKind,
    /// Size of the content in bytes; 0 for folders.
    pub size: u64,
    /// Bytes that the content takes on disk; 0 for folders.
    pub allocation_size: u64,
    /// Creation time.
    pub created: FileTime,
    /// Last access.
    pub accessed: FileTime,
    /// Last change of content.
    pub modified: FileTime,
    /// Last change of content or metadata.
    pub changed: FileTime,
    /// Attributes as reported to clients: DIRECTORY where it applies, NORMAL when nothing else is set.
    pub attributes: DosAttributes,
    /// Hard links; the name being deleted is not counted once delete is pending.
    pub links: u32,
    /// Delete is pending.
    pub delete_pending: bool,
    /// Unix type and permission bits (`st_mode`); synthesised on Windows.
    pub mode: u32,
    /// Unix owner.
    pub uid: u32,
    /// Unix group.
    pub gid: u32,
}

impl FileInfo {
    /// Whether it is a folder.
    pub fn is_directory(&self) -> bool {
        self.kind == FileKind::Directory
    }
}

/// Times to set; `None` leaves a time as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetTimes {
    /// Creation time.
    pub created: Option<FileTime>,
    /// Last access.
    pub accessed: Option<FileTime>,
    /// Last content change.
    pub modified: Option<FileTime>,
    /// Last metadata change; kept where the platform can, else ignored.
    pub changed: Option<FileTime>,
}

/// The disk under a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeInfo {
    /// Bytes in all.
    pub total: u64,
    /// Bytes free.
    pub free: u64,
    /// Bytes free to this computer's account.
    pub available: u64,
    /// Allocation unit in bytes.
    pub allocation_unit: u32,
    /// Serial number, stable for the share.
    pub serial: u32,
    /// When the shared folder was created.
    pub created: FileTime,
    /// Total and free inodes, for `statvfs`.
    pub files: (u64, u64),
    /// The longest name of a component, in UTF-16 units.
    pub max_component: u32,
}
