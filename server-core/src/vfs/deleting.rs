//! Deletion ([MS-FSA] 2.1.5.15.3 and 2.1.5.5): a name is marked, and goes from the disk with its last open. What can be
//! known to stand in the way is said when it is marked.

use std::sync::atomic::Ordering;

use super::backend::{DiskPath, Removed, Stat};
use super::error::{Denial, VfsError};
use super::handle::Handle;
use super::info::{DosAttributes, FileKind};
use super::metadata;
use super::open::Open;
use super::open_table::Place;
use super::share::ShareView;
use crate::security::AccessMask;

/// Entries of a folder looked at together.
const BATCH: usize = 128;

impl Open {
    /// Marks or unmarks for deletion when the last open closes.
    ///
    /// # Errors
    /// NotGranted without DELETE; CannotDelete; DirectoryNotEmpty; what the disk would refuse, as far as it can be seen.
    pub async fn set_delete_pending(&self, delete: bool) -> Result<(), VfsError> {
        self.permit(AccessMask::DELETE)?;
        while delete && let Some(wait) = self.view.engine().opens.give_up_handles(self.handle.id) {
            // Whoever keeps it open for a program that closed it would keep the name from going.
            wait.over(&self.view.engine().opens).await;
            self.permit(AccessMask::DELETE)?;
        }
        if delete {
            let deletable = self.handle.check_deletable(&self.view).await;
            self.view.noting_refusal(&self.path(), deletable)?;
            self.alive()?;
        }
        self.handle.mark(&self.view, delete);
        Ok(())
    }
}

impl Handle {
    /// Marks or unmarks the name; who watches the folder itself hears that it goes.
    pub(super) fn mark(&self, view: &ShareView, delete: bool) {
        self.marked.store(delete, Ordering::Release);
        view.engine().opens.set_delete_pending(&self.link, delete);
        if self.directory && self.link.delete_pending() {
            view.engine().watches.folder_goes(&self.place());
        }
    }

    /// Whether the name can be deleted, as far as that can be known.
    pub(super) async fn check_deletable(&self, view: &ShareView) -> Result<(), VfsError> {
        self.check_still_deletable(view).await?;
        view.check_removal(&self.place().disk).await
    }

    /// Whether the file lets itself be deleted; what its folder says, the deletion itself will tell.
    pub(super) async fn check_still_deletable(&self, view: &ShareView) -> Result<(), VfsError> {
        let path = self.place().path;
        if path.is_root() {
            return Err(VfsError::CannotDelete);
        }
        let stat = self.file.stat().await?;
        let info = metadata::look(&view.engine().store, &stat, path.name(), false)?;
        if info.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::CannotDelete);
        }
        if stat.fixed || stat.mounted {
            return Err(VfsError::AccessDenied(Denial::OperatingSystem));
        }
        if self.directory && self.only_hidden(view).await?.is_none() {
            return Err(VfsError::DirectoryNotEmpty);
        }
        Ok(())
    }

    /// Whether its clients see nothing in a folder.
    pub(super) async fn is_empty_folder(&self, view: &ShareView) -> Result<bool, VfsError> {
        Ok(self.only_hidden(view).await?.is_some())
    }

    /// What is in a folder, if its clients see nothing there: links that can't be followed, which are in no listing of a
    /// client that follows links. `None` when there is anything else.
    async fn only_hidden(&self, view: &ShareView) -> Result<Option<Vec<DiskPath>>, VfsError> {
        let folder = self.place().disk;
        let mut names = self.file.names().await?;
        let (mut hidden, mut most) = (Vec::new(), 1);
        loop {
            let batch = names.next(most).await?;
            if batch.is_empty() {
                return Ok(Some(hidden));
            }
            let stats = self.file.stat_children(&batch).await?;
            for (name, stat) in batch.iter().zip(stats) {
                let Some(stat) = stat else { continue };
                let path = folder.join(&name.disk);
                // SFTP's clients are shown links as such.
                let is_shown = self.case_sensitive || stat.kind != FileKind::Symlink;
                if is_shown || !view.is_unfollowable(&path).await {
                    return Ok(None);
                }
                hidden.push(path);
            }
            most = BATCH;
        }
    }
}

impl ShareView {
    /// Whether a link leads nowhere, in circles, or out of the share.
    async fn is_unfollowable(&self, link: &DiskPath) -> bool {
        let followed = self.backend().stat(link, true).await;
        matches!(
            followed.map_err(VfsError::from),
            Err(VfsError::NotFound | VfsError::PathNotFound | VfsError::AccessDenied(Denial::OutsideShare))
        )
    }

    /// Whether the disk would let a name go, as far as that can be seen.
    pub(super) async fn check_removal(&self, disk: &DiskPath) -> Result<(), VfsError> {
        match self.backend().check_removal(disk).await {
            // Someone on this computer moved or removed it already.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// Removes a name whose last open went, if it still refers to the file; the folder that it was in, as it was
    /// before, or `None` when there was nothing to remove.
    pub(super) async fn remove_closed(
        &self,
        place: &Place,
        handle: &Handle,
    ) -> Result<Option<Stat>, VfsError> {
        let remove = || {
            self.backend()
                .remove_if(&place.disk, handle.key, handle.directory)
        };
        let mut removed = remove().await;
        if let Err(error) = &removed
            && error.kind() == std::io::ErrorKind::DirectoryNotEmpty
            && let Some(hidden) = handle.only_hidden(self).await?
        {
            for link in hidden {
                self.backend().remove_file(&link).await?;
            }
            removed = remove().await;
        }
        let removed = match removed {
            Ok(removed) => removed,
            Err(error) => match error.into() {
                VfsError::NotFound | VfsError::PathNotFound => None,
                error => return Err(error),
            },
        };
        let Some(Removed { folder, last }) = removed else {
            return Ok(None);
        };
        // When only a link to it went, or one name of several, the file keeps what is known of it.
        if last {
            metadata::forget(&self.engine.store, handle.metadata_key);
        }
        Ok(Some(folder))
    }
}

impl ShareView {
    /// Removes a symbolic link itself, or what is neither file nor folder; false when the path is one of those.
    pub(super) async fn remove_link(&self, path: &super::path::SharePath) -> Result<bool, VfsError> {
        self.alive()?;
        let (disk, stat) = self.existing(path, false).await?;
        if stat.kind != FileKind::Symlink {
            return Ok(false);
        }
        self.noting_refusal(path, self.check(AccessMask::DELETE, super::access::Subject::File))?;
        self.backend().remove_file(&disk).await?;
        self.changed_link(path, super::notify::ChangeAction::Removed);
        self.report(crate::live::ActivityKind::Removed, path, "link removed");
        Ok(true)
    }
}
