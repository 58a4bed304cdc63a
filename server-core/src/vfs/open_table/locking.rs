//! Byte-range locks of open files: each file has a mutex of its own for them, and a count that is looked at without.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::{FileShared, OpenId, OpenTable, Ticket};
use crate::identity::ShareId;
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
    /// Takes locks; with `wait`, queues for them when someone else has them.
    ///
    /// # Errors
    /// LockNotGranted; InvalidLockRange; TooManyOpens.
    pub(crate) fn lock(
        &self,
        file: &FileShared,
        id: OpenId,
        ranges: &[LockRange],
        wait: bool,
    ) -> Result<LockOutcome, VfsError> {
        let limits = self.core.limits;
        if self.core.locks.load(Ordering::Acquire) + ranges.len() > limits.locks {
            return Err(VfsError::TooManyOpens);
        }
        let (outcome, change) = file.change_locks(|locks| {
            if locks.count_of(id) + ranges.len() > limits.locks_per_open {
                return Err(VfsError::TooManyOpens);
            }
            match locks.acquire(id, ranges) {
                Err(VfsError::LockNotGranted) if wait => {
                    let ticket = Ticket(self.core.last_ticket.fetch_add(1, Ordering::Relaxed) + 1);
                    locks.wait(ticket, id, ranges)?;
                    Ok(LockOutcome::Waiting(
                        ticket,
                        self.core.lock_waits.register(ticket),
                    ))
                }
                Err(error) => Err(error),
                Ok(()) => Ok(LockOutcome::Granted),
            }
        });
        self.count_locks(change);
        outcome
    }

    /// Gives up waiting. What was granted in the same moment is given back.
    pub(crate) fn abandon(&self, file: &FileShared, id: OpenId, ticket: Ticket, ranges: &[LockRange]) {
        self.core.lock_waits.abandon(ticket);
        let (granted, change) = file.change_locks(|locks| {
            if locks.stop_waiting(ticket) {
                return Vec::new();
            }
            // Granted, but nobody took it; or its open has gone, and everything with it.
            locks.release(id, ranges).1
        });
        self.settle_locks(granted, change);
    }

    /// Gives locks back, in order, up to the first that is not held.
    ///
    /// # Errors
    /// RangeNotLocked.
    pub(crate) fn unlock(&self, file: &FileShared, id: OpenId, ranges: &[LockRange]) -> Result<(), VfsError> {
        let ((outcome, granted), change) = file.change_locks(|locks| locks.release(id, ranges));
        self.settle_locks(granted, change);
        outcome
    }

    /// Gives back all that an open holds or waits for.
    pub(crate) fn release_all(&self, file: &FileShared, id: OpenId) {
        let ((abandoned, granted), change) = file.change_locks(|locks| locks.release_all(id));
        abandoned
            .into_iter()
            .for_each(|ticket| self.core.lock_waits.abandon(ticket));
        self.settle_locks(granted, change);
    }

    /// A share ends: whoever waits for a lock in it stops waiting.
    pub(crate) fn end_waits(&self, share: ShareId) {
        let opens = self.core.state.lock().machine.opens_in(share);
        for (id, file) in opens {
            let (abandoned, _) = file.change_locks(|locks| locks.stop_waiting_of(id));
            abandoned
                .into_iter()
                .for_each(|ticket| self.core.lock_waits.abandon(ticket));
        }
    }

    fn settle_locks(&self, granted: Vec<Ticket>, change: isize) {
        self.count_locks(change);
        granted
            .into_iter()
            .for_each(|ticket| self.core.lock_waits.wake(ticket));
    }

    fn count_locks(&self, change: isize) {
        if change >= 0 {
            self.core.locks.fetch_add(change.unsigned_abs(), Ordering::AcqRel);
        } else {
            self.core.locks.fetch_sub(change.unsigned_abs(), Ordering::AcqRel);
        }
    }
}
