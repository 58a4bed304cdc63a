//! What changes, and everything that follows from it, in one place. Names first:
//!
//! 1. the name cache follows, or the next look-up would not find what was made;
//! 2. who caches the folder under a lease is told to list it anew, unless it was done under that lease;
//! 3. who watches the folder is told;
//! 4. what people are shown (activity) is written down.
//!
//! Content changes many times between an open and its close. [`ContentChange`] goes before each of them: byte-range locks
//! are asked, then who has cached what they read is told to read again, then whoever watches the file for changes by
//! others learns that this one is ours, then the content changes, and then the handle is marked, whatever came of it: at
//! the next flush or close, or now and then, watchers hear of all that was written.

use std::ops::Range;
use std::sync::atomic::Ordering;

use super::backend::{DiskPath, OwnChange, SizeAfter, Stat};
use super::engine::Inner;
use super::error::VfsError;
use super::handle::Handle;
use super::machine::LeaseId;
use super::notify::{ChangeAction, Happened, NotifyFilter};
use super::open::Open;
use super::open_table::Place;
use super::path::SharePath;
use super::share::ShareView;
use crate::identity::ShareId;
use crate::live::ActivityKind;

/// A change of names. Folders are as they were before it.
pub(super) enum Change<'a> {
    /// A file or folder is new.
    Created {
        path: &'a SharePath,
        disk: &'a DiskPath,
        folder: &'a Stat,
        directory: bool,
    },
    /// A file has one more name.
    Linked {
        path: &'a SharePath,
        disk: &'a DiskPath,
        folder: &'a Stat,
    },
    /// A name is gone.
    Removed {
        place: &'a Place,
        folder: &'a Stat,
        directory: bool,
    },
    /// A name became another; both folders may be one.
    Renamed {
        from: &'a Place,
        to: &'a Place,
        left: &'a Stat,
        entered: &'a Stat,
        directory: bool,
    },
}

impl ShareView {
    /// Draws every consequence of a change of names.
    /// `by` is the lease on the folder under which it was done.
    pub(super) async fn changed(&self, change: Change<'_>, by: Option<LeaseId>) {
        let heard = self.is_heard().then(|| change.happened());
        let happened = heard.unwrap_or_default();
        // Before anything is waited for: the disk is about to tell of it as well.
        self.engine.watches.deeds.note(self.settings().id, &happened);
        self.follow_names(&change).await;
        self.tell_noted(&happened, by);
        self.write_down(&change);
    }

    /// A symbolic link came or went, or what an open leads to it by.
    pub(super) fn changed_link(&self, path: &SharePath, action: ChangeAction) {
        self.tell(action, path, NotifyFilter::FILE_NAME, None);
    }

    /// Content was replaced by an open that overwrites.
    pub(super) fn replaced_content(&self, path: &SharePath, by: Option<LeaseId>) {
        self.tell(
            ChangeAction::Modified,
            path,
            NotifyFilter::SIZE | NotifyFilter::LAST_WRITE | NotifyFilter::ATTRIBUTES,
            by,
        );
    }

    /// Content was written.
    pub(super) fn changed_content(&self, path: &SharePath, by: Option<LeaseId>) {
        self.tell(
            ChangeAction::Modified,
            path,
            NotifyFilter::SIZE | NotifyFilter::LAST_WRITE,
            by,
        );
    }

    /// A symbolic link has another name.
    pub(super) fn renamed_link(&self, from: &SharePath, to: &SharePath) {
        self.tell_of_rename(from, to, false, None);
        self.report(ActivityKind::Renamed, to, &format!("renamed from {from}"));
    }

    /// Whether anybody wants to know what happens in folders.
    fn is_heard(&self) -> bool {
        self.engine.watches.any() || self.engine.opens.caches_folders()
    }

    /// Tells who caches or watches the folder that this happened in it.
    fn tell(&self, action: ChangeAction, path: &SharePath, filter: NotifyFilter, by: Option<LeaseId>) {
        self.tell_all(&[Happened { action, path, filter }], by);
    }

