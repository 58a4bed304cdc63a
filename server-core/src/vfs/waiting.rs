//! What an open may have to wait for, and give up, because of others: byte-range locks, changes in a folder, what its
//! client caches.

use std::sync::Arc;

use super::engine::Engine;
use super::error::VfsError;
use super::machine::{Holder, LeaseId, LeaseState, Ticket};
use super::notify::{Changes, NotifyFilter, WatchRequest};
use super::open::Open;
use super::open_table::LockOutcome;
use super::request::{LockRange, OpenedLease};
use crate::security::AccessMask;

impl Engine {
    /// A client gives up what it cached under a lease, as it was asked to; what it may cache from now on comes back.
    ///
    /// # Errors
    /// NotFound for a lease that is not there; NotBreaking when nobody asked; BreakNotAccepted when the client would keep
    /// more than it was left.
    pub fn acknowledge_lease_break(
        &self,
        lease: LeaseId,
        caching: LeaseState,
    ) -> Result<LeaseState, VfsError> {
        self.opens().acknowledge_break(Holder::Lease(lease), caching)
    }
}

impl Open {
    /// What the client may cache now, and the lease that it is under.
    pub fn caching(&self) -> (LeaseState, Option<OpenedLease>) {
        let granted = self.view.engine().opens.caching_of(self.handle.id);
        (granted.state, granted.lease())
    }

    /// Whether its client has yet to answer that it caches less.
    pub fn is_breaking(&self) -> bool {
        self.view.engine().opens.caching_of(self.handle.id).breaking
    }

    /// The client gives up what it cached, as it was asked to; what it may cache from now on comes back.
    ///
    /// # Errors
    /// NotBreaking when nobody asked, or for less than this.
    pub fn acknowledge_break(&self, caching: LeaseState) -> Result<LeaseState, VfsError> {
        self.view
            .engine()
            .opens
            .acknowledge_break(Holder::Oplock(self.handle.id), caching)
    }

    /// Waits for changes in this folder. The first call says what the watch is about, for as long as the folder
    /// is open; `room` is how many bytes of changes are kept until they are asked for.
    ///
    /// # Errors
    /// NotGranted without READ_DATA (list); NotADirectory; Closed; TooManyOpens when the session or person watches too much.
    pub async fn changes(
        &self,
        recursive: bool,
        filter: NotifyFilter,
        room: usize,
    ) -> Result<Changes, VfsError> {
        if !self.handle.directory {
            return Err(VfsError::NotADirectory);
        }
        self.permit(AccessMask::READ_DATA)?;
        let watches = &self.view.engine().watches;
        watches.begin(
            self.handle.id,
            &WatchRequest {
                owner: self.view.caller().session.id(),
                usage: Arc::clone(self.view.caller().session.usage()),
                folder: Arc::clone(&self.handle.link),
                recursive,
                filter,
                room,
            },
        )?;
        if self.handle.link.delete_pending() {
            // Marked before the watch began: whoever marked it found nobody to tell.
            watches.folder_goes(&self.handle.place());
        }
        if self.handle.is_closed() {
            // Closed in the meantime: nobody else would end the watch.
            watches.end(self.handle.id);
        }
        if let Some(asking) = watches.unasked(self.handle.id) {
            let folder = self.disk_path();
            match self.view.watch_on_disk(&folder, asking.is_recursive()).await {
                Ok(watch) => {
                    let now = self.disk_path();
                    if let Some(watch) = watch.as_ref().filter(|_| now != folder) {
                        watch.follow(&folder, &now);
                    }
                    asking.over(watch);
                }
                Err(error) => tracing::debug!(%error, "what others do in a folder is not heard of"),
            }
        }
        let changes = watches.next(self.handle.id).await;
        self.permit(AccessMask::READ_DATA)?;
        Ok(changes)
    }

    /// Locks ranges, all or none. With `wait`, waits for a conflicting holder; dropping the future
    /// gives up.
    ///
    /// # Errors
    /// LockNotGranted; InvalidLockRange; LockConflict never.
    pub async fn lock(self: &Arc<Self>, ranges: &[LockRange], wait: bool) -> Result<(), VfsError> {
        self.permit_any(AccessMask::READ_DATA | AccessMask::WRITE_DATA | AccessMask::APPEND_DATA)?;
        if self.handle.directory {
            return Err(VfsError::InvalidParameter);
        }
        self.break_read_caching();
        let (opens, shared) = (&self.view.engine().opens, &self.handle.shared);
        let usage = self.view.caller().session.usage();
        let outcome = opens.lock(shared, self.handle.id, usage, ranges, wait)?;
        if self.handle.is_closed() {
            // Closed in the meantime: nobody else would give it back.
            opens.release_all(shared, self.handle.id);
        }
        match outcome {
            LockOutcome::Granted => Ok(()),
            LockOutcome::Waiting(ticket, granted) => {
                let mut waiting = WaitingLock {
                    open: self,
                    ticket,
                    ranges,
                    over: false,
                };
                let outcome = granted.await;
                waiting.over = true;
                outcome.map_err(|_| VfsError::Closed)
            }
        }
    }

    /// Unlocks ranges taken by this open; each must match exactly.
    ///
    /// # Errors
    /// RangeNotLocked.
    pub fn unlock(&self, ranges: &[LockRange]) -> Result<(), VfsError> {
        self.alive()?;
        self.view
            .engine()
            .opens
            .unlock(&self.handle.shared, self.handle.id, ranges)
    }
}

/// A lock that is waited for: given up when the future is dropped.
struct WaitingLock<'o> {
    open: &'o Open,
    ticket: Ticket,
    ranges: &'o [LockRange],
    over: bool,
}

impl Drop for WaitingLock<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.open.view.engine().opens.abandon(
                &self.open.handle.shared,
                self.open.handle.id,
                self.ticket,
                self.ranges,
            );
        }
    }
}
