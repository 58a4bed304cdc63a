//! DOS attributes and creation time: what the disk tells, and the row in the store where that differs.

use super::backend::{Backend, BackendFile, Stat};
use super::error::VfsError;
use super::info::{DosAttributes, FileInfo, FileKind, FileTime};
use crate::store::{FileMetadataKey, FileMetadataRow, Store};

/// The owner's write permission: its absence is the read-only attribute.
const OWNER_WRITE: u32 = 0o200;

impl Stat {
    pub(crate) fn metadata_key(&self) -> FileMetadataKey {
        FileMetadataKey {
            volume: self.key.volume,
            file: self.key.file,
            birth: self.birth,
        }
    }
}

/// What is reported of a file, given its row.
pub(crate) fn describe(
    stat: &Stat,
    name: Option<&str>,
    row: Option<FileMetadataRow>,
    delete_pending: bool,
) -> FileInfo {
    let directory = stat.kind == FileKind::Directory;
    let row = row.unwrap_or_default();
    let mut attributes = match (stat.native_attributes, row.dos_attributes) {
        (Some(native), _) => DosAttributes::from_bits_truncate(native),
        (None, Some(kept)) => DosAttributes::from_bits_truncate(kept) & DosAttributes::KEPT,
        (None, None) => default_attributes(name, directory),
    };
    attributes -= DosAttributes::NORMAL | DosAttributes::DIRECTORY;
    if stat.native_attributes.is_none() && !directory {
        attributes.set(DosAttributes::READONLY, stat.mode & OWNER_WRITE == 0);
    }
    if directory {
        attributes |= DosAttributes::DIRECTORY;
    }
    if attributes.is_empty() {
        attributes = DosAttributes::NORMAL;
    }
    // A folder has one name; Unix counts what its subfolders call it, too.
    let names = if directory { stat.links.min(1) } else { stat.links };
    FileInfo {
        key: stat.key,
        kind: stat.kind,
        size: stat.size,
        allocation_size: stat.allocated,
        created: row.created.map_or(stat.created, FileTime),
        accessed: stat.accessed,
        modified: stat.modified,
        changed: stat.changed,
        attributes,
        links: names.saturating_sub(u32::from(delete_pending)),
        delete_pending,
        mode: stat.mode,
        uid: stat.uid,
        gid: stat.gid,
    }
}

/// A file without a row: ready to be archived, and hidden when its name says so on Unix.
fn default_attributes(name: Option<&str>, directory: bool) -> DosAttributes {
    let mut attributes = if directory {
        DosAttributes::empty()
    } else {
        DosAttributes::ARCHIVE
    };
    if is_dot_name(name) {
        attributes |= DosAttributes::HIDDEN;
    }
    attributes
}

/// Reads the row and describes.
pub(crate) fn look(
    store: &Store,
    stat: &Stat,
    name: Option<&str>,
    delete_pending: bool,
) -> Result<FileInfo, VfsError> {
    let row = store.file_metadata(stat.metadata_key())?;
    Ok(describe(stat, name, row, delete_pending))
}

/// Sets attributes durably: on disk where it keeps them, else the write bit and a row where it is needed.
pub(crate) async fn set_attributes(
    store: &Store,
    backend: &dyn Backend,
    file: &dyn BackendFile,
    name: Option<&str>,
    attributes: DosAttributes,
) -> Result<(), VfsError> {
    let wanted = attributes & DosAttributes::SETTABLE;
    if backend.capabilities().keeps_attributes {
        return Ok(file.set_attributes(wanted.bits()).await?);
    }
    let stat = file.stat().await?;
    let directory = stat.kind == FileKind::Directory;
    if !directory {
        let read_only = wanted.contains(DosAttributes::READONLY);
        if read_only == (stat.mode & OWNER_WRITE != 0) {
            // Taking away write takes all of it; giving it back gives the owner's.
            let mode = if read_only {
                stat.mode & !0o222
            } else {
                stat.mode | OWNER_WRITE
            };
            file.set_mode(mode).await?;
        }
    }
    change_row(store, &stat, |row| {
        let sparse = row.dos_attributes.unwrap_or(0) & DosAttributes::SPARSE_FILE.bits();
        // A folder's mode must go on letting people in: there the row has it.
        let by_mode = if directory {
            DosAttributes::empty()
        } else {
            DosAttributes::READONLY
        };
        let kept = (wanted - by_mode).bits() | sparse;
        let is_default = kept == default_attributes(name, directory).bits();
        row.dos_attributes = (!is_default).then_some(kept);
    })
}

/// Marks a file as sparse, or not, durably.
pub(crate) async fn set_sparse(
    store: &Store,
    backend: &dyn Backend,
    file: &dyn BackendFile,
    name: Option<&str>,
    sparse: bool,
) -> Result<(), VfsError> {
    if backend.capabilities().keeps_attributes {
        // There the file system must be asked to, and std can't.
        return Err(VfsError::NotSupported);
    }
    change_row(store, &file.stat().await?, |row| {
        let default = default_attributes(name, false);
        let mut kept = row
            .dos_attributes
            .map_or(default, DosAttributes::from_bits_truncate);
        kept.set(DosAttributes::SPARSE_FILE, sparse);
        row.dos_attributes = (kept != default).then_some(kept.bits());
    })
}

/// Sets the creation time durably.
pub(crate) fn set_created(store: &Store, stat: &Stat, created: FileTime) -> Result<(), VfsError> {
    let kept = (created != stat.created).then_some(created.0);
    change_row(store, stat, |row| row.created = kept)
}

/// Forgets a file that is gone.
pub(crate) fn forget(store: &Store, key: FileMetadataKey) {
    if let Err(error) = store.remove_file_metadata(key) {
        tracing::warn!(%error, "the metadata of a removed file stays in the store");
    }
}

/// A name is gone from the disk: with the last one of a file, what is known of it goes too. `stat` is the file
/// as it was.
pub(crate) fn name_removed(store: &Store, stat: &Stat) {
    if stat.links <= 1 {
        forget(store, stat.metadata_key());
    }
}

/// Unix hides names that start with a dot.
pub(crate) fn is_dot_name(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.starts_with('.'))
}

fn change_row(store: &Store, stat: &Stat, change: impl FnOnce(&mut FileMetadataRow)) -> Result<(), VfsError> {
    let key = stat.metadata_key();
    let before = store.file_metadata(key)?.unwrap_or_default();
    let mut after = before;
    change(&mut after);
    if after == before {
        return Ok(());
    }
    if after == FileMetadataRow::default() {
        return Ok(store.remove_file_metadata(key)?);
    }
    Ok(store.set_file_metadata(key, &after)?)
}
