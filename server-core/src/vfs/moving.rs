//! Changing names: renaming and linking ([MS-FSA] 2.1.5.15.11, 2.1.5.15.6). Both act on names themselves: what a name
//! stands for, and what would be replaced, is looked at without following links.

use super::access::Subject;
use super::backend::{DiskName, DiskPath, Stat};
use super::change::Change;
use super::completing::Completing;
use super::error::{Denial, VfsError};
use super::handle::Handle;
use super::info::{DosAttributes, FileKind};
use super::lookup::Found;
use super::metadata;
use super::open::Open;
use super::open_table::{BreakWait, Place};
use super::path::SharePath;
use super::request::ShareMode;
use super::share::ShareView;
use crate::security::AccessMask;
use std::sync::Arc;

/// What a name is to become.
struct Target {
    disk: DiskPath,
    /// What is there now and goes.
    replaced: Option<Stat>,
    how: Moving,
}

/// How the disk is asked to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moving {
    /// A rename.
    Plain,
    /// It is the same name in another spelling: the disk may take it for replacing itself.
    Respelling,
    /// It is another name of the same file: the old one goes, the new one is there already.
    OntoItself,
}

/// Whether a rename can go ahead.
enum Way {
    Free(Target),
    /// Others have to let go first.
    Waits(BreakWait),
}

impl Open {
    /// Renames or moves within the share.
    ///
    /// # Errors
    /// NotGranted without DELETE; AlreadyExists; SharingViolation; AccessDenied when the target is open.
    pub async fn rename(&self, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        loop {
            self.permit(AccessMask::DELETE)?;
            let (view, handle, target) = (self.view.clone(), Arc::clone(&self.handle), to.clone());
            let moving = Completing::new(self.backend().lane(), async move {
                view.move_handle(&handle, &target, replace).await
            });
            let moved = moving.await;
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
            if self.handle.directory {
                return Err(VfsError::IsADirectory);
            }
            let (view, handle, target) = (self.view.clone(), Arc::clone(&self.handle), to.clone());
            let linking = Completing::new(self.backend().lane(), async move {
                view.link_handle(&handle, &target, replace).await
            });
            let linked = linking.await;
            match self.view.noting_refusal(to, linked)? {
                None => return Ok(()),
                Some(wait) => wait.over(&self.view.engine().opens).await,
            }
        }
    }
}

