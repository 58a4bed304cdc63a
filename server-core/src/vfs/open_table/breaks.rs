//! What clients cache, as far as the open table has to do with it: asking them to cache less, and waiting until
//! they do.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{FileEntry, OpenTable, Tables};
use crate::vfs::error::VfsError;
use crate::vfs::info::FileKey;
use crate::vfs::lease::{Arrival, Caching, Notice};
use crate::vfs::lock::OpenId;

/// How long a client may take to give up what it caches, as on Windows.
const ANSWER_TIME: Duration = Duration::from_secs(35);

/// Waiting for clients that were asked to cache less.
#[derive(Debug)]
pub(crate) struct BreakWait {
    key: FileKey,
    settled: oneshot::Receiver<()>,
    until: Instant,
}

impl BreakWait {
    /// Ends when they have answered or had their time. Then it is worth trying again.
    pub(crate) async fn over(self, table: &OpenTable) {
        if tokio::time::timeout_at(self.until, self.settled).await.is_err() {
            table.expire_breaks(self.key);
        }
    }
}

/// Clients that were asked to cache less, and who waits for them.
#[derive(Debug, Default)]
pub(super) struct Breaking {
    waiting: Vec<oneshot::Sender<()>>,
    until: Option<Instant>,
}

impl Breaking {
    fn wait(&mut self, key: FileKey) -> BreakWait {
        let (sender, settled) = oneshot::channel();
        // Those who gave up waiting are forgotten.
        self.waiting.retain(|waiting| !waiting.is_closed());
        self.waiting.push(sender);
        let until = *self.until.get_or_insert_with(|| Instant::now() + ANSWER_TIME);
        BreakWait { key, settled, until }
    }
}

impl FileEntry {
    /// After what is cached changed: wakes those who wait, if they need to wait no longer.
    pub(super) fn settle_caching(&mut self) {
        self.shared.count_readers(self.caching.readers());
        if !self.caching.is_breaking() {
            self.breaking.until = None;
            for waiting in self.breaking.waiting.drain(..) {
                // Whoever gave up waiting needs no word.
                let _ = waiting.send(());
            }
        }
    }

    /// Makes room for an arrival; the wait that is needed first, if one is.
    pub(super) fn contend(
        &mut self,
        key: FileKey,
        arrival: Arrival,
        notices: &mut Vec<Notice>,
    ) -> Option<BreakWait> {
        let contention = self.caching.contend(arrival);
        notices.extend(contention.notices);
        self.settle_caching();
        contention.waits.then(|| self.breaking.wait(key))
    }
}

impl OpenTable {
    /// The content of a file changes: nobody may go on with what they have read.
    pub(crate) fn content_changes(&self, key: FileKey) {
        let notices = self.with_caching(key, |entry| entry.caching.content_changes());
        notices.into_iter().flatten().for_each(Notice::deliver);
    }

    /// A client answers a break.
    pub(crate) fn acknowledge_break(
        &self,
        key: FileKey,
        id: OpenId,
        caching: Caching,
    ) -> Result<Caching, VfsError> {
        self.with_caching(key, |entry| entry.caching.acknowledge(id, caching))
            .and_then(Result::ok)
            .ok_or(VfsError::NotBreaking)
    }

    fn expire_breaks(&self, key: FileKey) {
        self.with_caching(key, |entry| entry.caching.expire());
        tracing::info!("a client did not give up its oplock in time: it was taken away");
    }

    fn with_caching<T>(&self, key: FileKey, change: impl FnOnce(&mut FileEntry) -> T) -> Option<T> {
        let mut tables = self.tables.lock();
        let Tables { files, .. } = &mut *tables;
        let entry = files.get_mut(&key)?;
        let outcome = change(entry);
        entry.settle_caching();
        Some(outcome)
    }
}
