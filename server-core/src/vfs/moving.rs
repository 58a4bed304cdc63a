//! Changing names: renaming, linking, removing ([MS-FSA] 2.1.5.15.4, .9, .11 and 2.1.5.5).

use std::path::{Path, PathBuf};

use super::access::Subject;
use super::backend::Stat;
use super::error::{Denial, VfsError};
use super::info::{DosAttributes, FileKey, FileKind};
use super::lookup::Found;
use super::metadata;
use super::notify::{ChangeAction, Happened, NotifyFilter};
use super::open::Open;
use super::open_table::{BreakWait, Place};
use super::path::SharePath;
use super::request::ShareMode;
use super::share::ShareView;
use crate::live::ActivityKind;
use crate::security::AccessMask;
use crate::store::FileMetadataKey;

/// What a name is to become.
struct Target {
    disk: PathBuf,
    /// What is there now and goes.
    replaced: Option<Stat>,
    /// It is the same name in another spelling.
    respelled: bool,
}

/// Whether a rename can go ahead.
enum Way {
    Free(Target),
    /// Others have to let go first.
    Waits(BreakWait),
}

impl ShareView {
    /// Moves what an open refers to. A wait comes back when others must first let go of what would be replaced.
    pub(super) fn move_open(
        &self,
        open: &Open,
        to: &SharePath,
        replace: bool,
    ) -> Result<Option<BreakWait>, VfsError> {
        let from = open.link.place.lock().clone();
        if from.path.is_root() || to.is_root() {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let adds = if open.directory {
            AccessMask::APPEND_DATA
        } else {
            AccessMask::WRITE_DATA
        };
        self.check(adds, Subject::Folder)?;
        let deeper = to.components().len() > from.path.components().len();
        if open.directory && deeper && to.is_within(&from.path) {
            return Err(VfsError::InvalidParameter);
        }
        if open.directory && self.engine.opens.has_opens_below(from.share, &from.path) {
            return Err(VfsError::AccessDenied(Denial::InUse));
        }
        let Target {
            disk,
            replaced,
            respelled,
        } = match self.rename_target(open, &from, to, replace)? {
            Way::Free(target) => target,
            Way::Waits(wait) => return Ok(Some(wait)),
        };
        let folder = self.folder_of(&disk)?;
        // Windows opens the target's folder to add to it, and does not share it for deletion: someone who has
        // the folder open in a way that contradicts that keeps names from being moved into it.
        let sharing = ShareMode::READ | ShareMode::WRITE;
        self.engine
            .opens
            .check_sharing(folder.key, AccessMask::WRITE_DATA, sharing)?;
        if disk != from.disk {
            let left = self.folder_of(&from.disk)?;
            self.backend()
                .rename(&from.disk, &disk, replaced.is_some() || respelled)?;
            let same_folder = left.key == folder.key;
            let added = to.name().map(|name| (name, disk.as_path()));
            self.follow_change(&left, &from.disk, added.filter(|_| same_folder), from.path.name());
            if !same_folder {
                self.follow_change(&folder, &disk, added, None);
            }
        }
        let after = Place {
            share: from.share,
            path: to.clone(),
            disk,
        };
        if let Some(stat) = replaced {
            self.engine.opens.replaced(stat.key, &after);
            metadata::name_removed(&self.engine.store, &stat);
        }
        self.tell_of_rename(&from.path, to, open.directory);
        self.engine.opens.moved(&open.link, &after);
        if open.directory {
            self.engine.watches.moved(from.share, &from.path);
        }
        self.report(ActivityKind::Renamed, to, &format!("renamed from {}", from.path));
        Ok(None)
    }

    /// In one folder a rename is told as such; between two, one loses something and the other gains it. Windows
    /// tells of a renamed file besides that it was modified.
    fn tell_of_rename(&self, from: &SharePath, to: &SharePath, directory: bool) {
        let filter = NotifyFilter::of_name(directory);
        let one = |action, path, filter| Happened { action, path, filter };
        let (gone, came) = if from.parent() == to.parent() {
            (ChangeAction::RenamedOldName, ChangeAction::RenamedNewName)
        } else {
            (ChangeAction::Removed, ChangeAction::Added)
        };
        let mut happened = vec![one(gone, from, filter), one(came, to, filter)];
        if !directory {
            let modified = NotifyFilter::ATTRIBUTES | NotifyFilter::CREATION;
            happened.push(one(ChangeAction::Modified, to, modified));
        }
        self.engine.watches.tell(self.settings().id, &happened);
    }

    /// Where a rename leads, and what is in its way.
    fn rename_target(
        &self,
        open: &Open,
        from: &Place,
        to: &SharePath,
        replace: bool,
    ) -> Result<Way, VfsError> {
        let free = |disk, replaced, respelled| {
            Ok(Way::Free(Target {
                disk,
                replaced,
                respelled,
            }))
        };
        match self.find(to, open.case_sensitive, false)? {
            Found::Missing { disk, .. } => free(disk, None, false),
            Found::Existing { disk, .. } if self.is_same_name(&disk, &from.disk) => {
                let name = to
                    .name()
                    .and_then(|name| self.backend().disk_name(name))
                    .ok_or(VfsError::InvalidName)?;
                let disk = from.disk.parent().unwrap_or(Path::new("")).join(name);
                free(disk, None, true)
            }
            Found::Existing { disk, stat } if stat.key == open.key => {
                // Another hard link of the same file. The operating system would leave both names.
                if !replace {
                    return Err(VfsError::AlreadyExists);
                }
                self.backend().remove_file(&disk)?;
                free(disk, None, false)
            }
            Found::Existing { disk, stat } => match self.check_replaceable_by_move(&stat, to, replace)? {
                Some(wait) => Ok(Way::Waits(wait)),
                None => free(disk, Some(stat), false),
            },
        }
    }

    /// Whether two paths on disk are one name: the same spelling, or one that a disk without case takes for it.
    fn is_same_name(&self, a: &Path, b: &Path) -> bool {
        if a == b {
            return true;
        }
        let wire = |path: &Path| path.file_name().and_then(|name| self.backend().wire_name(name));
        let (Some(name_a), Some(name_b)) = (wire(a), wire(b)) else {
            return false;
        };
        if super::namespace::fold(&name_a) != super::namespace::fold(&name_b) {
            return false;
        }
        // Two names that differ by case alone are two files on a disk that minds it, unless one spelling finds
        // the other: then it is not in the folder's list.
        let listed = |path: &Path| {
            let folder = path.parent().unwrap_or(Path::new(""));
            let wanted = path.file_name();
            self.backend().names(folder).is_ok_and(|mut names| {
                names.any(|entry| entry.is_ok_and(|entry| Some(entry.disk.as_os_str()) == wanted))
            })
        };
        let one_folder = match (self.folder_of(a), self.folder_of(b)) {
            (Ok(a), Ok(b)) => a.key == b.key,
            _ => false,
        };
        one_folder && !(listed(a) && listed(b))
    }

    /// Adds a name to what an open refers to; a wait as with [`move_open`](Self::move_open).
    pub(super) fn link_open(
        &self,
        open: &Open,
        to: &SharePath,
        replace: bool,
    ) -> Result<Option<BreakWait>, VfsError> {
        self.check(AccessMask::WRITE_DATA, Subject::Folder)?;
        // A drop box must not give a second, writable way to a file that is already there.
        self.check(
            AccessMask::READ_DATA | AccessMask::WRITE_ATTRIBUTES,
            open.subject(),
        )?;
        if to.is_root() {
            return Err(VfsError::AlreadyExists);
        }
        let from = open.link.place.lock().disk.clone();
        let disk = match self.find(to, open.case_sensitive, false)? {
            Found::Existing { stat, .. } if stat.key == open.key && replace => return Ok(None),
            Found::Existing { disk, stat } => {
                if let Some(wait) = self.check_replaceable_by_move(&stat, to, replace)? {
                    return Ok(Some(wait));
                }
                self.backend().remove_file(&disk)?;
                metadata::name_removed(&self.engine.store, &stat);
                disk
            }
            Found::Missing { disk, .. } => disk,
        };
        let folder = self.folder_of(&disk)?;
        self.backend().hard_link(&from, &disk)?;
        self.follow_change(&folder, &disk, to.name().map(|name| (name, disk.as_path())), None);
        self.tell(ChangeAction::Added, to, NotifyFilter::FILE_NAME);
        Ok(None)
    }

    /// Whether a rename or link may take the place of what is there, perhaps after a wait.
    fn check_replaceable_by_move(
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

    /// Removes a name whose last open went, if it still refers to the file.
    pub(super) fn remove_closed(
        &self,
        place: &Place,
        key: FileKey,
        row: FileMetadataKey,
        open: &Open,
    ) -> Result<(), VfsError> {
        let Ok(folder) = self.folder_of(&place.disk) else {
            return Ok(());
        };
        match self.backend().remove_if(&place.disk, key, open.directory) {
            // Someone on this computer moved or removed it already.
            Ok(false) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            outcome => outcome?,
        };
        self.follow_change(&folder, &place.disk, None, place.path.name());
        let names = NotifyFilter::of_name(open.directory);
        self.tell(ChangeAction::Removed, &place.path, names);
        // When only a link to it went, or one name of several, the file keeps what is known of it.
        if open.directory || open.file().stat().map_or(true, |stat| stat.links == 0) {
            metadata::forget(&self.engine.store, row);
        }
        Ok(())
    }

    /// Removes a symbolic link itself; false when the path is none.
    pub(super) fn remove_link(&self, path: &SharePath) -> Result<bool, VfsError> {
        self.alive()?;
        let (disk, stat) = self.existing(path, false)?;
        if stat.kind != FileKind::Symlink {
            return Ok(false);
        }
        self.noting_refusal(path, self.check(AccessMask::DELETE, Subject::File))?;
        self.backend().remove_file(&disk)?;
        self.tell(ChangeAction::Removed, path, NotifyFilter::FILE_NAME);
        self.report(ActivityKind::Removed, path, "link removed");
        Ok(true)
    }

    /// Renames a symbolic link itself; false when the path is none.
    pub(super) async fn rename_link(
        &self,
        from: &SharePath,
        to: &SharePath,
        replace: bool,
    ) -> Result<bool, VfsError> {
        self.alive()?;
        let (disk, stat) = self.existing(from, false)?;
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
            match self.find(to, true, false)? {
                Found::Existing { disk, stat } => {
                    match self.check_replaceable_by_move(&stat, to, replace)? {
                        Some(wait) => wait.over(&self.engine.opens).await,
                        None => break disk,
                    }
                }
                Found::Missing { disk, .. } => break disk,
            }
        };
        self.backend().rename(&disk, &target, replace)?;
        self.tell_of_rename(from, to, false);
        self.report(ActivityKind::Renamed, to, &format!("renamed from {from}"));
        Ok(true)
    }

    /// The folder that a name is in, as it is now.
    pub(super) fn folder_of(&self, disk: &Path) -> Result<Stat, VfsError> {
        Ok(self
            .backend()
            .stat(disk.parent().unwrap_or(Path::new("")), true)?)
    }

    /// Tells the name cache that we changed the folder of `disk`; `before` is the folder as it was. What was
    /// added comes with its path on disk.
    pub(super) fn follow_change(
        &self,
        before: &Stat,
        disk: &Path,
        added: Option<(&str, &Path)>,
        removed: Option<&str>,
    ) {
        if !self.engine.names.knows(before.key) {
            return;
        }
        let Ok(after) = self.folder_of(disk) else { return };
        let added = added.and_then(|(name, disk)| Some((name, Path::new(disk.file_name()?))));
        self.engine.names.follow(before, &after, added, removed);
    }
}
