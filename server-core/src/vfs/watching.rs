//! Files that clients cache, while others than we may change them: programs on this computer open and write them as
//! any other. Such a file is watched for as long as somebody caches something of it; a stranger's change ends that.

use std::io;
use std::sync::Arc;

use super::backend::{BackendFile, DiskPath, OwnChange, SizeAfter, Watch};
use super::handle::Handle;
use super::info::FileKey;
use super::local_changes::WatchedFolder;
use super::machine::{CachingRequest, LeaseState};
use super::open::Open;
use super::share::ShareView;
use crate::live::ActivityKind;

/// What a client may ask to cache, and what tells when somebody else changes it.
type Watched = (Option<CachingRequest>, Option<Arc<dyn Watch>>);

impl ShareView {
    /// Sees to it that a client which caches something of a file hears when others change it. Where nobody can tell,
    /// it may keep no more than what it has read: what it writes must not go over what it has never heard of.
    pub(super) fn watched(
        &self,
        caching: Option<CachingRequest>,
        file: &dyn BackendFile,
        key: FileKey,
    ) -> Watched {
        let Some(mut caching) = caching else {
            return (None, None);
        };
        let watch = if self.backend().capabilities().tells_of_changes {
            file.watch(key)
        } else {
            Err(io::ErrorKind::Unsupported.into())
        };
        match watch {
            Ok(watch) => (Some(caching), watch),
            Err(error) => {
                tracing::debug!(%error, "a file can't be watched for changes by others");
                caching.wanted &= LeaseState::READ;
                (Some(caching), None)
            }
        }
    }
}

impl ShareView {
    /// The same for a folder, which can be cached under a lease of version 2 alone, and not written to: its client hears
    /// when what is listed in it changes. Where nobody can tell, it is not cached.
    pub(super) async fn watched_folder(&self, caching: Option<CachingRequest>, folder: &DiskPath) -> Watched {
        let is_lease = |caching: &CachingRequest| caching.lease.is_some_and(|lease| lease.epoch.is_some());
        let Some(mut caching) = caching.filter(is_lease) else {
            return (None, None);
        };
        if !self.backend().capabilities().tells_of_changes {
            return (None, None);
        }
        caching.wanted &= LeaseState::READ | LeaseState::HANDLE;
        match self.watch_on_disk(folder, false).await {
            Ok(watch) => (
                Some(caching),
                watch.map(|watch| Arc::new(watch) as Arc<dyn Watch>),
            ),
            Err(error) => {
                tracing::debug!(%error, "a folder can't be watched for changes by others");
                (None, None)
            }
        }
    }
}

/// What we change of a folder's own is told to nobody who watches it: what is listed in it stays.
impl Watch for WatchedFolder {
    fn begins(&self) {}

    fn ended(&self, _size: SizeAfter) {}

    fn moved(&self, from: &DiskPath, to: &DiskPath) {
        self.follow(from, to);
    }
}

impl Handle {
    /// A change of ours of content, size or times is about to begin; it has ended when what comes back is dropped.
    pub(super) fn own_change(&self) -> OwnChange {
        OwnChange::begin(self.shared.watch())
    }
}

impl Open {
    /// Before the content of a watched file is changed by a client which may not know yet that somebody else did too:
    /// it is written all the same, or what it has would be lost, but people can read that both wrote.
    pub(super) fn note_change_by_both(&self) {
        if self.handle.shared.takes_change_under_writer() {
            self.view.report(
                ActivityKind::FileWritten,
                &self.path(),
                "written while a program on this computer was changing it too: one of them may have written over the other",
            );
        }
    }
}