impl ShareView {
    /// Moves what a handle refers to. A wait comes back when others must first let go of what would be replaced.
    async fn move_handle(
        &self,
        handle: &Handle,
        to: &SharePath,
        replace: bool,
    ) -> Result<Option<BreakWait>, VfsError> {
        let from = handle.place();
        if from.path.is_root() || to.is_root() {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let adds = if handle.directory {
            AccessMask::APPEND_DATA
        } else {
            AccessMask::WRITE_DATA
        };
        self.check(adds, Subject::Folder)?;
        if handle.directory && self.is_drop_box() && !handle.is_empty_folder(self).await? {
            // What others put into it is not theirs to move.
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let Target { disk, replaced, how } = match self.rename_target(handle, &from, to, replace).await? {
            Way::Free(target) => target,
            Way::Waits(wait) => return Ok(Some(wait)),
        };
        if handle.directory && disk.moved(&from.disk, &DiskPath::root()).is_some() {
            // A folder does not go into itself.
            return Err(VfsError::InvalidParameter);
        }
        let entered = self.folder_of(&disk).await?;
        // Windows opens the target's folder to add to it, and does not share it for deletion: someone who has
        // the folder open in a way that contradicts that keeps names from being moved into it.
        let sharing = ShareMode::READ | ShareMode::WRITE;
        self.engine
            .opens
            .check_sharing(entered.key, AccessMask::WRITE_DATA, sharing)?;
        // Whoever keeps it, or something in it, open for a program that closed it lets go first.
        let waits = if handle.directory {
            self.engine.opens.give_up_handles_below(from.share, &from.path)
        } else {
            self.engine.opens.give_up_handles(handle.id)
        };
        if waits.is_some() {
            return Ok(waits);
        }
        let minds_case = self.backend().capabilities().minds_case;
        if handle.directory && self.engine.opens.has_opens_below(&from, minds_case) {
            return Err(VfsError::AccessDenied(Denial::InUse));
        }
        if handle.directory {
            self.engine.opens.close_away_below(from.share, &from.path);
        }
        let left = self.folder_of(&from.disk).await?;
        if disk != from.disk {
            match how {
                Moving::OntoItself => self.backend().remove_file(&from.disk).await?,
                Moving::Plain | Moving::Respelling => {
                    let over = replaced.is_some() || how == Moving::Respelling;
                    self.backend().rename(&from.disk, &disk, over).await?;
                }
            }
        }
        let after = Place {
            share: from.share,
            path: to.clone(),
            disk,
        };
        if let Some(stat) = &replaced {
            self.engine.opens.replaced(stat.key, &after);
            metadata::name_removed(&self.engine.store, stat);
        }
        self.engine.opens.moved(&handle.link, &after);
        if handle.directory {
            self.engine.watches.moved(&from, &after);
            if let Some(watch) = handle.shared.watch() {
                watch.moved(&from.disk, &after.disk);
            }
        }
        let renamed = Change::Renamed {
            from: &from,
            to: &after,
            left: &left,
            entered: &entered,
            directory: handle.directory,
        };
        self.changed(renamed, handle.parent).await;
        Ok(None)
    }

    /// Where a rename leads, and what is in its way.
    async fn rename_target(
        &self,
        handle: &Handle,
        from: &Place,
        to: &SharePath,
        replace: bool,
    ) -> Result<Way, VfsError> {
        let free = |disk, replaced, how| Ok(Way::Free(Target { disk, replaced, how }));
        match self.find(to, handle.case_sensitive, false).await? {
            Found::Missing { disk, .. } => free(disk, None, Moving::Plain),
            Found::Unfollowed { why, .. } => Err(why),
            Found::Existing { disk, .. } if self.is_same_name(&disk, &from.disk).await => {
                let name = to
                    .name()
                    .and_then(|name| self.backend().disk_name(name))
                    .ok_or(VfsError::InvalidName)?;
                free(from.disk.parent().join(&name), None, Moving::Respelling)
            }
            Found::Existing { disk, stat } if stat.key == handle.key => {
                if !replace {
                    return Err(VfsError::AlreadyExists);
                }
                let name = self.backend().stat(&from.disk, false).await?;
                if name.key != stat.key {
                    // The name that was opened is a link to what it would replace, which would be lost.
                    return Err(VfsError::AccessDenied(Denial::InUse));
                }
                // Another hard link of the same file. Asked to rename, the operating system would leave both names.
                free(disk, None, Moving::OntoItself)
            }
            Found::Existing { disk, stat } => {
                if replace && handle.directory {
                    self.check_replaceable_by_folder(&disk, &stat).await?;
                }
                match self.check_replaceable_by_move(&stat, to, replace).await? {
                    Some(wait) => Ok(Way::Waits(wait)),
                    None => free(disk, Some(stat), Moving::Plain),
                }
            }
        }
    }

    /// Whether two paths on disk are one name: the same spelling, or one that a disk without case takes for it.
    async fn is_same_name(&self, a: &DiskPath, b: &DiskPath) -> bool {
        if a == b {
            return true;
        }
        let wire = |path: &DiskPath| path.name().and_then(|name| self.backend().wire_name(&name));
        let (Some(name_a), Some(name_b)) = (wire(a), wire(b)) else {
            return false;
        };
        if super::namespace::fold(&name_a) != super::namespace::fold(&name_b) {
            return false;
        }
        let one_folder = match (self.folder_of(a).await, self.folder_of(b).await) {
            (Ok(a), Ok(b)) => a.key == b.key,
            _ => false,
        };
        // Two names that differ by case alone are two files on a disk that minds it, unless one spelling finds
        // the other: then it is not in the folder's list.
        one_folder && !(self.is_listed(a).await && self.is_listed(b).await)
    }

    /// Whether a folder's list has a name in just this spelling.
    async fn is_listed(&self, path: &DiskPath) -> bool {
        let Some(wanted) = path.name() else {
            return false;
        };
        let Ok(mut names) = self.backend().names(&path.parent()).await else {
            return false;
        };
        loop {
            match names.next(1024).await {
                Ok(batch) if batch.is_empty() => return false,
                Ok(batch) if batch.iter().any(|name| name.disk == wanted) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    /// Adds a name to what a handle refers to; a wait as with [`move_handle`](Self::move_handle).
    async fn link_handle(
        &self,
        handle: &Handle,
        to: &SharePath,
        replace: bool,
    ) -> Result<Option<BreakWait>, VfsError> {
        self.check(AccessMask::WRITE_DATA, Subject::Folder)?;
        // A drop box must not give a second, writable way to a file that is already there.
        self.check(
            AccessMask::READ_DATA | AccessMask::WRITE_ATTRIBUTES,
            handle.subject(),
        )?;
        if to.is_root() {
            return Err(VfsError::AlreadyExists);
        }
        let from = handle.place().disk;
        let (disk, replaced) = match self.find(to, handle.case_sensitive, false).await? {
            Found::Existing { stat, .. } if stat.key == handle.key && replace => return Ok(None),
            Found::Existing { disk, stat } => {
                if let Some(wait) = self.check_replaceable_by_move(&stat, to, replace).await? {
                    return Ok(Some(wait));
                }
                (disk, Some(stat))
            }
            Found::Missing { disk, .. } => (disk, None),
            Found::Unfollowed { why, .. } => return Err(why),
        };
        let folder = self.folder_of(&disk).await?;
        match &replaced {
            None => self.backend().hard_link(&from, &disk).await?,
            Some(stat) => {
                self.link_over(&from, &disk, to).await?;
                metadata::name_removed(&self.engine.store, stat);
            }
        }
        let linked = Change::Linked {
            path: to,
            disk: &disk,
            folder: &folder,
        };
        self.changed(linked, handle.parent).await;
        Ok(None)
    }

    /// Makes a link in the place of another name, which stays as it is if that fails.
    async fn link_over(&self, from: &DiskPath, to: &DiskPath, path: &SharePath) -> Result<(), VfsError> {
        let mut number = [0; 8];
        getrandom::fill(&mut number).map_err(|_| VfsError::NotSupported)?;
        let name = format!(".landfall-{:016x}", u64::from_le_bytes(number));
        if let Some(Ok(passing)) = path.parent().map(|folder| folder.join(&name)) {
            // The disk tells of this name as well, which is nobody's business.
            self.engine.watches.deeds.passes(self.settings().id, &passing);
        }
        let beside = to.parent().join(&DiskName::new(name.into_bytes()));
        self.backend().hard_link(from, &beside).await?;
        if let Err(error) = self.backend().rename(&beside, to, true).await {
            let _ = self.backend().remove_file(&beside).await;
            return Err(error.into());
        }
        Ok(())
    }

    /// Whether a folder may take the place of what is there: never of a file, as for rename(2), nor of a folder that has
    /// something in it, which is said as such, for clients and scripts go by it.
    async fn check_replaceable_by_folder(&self, disk: &DiskPath, stat: &Stat) -> Result<(), VfsError> {
        self.check(AccessMask::DELETE, Subject::File)?;
        if stat.kind != FileKind::Directory {
            return Err(VfsError::AlreadyExists);
        }
        // Of a mount point or a folder that this account may not list, nobody is told what is in it.
        let Ok(mut names) = self.backend().names(disk).await else {
            return Err(VfsError::AccessDenied(Denial::OperatingSystem));
        };
        if names.next(1).await?.is_empty() {
            Ok(())
        } else {
            Err(VfsError::DirectoryNotEmpty)
        }
    }

    /// Whether a rename or link may take the place of what is there, perhaps after a wait.
    async fn check_replaceable_by_move(
        &self,
        stat: &Stat,
        to: &SharePath,
        replace: bool,
    ) -> Result<Option<BreakWait>, VfsError> {
        if !replace {
            return Err(VfsError::AlreadyExists);
        }
        self.check(AccessMask::DELETE, Subject::File)?;
        if stat.kind == FileKind::Directory {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let info = metadata::look(&self.engine.store, stat, to.name(), false)?;
        if info.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::AccessDenied(Denial::ReadOnlyFile));
        }
        self.engine.opens.may_be_replaced(stat.key)
    }

    /// Renames a symbolic link itself; false when the path is none.
    pub(super) async fn rename_link(
        &self,
        from: &SharePath,
        to: &SharePath,
        replace: bool,
    ) -> Result<bool, VfsError> {
        self.alive()?;
        let (disk, stat) = self.existing(from, false).await?;
        if stat.kind != FileKind::Symlink {
            return Ok(false);
        }
        self.noting_refusal(
            from,
            self.check(AccessMask::DELETE | AccessMask::WRITE_DATA, Subject::File),
        )?;
        // Its target is told relative to its folder: elsewhere it could lead out of the share. The sandbox
        // refuses to follow it then, so moving it does no harm.
        let target = loop {
            match self.find(to, true, false).await? {
                Found::Existing { disk, stat } => {
                    match self.check_replaceable_by_move(&stat, to, replace).await? {
                        Some(wait) => wait.over(&self.engine.opens).await,
                        None => break disk,
                    }
                }
                Found::Missing { disk, .. } => break disk,
                Found::Unfollowed { why, .. } => return Err(why),
            }
        };
        let (view, from, to) = (self.clone(), from.clone(), to.clone());
        let moving = Completing::new(self.backend().lane(), async move {
            view.backend().rename(&disk, &target, replace).await?;
            view.renamed_link(&from, &to);
            Ok(true)
        });
        moving.await
    }
}
