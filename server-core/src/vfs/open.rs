//! A session's use of an open file or folder: what it is, what it may do, its name, listing it. `closing`, `content`,
//! `attributes`, `extents`, `deleting`, `moving` and `waiting` have the other operations on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::backend::{Backend, BackendFile, DiskPath, Name};
use super::directory::DirectoryScan;
use super::error::{Denial, VfsError};
use super::handle::Handle;
use super::info::{FileInfo, FileKey};
use super::lookup::Found;
use super::metadata;
use super::path::SharePath;
use super::pattern::Pattern;
use super::share::ShareView;
use crate::security::AccessMask;
use crate::store::Store;

/// One open of a file or folder, with the access granted to it. Every method checks that access, the
/// caller's *present* permission in the share, and byte-range locks.
pub struct Open {
    pub(super) handle: Arc<Handle>,
    pub(super) view: ShareView,
    /// Another session's use has taken its place: this one ends without ending the handle.
    pub(super) left: AtomicBool,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.handle.fmt(f)
    }
}

impl Open {
    /// The access granted.
    pub fn granted(&self) -> AccessMask {
        self.handle.granted
    }

    /// The share as its opener entered it.
    pub fn view(&self) -> &ShareView {
        &self.view
    }

    /// The file's identity.
    pub fn key(&self) -> FileKey {
        self.handle.key
    }

    /// Whether it is a folder.
    pub fn is_directory(&self) -> bool {
        self.handle.directory
    }

    /// The path as it is now (renames move it).
    pub fn path(&self) -> SharePath {
        self.handle.link.place.lock().path.clone()
    }

    /// The file as it is now. Needs no right: protocols check READ_ATTRIBUTES where they must.
    ///
    /// # Errors
    /// Closed, or the operating system's.
    pub async fn info(&self) -> Result<FileInfo, VfsError> {
        self.alive()?;
        if let Err(error) = self.handle.restore_sticky_times().await {
            tracing::debug!(%error, "times set by the client could not be kept");
        }
        Ok(self.look().await?.0)
    }

    /// The file as it is now, and whether it still has its name.
    pub(super) async fn look(&self) -> Result<(FileInfo, bool), VfsError> {
        let stat = self.file().stat().await?;
        let dot = if metadata::is_dot_name(self.handle.link.place.lock().path.name()) {
            Some(".")
        } else {
            None
        };
        let mut info = metadata::look(self.store(), &stat, dot, self.handle.link.delete_pending())?;
        info.allocation_size = info.allocation_size.max(self.handle.shared.reserved());
        // Some file systems count no links at all; then the name tells.
        let named = stat.links > 0
            || self
                .backend()
                .stat(&self.disk_path(), true)
                .await
                .is_ok_and(|found| found.key == self.handle.key);
        Ok((info, named))
    }

    /// Starts listing a folder; only names that match `pattern` are looked at more closely.
    /// `.` and `..` are not included.
    ///
    /// # Errors
    /// NotGranted without READ_DATA (list); NotADirectory.
    pub async fn scan(self: &Arc<Self>, pattern: &Pattern) -> Result<DirectoryScan, VfsError> {
        self.permit(AccessMask::READ_DATA)?;
        if !self.handle.directory {
            return Err(VfsError::NotADirectory);
        }
        let capabilities = self.backend().capabilities();
        match pattern.literal().filter(|_| capabilities.minds_case) {
            None => {
                let counted = match capabilities.listing_takes {
                    0 => None,
                    takes => Some(self.view.count_opens(takes)?),
                };
                let names = self.file().names().await?;
                Ok(DirectoryScan::new(
                    Arc::clone(self),
                    names,
                    counted,
                    pattern.clone(),
                ))
            }
            Some(name) => {
                let entry = self.entry(name).await?;
                Ok(DirectoryScan::of_one(Arc::clone(self), entry, pattern.clone()))
            }
        }
    }

    /// The one entry that a pattern without wildcards can match: a look-up instead of a scan.
    async fn entry(&self, name: &str) -> Result<Option<Name>, VfsError> {
        let Ok(path) = self.path().join(name) else {
            return Ok(None);
        };
        match self.view.find(&path, self.handle.case_sensitive, false).await {
            Ok(Found::Existing { disk, .. } | Found::Unfollowed { disk, .. }) => {
                let Some(disk) = disk.name() else {
                    return Ok(None);
                };
                let wire = self.backend().wire_name(&disk);
                Ok(wire.map(|wire| Name { wire, disk }))
            }
            Ok(Found::Missing { .. }) | Err(VfsError::NameTooLong | VfsError::InvalidName) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.view.engine().store
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        self.view.backend()
    }

    pub(super) fn file(&self) -> &dyn BackendFile {
        self.handle.file.as_ref()
    }

    pub(super) fn disk_path(&self) -> DiskPath {
        self.handle.link.place.lock().disk.clone()
    }

    pub(super) fn alive(&self) -> Result<(), VfsError> {
        if self.handle.is_closed() || self.left.load(Ordering::Acquire) || !self.view.is_live() {
            Err(VfsError::Closed)
        } else {
            Ok(())
        }
    }

    /// The handle has these rights, and the caller still may use them.
    pub(super) fn permit(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.alive()?;
        if !self.handle.granted.contains(needed) {
            return Err(VfsError::AccessDenied(Denial::NotGranted));
        }
        self.still_allowed(needed)
    }

    /// The handle has one of these rights, and the caller still may use it.
    pub(super) fn permit_any(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.alive()?;
        let usable = self.handle.granted & needed;
        if usable.is_empty() {
            return Err(VfsError::AccessDenied(Denial::NotGranted));
        }
        if usable.intersects(self.view.allowed(self.handle.subject())) {
            return Ok(());
        }
        self.still_allowed(usable)
    }

    pub(super) fn still_allowed(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.view.check(needed, self.handle.subject())
    }
}
