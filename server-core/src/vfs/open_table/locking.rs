//! Byte-range locks of open files: each file has a mutex of its own for them, and a count that is looked at without.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::{FileShared, OpenId, OpenTable, Ticket};
use crate::identity::ShareId;
use crate::live::Usage;
use crate::vfs::error::VfsError;
use crate::vfs::request::LockRange;

/// What a lock request came to.
#[derive(Debug)]
pub(crate) enum LockOutcome {
    /// Taken.
    Granted,
    /// Queued: the receiver hears when it is granted, or that it never will be.
    Waiting(Ticket, oneshot::Receiver<()>),
}

impl OpenTable {
    /// Takes locks, charged to somebody; with `wait`, queues for them when someone else has them.
    ///
    /// # Errors
    /// LockNotGranted; InvalidLockRange; TooManyOpens.
    pub(crate) fn lock(
        &self,
        file: &FileShared,
        id: OpenId,
        usage: &Arc<Usage>,
        ranges: &[LockRange],
        wait: bool,
    ) -> Result<LockOutcome, VfsError> {
        let limits = self.core.limits;
        file.change_locks(|locks| {
            if locks.count_of(id) + ranges.len() > limits.locks_per_open
                || locks.load() + ranges.len() > limits.locks_per_file
            {
                return Err(VfsError::TooManyOpens);
            }
            locks
                .charge(id, usage, ranges.len())
                .map_err(|_| VfsError::TooManyOpens)?;
            let outcome = match locks.acquire(id, ranges) {
                Err(VfsError::LockNotGranted) if wait => {
                    let ticket = Ticket(self.core.last_ticket.fetch_add(1, Ordering::Relaxed) + 1);
                    locks
                        .wait(ticket, id, ranges)
                        .map(|()| LockOutcome::Waiting(ticket, self.core.lock_waits.register(ticket)))
                }
                outcome => outcome.map(|()| LockOutcome::Granted),
            };
            locks.settle(id);
            outcome
        })
    }

    /// Gives up waiting. What was granted in the same moment is given back.
    pub(crate) fn abandon(&self, file: &FileShared, id: OpenId, ticket: Ticket, ranges: &[LockRange]) {
        self.core.lock_waits.abandon(ticket);
        let granted = file.change_locks(|locks| {
            // Granted, but nobody took it; or its open has gone, and everything with it.
            let granted = if locks.stop_waiting(ticket) {
                Vec::new()
            } else {
                locks.release(id, ranges).1
            };
            locks.settle(id);
            granted
        });
        self.wake(granted);
    }

    /// Gives locks back, in order, up to the first that is not held.
    ///
    /// # Errors
    /// RangeNotLocked.
    pub(crate) fn unlock(&self, file: &FileShared, id: OpenId, ranges: &[LockRange]) -> Result<(), VfsError> {
        let (outcome, granted) = file.change_locks(|locks| {
            let released = locks.release(id, ranges);
            locks.settle(id);
            released
        });
        self.wake(granted);
        outcome
    }

    /// Gives back all that an open holds or waits for.
    pub(crate) fn release_all(&self, file: &FileShared, id: OpenId) {
        let (abandoned, granted) = file.change_locks(|locks| locks.release_all(id));
        abandoned
            .into_iter()
            .for_each(|ticket| self.core.lock_waits.abandon(ticket));
        self.wake(granted);
    }

    /// A share ends: whoever waits for a lock in it stops waiting.
    pub(crate) fn end_waits(&self, share: ShareId) {
        let opens = self.core.state.lock().machine.opens_in(share);
        for (id, file) in opens {
            let abandoned = file.change_locks(|locks| {
                let abandoned = locks.stop_waiting_of(id);
                locks.settle(id);
                abandoned
            });
            abandoned
                .into_iter()
                .for_each(|ticket| self.core.lock_waits.abandon(ticket));
        }
    }

    fn wake(&self, granted: Vec<Ticket>) {
        granted
            .into_iter()
            .for_each(|ticket| self.core.lock_waits.wake(ticket));
    }
}
