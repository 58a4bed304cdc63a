//! Shares as callers see them: what they are, what the caller may do there, looking at things.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::access::{self, Subject};
use super::backend::{Backend, DiskName, DiskPath, Stat};
use super::engine::{Inner, MountedShare};
use super::error::{Denial, VfsError};
use super::info::{FileInfo, FileKind};
use super::lookup::{self, Found};
use super::metadata;
use super::notify::ChangeAction;
use super::path::SharePath;
use super::space::Credit;
use crate::identity::{LiveGrant, Permission, Principal, ShareSettings};
use crate::live::{ActivityKind, ActivityRecord, Event, LiveSession};
use crate::security::AccessMask;

/// Who is calling: a principal on a live session.
#[derive(Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The session it came by; opens and bytes are counted there.
    pub session: Arc<LiveSession>,
}

/// A share entered by a caller (an SMB tree connect, an SFTP session's view of a share). Cloning is cheap.
#[derive(Debug, Clone)]
pub struct ShareView {
    pub(super) engine: Arc<Inner>,
    pub(super) mounted: Arc<MountedShare>,
    settings: Arc<ShareSettings>,
    pub(super) caller: Arc<Caller>,
    grant: Arc<LiveGrant>,
}

impl ShareView {
    pub(super) fn new(
        engine: Arc<Inner>,
        mounted: Arc<MountedShare>,
        caller: Arc<Caller>,
        grant: Arc<LiveGrant>,
    ) -> Self {
        let settings = mounted.settings.get();
        Self {
            engine,
            mounted,
            settings,
            caller,
            grant,
        }
    }

    /// The share's settings as they were when it was entered.
    pub fn settings(&self) -> &ShareSettings {
        &self.settings
    }

    /// The caller's live permission.
    pub fn grant(&self) -> &Arc<LiveGrant> {
        &self.grant
    }

    /// Who is calling.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// False once the share was removed or its folder changed: the protocol then ends the tree.
    pub fn is_live(&self) -> bool {
        self.mounted.live.load(Ordering::Acquire)
    }

