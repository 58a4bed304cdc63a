//! Opens that outlive their session ([MS-SMB2] 3.3.5.9.7, 3.3.5.9.12, 3.3.7.1): the handle stays, with its rights, its
//! locks and what its client caches, and another session's use takes the place of the one that was lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use super::error::{Denial, VfsError};
use super::info::FileInfo;
use super::machine::{BreakListener, LeaseId, LeaseState};
use super::open::Open;
use super::open_table::CloseUnasked;
use super::request::OpenedLease;
use super::share::ShareView;

/// An open that its client has again.
#[derive(Debug)]
pub struct Regained {
    /// Its use by the new session.
    pub open: Arc<Open>,
    /// The file as it is now.
    pub info: FileInfo,
    /// What the client still caches.
    pub caching: LeaseState,
    /// The lease that it is under.
    pub lease: Option<OpenedLease>,
}

impl Open {
    /// It will wait for its client when that loses its connection.
    pub fn outlives_its_session(&self) {
        self.handle.durable.store(true, Ordering::Release);
    }

    /// The session that has this is gone, and its client may come back for so long. False when nothing keeps it for that:
    /// it is to be closed. `closer` closes it when nobody comes, or somebody else wants the file.
    pub fn disconnect(&self, patience: Duration, closer: Weak<dyn CloseUnasked>) -> bool {
        if self.alive().is_err() {
            return false;
        }
        let opens = &self.view.engine().opens;
        *self.handle.away_since.lock() = Some(SystemTime::now());
        opens.attach(self.handle.id, closer);
        let waits = opens.disconnect(self.handle.id, patience);
        if self.handle.is_closed() {
            // Closed in the meantime, by somebody who did not find that.
            opens.detach(self.handle.id);
        }
        // A share that went in the meantime has seen only what was away before.
        waits && self.view.is_live()
    }

    /// The client has come back in another session, with a view of the same share.
    ///
    /// # Errors
    /// NotFound when it does not wait for anybody any more, or is another share's or lease's; AccessDenied to anybody
    /// but whose it is; TooManyOpens.
    pub async fn reconnect(
        &self,
        view: &ShareView,
        lease: Option<LeaseId>,
        listener: Arc<dyn BreakListener>,
    ) -> Result<Regained, VfsError> {
        self.alive()?;
        let (before, now) = (self.view.caller(), view.caller());
        if before.principal.user != now.principal.user {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        if !self.view.is_of_same_mount(view) {
            return Err(VfsError::NotFound);
        }
        // Nothing is waited for from here on: the client has it again, or all is as it was.
        let (info, _) = self.look().await?;
        let opens = &view.engine().opens;
        let (caching, epoch) = opens.reconnect(self.handle.id, now.session.id(), lease, listener)?;
        self.left.store(true, Ordering::Release);
        *self.handle.away_since.lock() = None;
        now.session.file_opened();
        let open = Arc::new(Self {
            handle: Arc::clone(&self.handle),
            view: view.clone(),
            left: AtomicBool::new(false),
        });
        let unasked: Weak<Self> = Arc::downgrade(&open);
        opens.attach(self.handle.id, unasked);
        if self.handle.is_closed() {
            opens.detach(self.handle.id);
            return Err(VfsError::NotFound);
        }
        Ok(Regained {
            open,
            info,
            caching,
            lease: lease.map(|_| OpenedLease {
                epoch,
                breaking: false,
            }),
        })
    }
}
