//! The engine: mounted shares and the tables that all of them have in common.

use std::sync::Arc;

use super::error::VfsError;
use super::share::{Caller, ShareView};
use crate::identity::{Identity, ShareId, ShareSettings};
use crate::live::Events;
use crate::store::Store;

/// Limits on what clients can make the engine keep.
#[derive(Debug, Clone, Copy)]
pub struct EngineLimits {
    /// Opens in all.
    pub opens: usize,
    /// Opens for each session.
    pub opens_per_session: usize,
    /// Byte-range locks for each open.
    pub locks_per_open: usize,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            opens: 262_144,
            opens_per_session: 65_536,
            locks_per_open: 16_384,
        }
    }
}

/// The file engine. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {}

impl Engine {
    /// An engine without shares.
    pub fn new(store: Store, identity: Identity, events: Events, limits: EngineLimits) -> Self {
        todo!()
    }
    /// Mounts a share, or applies its changed settings. A changed folder ends the views of the old one.
    ///
    /// # Errors
    /// ShareUnavailable when the folder can't be opened (the share stays known and is tried again on entry).
    pub fn mount(&self, share: &ShareSettings) -> Result<(), VfsError> {
        todo!()
    }
    /// Forgets a share: its views end, its opens are closed.
    pub fn unmount(&self, share: ShareId) {
        todo!()
    }
    /// A caller's view of a share. Whether the caller may enter at all is decided here.
    ///
    /// # Errors
    /// NotFound for an unknown share; AccessDenied when the permission is None; ShareUnavailable.
    pub fn enter(&self, share: ShareId, caller: Arc<Caller>) -> Result<ShareView, VfsError> {
        todo!()
    }
}