    /// Whether another view is of the share as it is mounted here.
    pub(crate) fn is_of_same_mount(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.mounted, &other.mounted)
    }

    /// The most a caller could be granted now on the root.
    pub fn maximal_access(&self) -> AccessMask {
        self.allowed(Subject::Folder)
    }

    /// The most a caller could be granted now on an open file (MxAc): permission, share and the file's attributes.
    pub fn maximal_access_for(&self, info: &FileInfo) -> AccessMask {
        let directory = info.is_directory();
        let rights = self.allowed(if directory { Subject::Folder } else { Subject::File });
        access::with_attributes(rights, info.attributes, directory)
    }

    /// Looks at a path without opening it; `follow` resolves a final symlink inside the share.
    ///
    /// # Errors
    /// NotFound, PathNotFound, AccessDenied.
    pub async fn stat(
        &self,
        path: &SharePath,
        follow: bool,
        case_sensitive: bool,
    ) -> Result<FileInfo, VfsError> {
        self.alive()?;
        self.check(AccessMask::READ_ATTRIBUTES, Subject::Folder)?;
        match self.find(path, case_sensitive, follow).await? {
            Found::Existing { stat, .. } => {
                self.check(AccessMask::READ_ATTRIBUTES, self.subject_of(&stat))?;
                metadata::look(&self.engine.store, &stat, path.name(), false)
            }
            Found::Missing { .. } => Err(VfsError::NotFound),
            Found::Unfollowed { why, .. } => Err(why),
        }
    }

    /// Reads a symlink's target.
    ///
    /// # Errors
    /// InvalidParameter when it is no link.
    pub async fn read_link(&self, path: &SharePath) -> Result<String, VfsError> {
        self.alive()?;
        self.check(AccessMask::READ_DATA, Subject::File)?;
        let (disk, stat) = self.existing(path, false).await?;
        if stat.kind != FileKind::Symlink {
            return Err(VfsError::InvalidParameter);
        }
        let target = self.backend().read_link(&disk).await?;
        let parts = target.split(|byte| *byte == b'/').map(|part| match part {
            b"" | b"." | b".." => std::str::from_utf8(part).ok().map(str::to_owned),
            name => self.backend().wire_name(&DiskName::new(name)),
        });
        // A target that no path can carry leads nowhere for a client.
        let parts = parts.collect::<Option<Vec<_>>>().ok_or(VfsError::NotFound)?;
        Ok(parts.join("/"))
    }

    /// Makes a symlink. A target that would lead out of the share is refused.
    ///
    /// # Errors
    /// AccessDenied, AlreadyExists, NotSupported.
    pub async fn symlink(&self, path: &SharePath, target: &str) -> Result<(), VfsError> {
        self.alive()?;
        self.noting_refusal(path, self.symlink_now(path, target).await)
    }

    async fn symlink_now(&self, path: &SharePath, target: &str) -> Result<(), VfsError> {
        self.check(AccessMask::WRITE_DATA | AccessMask::DELETE, Subject::File)?;
        if target.is_empty() || !stays_inside(path, target) {
            return Err(VfsError::AccessDenied(Denial::OutsideShare));
        }
        match self.find(path, true, false).await? {
            Found::Existing { .. } | Found::Unfollowed { .. } => Err(VfsError::AlreadyExists),
            Found::Missing { disk, .. } => {
                self.backend().symlink(target, &disk).await?;
                self.changed_link(path, ChangeAction::Added);
                Ok(())
            }
        }
    }

    pub(super) async fn find(
        &self,
        path: &SharePath,
        case_sensitive: bool,
        follow: bool,
    ) -> Result<Found, VfsError> {
        let found = lookup::find(self.backend(), &self.engine.names, path, case_sensitive, follow).await?;
        // However it came to be there: no share may lead to what is Landfall's own.
        let (Found::Existing { stat, .. }
        | Found::Missing { folder: stat, .. }
        | Found::Unfollowed { stat, .. }) = &found;
        if self.engine.is_own(stat.key) {
            return Err(VfsError::AccessDenied(Denial::OwnData));
        }
        Ok(found)
    }

    pub(super) async fn existing(
        &self,
        path: &SharePath,
        follow: bool,
    ) -> Result<(DiskPath, Stat), VfsError> {
        match self.find(path, true, follow).await? {
            Found::Existing { disk, stat } => Ok((disk, stat)),
            Found::Missing { .. } => Err(VfsError::NotFound),
            Found::Unfollowed { why, .. } => Err(why),
        }
    }

    /// The folder that a name is in, as it is now.
    pub(super) async fn folder_of(&self, disk: &DiskPath) -> Result<Stat, VfsError> {
        Ok(self.backend().stat(&disk.parent(), true).await?)
    }

    pub(super) fn alive(&self) -> Result<(), VfsError> {
        if self.is_live() {
            Ok(())
        } else {
            Err(VfsError::Closed)
        }
    }

    pub(super) fn engine(&self) -> &Inner {
        &self.engine
    }

    pub(super) fn credit(&self) -> &Credit {
        &self.mounted.credit
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        self.mounted.backend.as_ref()
    }

    /// What rights on something that is there are asked on.
    pub(super) fn subject_of(&self, stat: &Stat) -> Subject {
        if stat.kind == FileKind::Directory {
            return Subject::Folder;
        }
        let uploaded = self.is_drop_box() && {
            let uploads = &self.engine.uploads;
            uploads.is_by(self.caller.session.usage().consumer(), stat.metadata_key())
        };
        if uploaded {
            Subject::Uploaded
        } else {
            Subject::File
        }
    }

    /// Whether the caller may put things in and see nothing.
    pub(super) fn is_drop_box(&self) -> bool {
        self.grant.permission() == Permission::DropBox
    }

    /// What the caller may do now.
    pub(super) fn allowed(&self, subject: Subject) -> AccessMask {
        access::allowed(self.grant.permission(), self.is_read_only(), subject)
    }

    /// Whether the caller may do this now.
    pub(super) fn check(&self, wanted: AccessMask, subject: Subject) -> Result<(), VfsError> {
        access::check(wanted, self.allowed(subject), self.is_read_only())
    }

    /// Whether anything may be deleted in the share at all.
    pub(super) fn takes_deletions(&self) -> Result<(), VfsError> {
        self.alive()?;
        if self.is_read_only() {
            return Err(VfsError::AccessDenied(Denial::ReadOnlyShare));
        }
        Ok(())
    }

    /// As it is set now, not as it was when the share was entered.
    pub(super) fn is_read_only(&self) -> bool {
        self.mounted.read_only.load(Ordering::Acquire)
    }

    /// Tells who listens what happened to a path.
    pub(super) fn report(&self, kind: ActivityKind, path: &SharePath, message: &str) {
        self.engine.events.send(Event::Activity(ActivityRecord {
            protocol: Some(self.caller.session.protocol()),
            user: Some(self.caller.principal.name.clone()),
            address: Some(self.caller.session.address().ip()),
            share: Some(self.settings.name.clone()),
            path: Some(path.to_string()),
            ..ActivityRecord::new(kind, message)
        }));
    }

    /// Passes an outcome on; a refusal is reported.
    pub(super) fn noting_refusal<T>(
        &self,
        path: &SharePath,
        outcome: Result<T, VfsError>,
    ) -> Result<T, VfsError> {
        if let Err(VfsError::AccessDenied(denial)) = &outcome {
            self.report_refusal(path, denial);
        }
        outcome
    }

    /// Tells of a refusal; those that are the same, and too many, are counted.
    pub(super) fn report_refusal(&self, path: &SharePath, why: &dyn std::fmt::Display) {
        self.report(ActivityKind::AccessRefused, path, &format!("refused: {why}"));
    }

    /// Tells of a deletion that did not take place after all.
    pub(super) fn report_not_deleted(&self, path: &SharePath, why: &dyn std::fmt::Display) {
        self.report(ActivityKind::NotDeleted, path, &format!("not deleted: {why}"));
    }
}

/// Whether a link's target, resolved from the link's folder, stays inside the share.
fn stays_inside(link: &SharePath, target: &str) -> bool {
    if target.starts_with('/') || target.contains('\0') {
        return false;
    }
    // Both mean something on Windows, where other programs follow the link as it stands.
    if cfg!(windows) && target.contains(['\\', ':']) {
        return false;
    }
    let mut depth = link.components().len().saturating_sub(1);
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_targets_are_judged_from_the_folder_of_the_link() {
        let link = SharePath::from_sftp(b"a/b/link").unwrap();
        for inside in ["x", "../x", "../../x", "./x/../../y"] {
            assert!(stays_inside(&link, inside), "{inside}");
        }
        for outside in ["/etc/passwd", "../../../x", "x/../../../../y"] {
            assert!(!stays_inside(&link, outside), "{outside}");
        }
        if cfg!(windows) {
            for outside in [r"..\x", r"\x", r"C:\x", "C:x", r"\\server\share\x"] {
                assert!(!stays_inside(&link, outside), "{outside}");
            }
        }
    }
}