    fn tell_all(&self, happened: &[Happened<'_>], by: Option<LeaseId>) {
        self.engine.watches.deeds.note(self.settings().id, happened);
        self.tell_noted(happened, by);
    }

    fn tell_noted(&self, happened: &[Happened<'_>], by: Option<LeaseId>) {
        let share = self.settings().id;
        self.engine.folders_change(share, happened, by);
        self.engine.watches.tell(share, happened);
    }

    async fn follow_names(&self, change: &Change<'_>) {
        match change {
            Change::Created {
                path, disk, folder, ..
            }
            | Change::Linked { path, disk, folder } => {
                self.follow(folder, disk, path.name(), None).await;
            }
            Change::Removed { place, folder, .. } => {
                self.follow(folder, &place.disk, None, place.path.name()).await;
            }
            Change::Renamed {
                from,
                to,
                left,
                entered,
                ..
            } if left.key == entered.key => {
                self.follow(entered, &to.disk, to.path.name(), from.path.name())
                    .await;
            }
            Change::Renamed {
                from,
                to,
                left,
                entered,
                ..
            } => {
                self.follow(left, &from.disk, None, from.path.name()).await;
                self.follow(entered, &to.disk, to.path.name(), None).await;
            }
        }
    }

    /// Tells the name cache that we changed the folder of `disk`, which is the place of what was added.
    async fn follow(&self, before: &Stat, disk: &DiskPath, added: Option<&str>, removed: Option<&str>) {
        if !self.engine.names.knows(before.key) {
            return;
        }
        let Ok(after) = self.folder_of(disk).await else {
            self.engine.names.forget(before.key);
            return;
        };
        let added = added.and_then(|name| Some((name, disk.name()?)));
        self.engine.names.follow(before, &after, added, removed);
    }

    /// In one folder a rename is told as such; between two, one loses something and the other gains it. Windows
    /// tells of a renamed file besides that it was modified.
    fn tell_of_rename(&self, from: &SharePath, to: &SharePath, directory: bool, by: Option<LeaseId>) {
        self.tell_all(&renamed(from, to, directory), by);
    }

    fn write_down(&self, change: &Change<'_>) {
        match *change {
            Change::Created {
                path,
                directory: true,
                ..
            } => self.report(ActivityKind::FolderCreated, path, "folder created"),
            // Files are written down when they are closed: with what was written.
            Change::Created { .. } | Change::Linked { .. } => {}
            Change::Removed { place, .. } => self.report(ActivityKind::Removed, &place.path, "removed"),
            Change::Renamed { from, to, .. } => self.report(
                ActivityKind::Renamed,
                &to.path,
                &format!("renamed from {}", from.path),
            ),
        }
    }
}

impl Change<'_> {
    /// What is told of it.
    fn happened(&self) -> Vec<Happened<'_>> {
        match *self {
            Self::Created { path, directory, .. } => vec![Happened {
                action: ChangeAction::Added,
                path,
                filter: NotifyFilter::of_name(directory),
            }],
            Self::Linked { path, .. } => vec![Happened {
                action: ChangeAction::Added,
                path,
                filter: NotifyFilter::FILE_NAME,
            }],
            Self::Removed { place, directory, .. } => vec![Happened {
                action: ChangeAction::Removed,
                path: &place.path,
                filter: NotifyFilter::of_name(directory),
            }],
            Self::Renamed {
                from, to, directory, ..
            } => renamed(&from.path, &to.path, directory),
        }
    }
}

impl Inner {
    /// Whoever caches the folders in which this happened has to list them anew, but for the lease under which it was done.
    pub(super) fn folders_change(&self, share: ShareId, happened: &[Happened<'_>], by: Option<LeaseId>) {
        if !self.opens.caches_folders() {
            return;
        }
        let mut before = None;
        for folder in happened.iter().filter_map(|one| one.path.parent()) {
            if before.as_ref() != Some(&folder) {
                self.opens.folder_changes(share, &folder, by);
            }
            before = Some(folder);
        }
    }
}

/// What is told of a rename.
pub(super) fn renamed<'p>(from: &'p SharePath, to: &'p SharePath, directory: bool) -> Vec<Happened<'p>> {
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
    happened
}

/// A change of content that is about to happen, and has happened when this is dropped.
#[derive(Debug)]
pub(super) struct ContentChange<'o> {
    handle: &'o Handle,
    range: Range<u64>,
    own: OwnChange,
    size: SizeAfter,
    failed: bool,
}

impl ContentChange<'_> {
    /// What came of it. After a failure some of it may be there; it is not what the client meant to write.
    pub(super) fn ended<T>(mut self, outcome: std::io::Result<T>) -> Result<T, VfsError> {
        match outcome {
            Ok(done) => {
                self.own.done(self.size);
                self.handle.unwritten.written(&self.range);
                Ok(done)
            }
            Err(error) => {
                self.failed = true;
                Err(self.handle.not_written(self.range.start, error))
            }
        }
    }
}

impl Drop for ContentChange<'_> {
    fn drop(&mut self) {
        if !self.failed {
            self.handle.written.store(true, Ordering::Release);
            self.handle.outdate_times_of_others();
        }
        self.handle.untold.store(true, Ordering::Release);
    }
}

impl Open {
    /// Before the content changes in `range`: nobody else's lock is in the way, and who has cached what they read must
    /// read it again.
    ///
    /// # Errors
    /// LockConflict.
    pub(super) fn change_content(&self, range: Range<u64>) -> Result<ContentChange<'_>, VfsError> {
        let end = if range.is_empty() { 0 } else { range.end };
        self.change(range, SizeAfter::AtLeast(end))
    }

    /// Before the file is cut off or gets longer: as [`change_content`](Self::change_content), for all between.
    ///
    /// # Errors
    /// LockConflict.
    pub(super) fn change_size(&self, from: u64, to: u64) -> Result<ContentChange<'_>, VfsError> {
        self.change(from.min(to)..from.max(to), SizeAfter::Exactly(to))
    }

    fn change(&self, range: Range<u64>, size: SizeAfter) -> Result<ContentChange<'_>, VfsError> {
        self.check_locks(range.start, range.end - range.start, true)?;
        self.break_read_caching();
        let own = self.handle.own_change();
        if own.is_watched() {
            self.note_change_by_both();
        }
        Ok(ContentChange {
            handle: &self.handle,
            range,
            own,
            size,
            failed: false,
        })
    }

    /// Before the content changes or is locked: who has cached what they read must read it again.
    pub(super) fn break_read_caching(&self) {
        let mine = self.handle.cached.as_deref();
        if self.handle.shared.is_cached_by_others(mine) {
            self.view.engine().opens.content_changes(self.handle.id);
        }
    }

    /// Tells who watches the folder that this was changed.
    pub(super) fn tell(&self, changed: NotifyFilter) {
        if self.view.is_heard() {
            let by = self.handle.parent;
            self.view.tell(ChangeAction::Modified, &self.path(), changed, by);
        }
    }

    /// Tells, once for many writes, who watches the folder.
    pub(super) fn tell_of_writing(&self) {
        if self.handle.untold.swap(false, Ordering::AcqRel) {
            self.tell(NotifyFilter::SIZE | NotifyFilter::LAST_WRITE);
        }
    }
}
