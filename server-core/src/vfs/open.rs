//! One open of a file or folder: what it is, what it may do, its name, its end. `content`, `attributes`, `extents` and
//! `waiting` have the other operations on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::access::Subject;
use super::backend::{Backend, BackendFile, Name, Times};
use super::directory::{DirectoryScan, Pattern};
use super::error::{Denial, VfsError};
use super::info::{DosAttributes, FileInfo, FileKey};
use super::lookup::Found;
use super::metadata;
use super::notify::{ChangeAction, NotifyFilter};
use super::open_table::{CloseUnasked, FileShared, Link, OpenId, Place};
use super::path::SharePath;
use super::share::ShareView;
use crate::live::ActivityKind;
use crate::security::AccessMask;
use crate::store::{FileMetadataKey, Store};

/// One open of a file or folder, with the access granted to it. Every method checks that access, the
/// caller's *present* permission in the share, and byte-range locks.
pub struct Open {
    pub(super) id: OpenId,
    pub(super) view: ShareView,
    pub(super) shared: Arc<FileShared>,
    pub(super) link: Arc<Link>,
    pub(super) file: Box<dyn BackendFile>,
    pub(super) key: FileKey,
    pub(super) metadata_key: FileMetadataKey,
    pub(super) directory: bool,
    pub(super) granted: AccessMask,
    pub(super) created: bool,
    pub(super) append: bool,
    pub(super) case_sensitive: bool,
    pub(super) write_through: bool,
    pub(super) delete_on_close: bool,
    /// Made, replaced or written by this open.
    pub(super) written: AtomicBool,
    /// Bytes were written and the watchers of the folder have not heard of it.
    pub(super) untold: AtomicBool,
    /// Times set explicitly, which this open's own writes must not move.
    pub(super) sticky: Mutex<Times>,
    pub(super) closed: AtomicBool,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open")
            .field("id", &self.id)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Open {
    /// The access granted.
    pub fn granted(&self) -> AccessMask {
        self.granted
    }

    /// The share as its opener entered it.
    pub fn view(&self) -> &ShareView {
        &self.view
    }

    /// The file's identity.
    pub fn key(&self) -> FileKey {
        self.key
    }

    /// Whether it is a folder.
    pub fn is_directory(&self) -> bool {
        self.directory
    }

    /// The path as it is now (renames move it).
    pub fn path(&self) -> SharePath {
        self.link.place.lock().path.clone()
    }

    /// The file as it is now. Needs no right: protocols check READ_ATTRIBUTES where they must.
    ///
    /// # Errors
    /// Closed, or the operating system's.
    pub fn info(&self) -> Result<FileInfo, VfsError> {
        self.alive()?;
        self.restore_sticky_times();
        Ok(self.look()?.0)
    }

    /// The file as it is now, and whether it still has its name.
    pub(super) fn look(&self) -> Result<(FileInfo, bool), VfsError> {
        let stat = self.file.stat()?;
        let dot = if metadata::is_dot_name(self.link.place.lock().path.name()) {
            Some(".")
        } else {
            None
        };
        let info = metadata::look(self.store(), &stat, dot, self.link.delete_pending())?;
        // Some file systems count no links at all; then the name tells.
        let named = stat.links > 0
            || self
                .backend()
                .stat(&self.disk_path(), true)
                .is_ok_and(|found| found.key == self.key);
        Ok((info, named))
    }

    /// Marks or unmarks for deletion when the last open closes.
    ///
    /// # Errors
    /// NotGranted without DELETE; CannotDelete; DirectoryNotEmpty.
    pub fn set_delete_pending(&self, delete: bool) -> Result<(), VfsError> {
        self.permit(AccessMask::DELETE)?;
        if delete {
            self.check_deletable()?;
        }
        self.view.engine().opens.set_delete_pending(&self.link, delete);
        self.tell_of_deletion();
        Ok(())
    }

    /// Renames or moves within the share.
    ///
    /// # Errors
    /// NotGranted without DELETE; AlreadyExists; SharingViolation; AccessDenied when the target is open.
    pub async fn rename(&self, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        loop {
            self.permit(AccessMask::DELETE)?;
            let moved = self.view.move_open(self, to, replace);
            match self.view.noting_refusal(to, moved)? {
                None => return Ok(()),
                Some(wait) => wait.over(&self.view.engine().opens).await,
            }
        }
    }

    /// Adds a hard link.
    ///
    /// # Errors
    /// AlreadyExists; NotSupported.
    pub async fn link(&self, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        loop {
            self.alive()?;
            if self.directory {
                return Err(VfsError::IsADirectory);
            }
            let linked = self.view.link_open(self, to, replace);
            match self.view.noting_refusal(to, linked)? {
                None => return Ok(()),
                Some(wait) => wait.over(&self.view.engine().opens).await,
            }
        }
    }

    /// Starts listing a folder; only names that match `pattern` are looked at more closely.
    /// `.` and `..` are not included.
    ///
    /// # Errors
    /// NotGranted without READ_DATA (list); NotADirectory.
    pub fn scan(self: &Arc<Self>, pattern: &Pattern) -> Result<DirectoryScan, VfsError> {
        self.permit(AccessMask::READ_DATA)?;
        if !self.directory {
            return Err(VfsError::NotADirectory);
        }
        let names = match pattern.literal().filter(|_| self.backend().minds_case()) {
            None => self.file.names()?,
            Some(name) => Box::new(self.entry(name)?.map(Ok).into_iter()),
        };
        Ok(DirectoryScan::new(Arc::clone(self), names, pattern.clone()))
    }

    /// The one entry that a pattern without wildcards can match: a look-up instead of a scan.
    fn entry(&self, name: &str) -> Result<Option<Name>, VfsError> {
        let Ok(path) = self.path().join(name) else {
            return Ok(None);
        };
        match self.view.find(&path, self.case_sensitive, false) {
            Ok(Found::Existing { disk, .. }) => {
                let Some(disk) = disk.file_name() else {
                    return Ok(None);
                };
                Ok(self.backend().wire_name(disk).map(|wire| Name {
                    wire,
                    disk: disk.into(),
                }))
            }
            Ok(Found::Missing { .. }) | Err(VfsError::NameTooLong | VfsError::InvalidName) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Closes: releases locks, deletes when that is due. Idempotent; the operations above then give `Closed`.
    ///
    /// # Errors
    /// The operating system's, when a pending deletion fails.
    pub fn close(&self) -> Result<(), VfsError> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.restore_sticky_times();
        let opens = &self.view.engine().opens;
        if self.delete_on_close && self.check_deletable().is_ok() {
            opens.set_delete_pending(&self.link, true);
            self.tell_of_deletion();
        }
        self.view.engine().watches.end(self.id);
        let outcome = if opens.leave(self.id) {
            let place = self.link.place.lock().clone();
            let outcome = self.view.remove_closed(&place, self.key, self.metadata_key, self);
            opens.finish_delete(self.key);
            if outcome.is_ok() {
                self.view.report(ActivityKind::Removed, &place.path, "removed");
            }
            outcome
        } else {
            self.tell_of_writing();
            if self.written.load(Ordering::Acquire) && !self.directory {
                self.view
                    .report(ActivityKind::FileWritten, &self.path(), "written");
            }
            Ok(())
        };
        self.view.caller().session.file_closed();
        outcome
    }

    pub(super) fn store(&self) -> &Store {
        &self.view.engine().store
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        self.view.backend()
    }

    pub(super) fn file(&self) -> &dyn BackendFile {
        self.file.as_ref()
    }

    pub(super) fn disk_path(&self) -> PathBuf {
        self.link.place.lock().disk.clone()
    }

    pub(super) fn alive(&self) -> Result<(), VfsError> {
        if self.closed.load(Ordering::Acquire) || !self.view.is_live() {
            Err(VfsError::Closed)
        } else {
            Ok(())
        }
    }

    /// The handle has these rights, and the caller still may use them.
    pub(super) fn permit(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.alive()?;
        if !self.granted.contains(needed) {
            return Err(VfsError::AccessDenied(Denial::NotGranted));
        }
        self.still_allowed(needed)
    }

    /// The handle has one of these rights, and the caller still may use it.
    pub(super) fn permit_any(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.alive()?;
        let usable = self.granted & needed;
        if usable.is_empty() {
            return Err(VfsError::AccessDenied(Denial::NotGranted));
        }
        if usable.intersects(self.view.allowed(self.subject())) {
            return Ok(());
        }
        self.still_allowed(usable)
    }

    fn still_allowed(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.view.check(needed, self.subject())
    }

    pub(super) fn subject(&self) -> Subject {
        match (self.created, self.directory) {
            (true, _) => Subject::Own,
            (false, true) => Subject::Folder,
            (false, false) => Subject::File,
        }
    }

    /// Tells who watches the folder that this was changed.
    pub(super) fn tell(&self, changed: NotifyFilter) {
        if self.view.engine().watches.any() {
            self.view.tell(ChangeAction::Modified, &self.path(), changed);
        }
    }

    /// Tells, once for many writes, who watches the folder.
    pub(super) fn tell_of_writing(&self) {
        if self.untold.swap(false, Ordering::AcqRel) {
            self.tell(NotifyFilter::SIZE | NotifyFilter::LAST_WRITE);
        }
    }

    /// Tells who watches this folder that it is going to be deleted.
    fn tell_of_deletion(&self) {
        if self.directory && self.link.delete_pending() {
            let place = self.link.place.lock().clone();
            self.view.engine().watches.folder_goes(&place);
        }
    }

    fn check_deletable(&self) -> Result<(), VfsError> {
        let Place { path, .. } = self.link.place.lock().clone();
        if path.is_root() {
            return Err(VfsError::CannotDelete);
        }
        let stat = self.file.stat()?;
        let info = metadata::look(self.store(), &stat, path.name(), false)?;
        if info.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::CannotDelete);
        }
        if self.directory && self.file.names()?.next().is_some() {
            return Err(VfsError::DirectoryNotEmpty);
        }
        Ok(())
    }
}

impl CloseUnasked for Open {
    fn close_unasked(&self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "a file marked for deletion could not be deleted");
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::debug!(%error, "closing an abandoned open");
        }
    }
}
