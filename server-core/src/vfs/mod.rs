//! The file engine shared by both protocols: paths, shares, opens, locks, metadata, access.
//! Values and paths in, values out; knows nothing of SMB messages or SFTP packets.
//!
//! Operations are `async`: they wait for other clients (open, lock), and for a disk that does not answer at once. Dropping
//! the future of one cancels the wait; what has begun to change names comes to its end all the same ([`completing`]).

pub mod access;
mod attributes;
mod backend;
mod by_path;
mod change;
mod closing;
mod completing;
mod content;
mod copying;
mod creating;
mod deleting;
mod directory;
mod durable;
mod engine;
mod errno;
mod error;
mod extents;
mod handle;
mod info;
mod limits;
mod local_changes;
mod lookup;
mod machine;
mod metadata;
mod moving;
mod namespace;
mod notify;
mod open;
mod open_files;
mod open_table;
mod opening;
mod path;
mod pattern;
mod request;
mod share;
mod space;
mod uploads;
mod waiting;
mod watching;

pub use backend::{Conflict, OwnFolder, volume_of};
pub use directory::{DirectoryEntry, DirectoryScan};
pub use durable::Regained;
pub use engine::Engine;
pub use error::{Denial, VfsError};
pub use info::{DosAttributes, FileInfo, FileKey, FileKind, FileTime, SetTimes, VolumeInfo};
pub use limits::EngineLimits;
pub use machine::{
    BreakListener, CachingRequest, ClientGuid, Holder, LeaseBreak, LeaseId, LeaseKey, LeaseRequest,
    LeaseState, OpenId,
};
pub use notify::{Change, ChangeAction, Changes, NotifyFilter};
pub use open::Open;
pub use open_files::{CachingInfo, OpenFileInfo, WaitingFile};
pub use open_table::{CloseUnasked, HeldBy};
pub use path::{InvalidPath, SharePath};
pub use pattern::Pattern;
pub use request::{
    CreateAction, CreateOptions, Disposition, LockRange, OpenRequest, Opened, OpenedLease, ShareMode,
};
pub use share::{Caller, ShareView};
pub use space::KeepFree;

/// A name as clients of SMB see it, to the bytes that SFTP clients see: those on the disk.
pub fn wire_to_sftp(name: &str) -> Vec<u8> {
    namespace::wire_to_disk(name).unwrap_or_else(|| name.as_bytes().to_vec())
}

#[cfg(test)]
mod tests;
