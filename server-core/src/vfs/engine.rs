//! The engine: mounted shares and the tables that all of them have in common.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};

use super::backend::{Backend, LocalBackend};
use super::error::{Denial, VfsError};
use super::lookup::NameCache;
use super::open_table::OpenTable;
use super::share::{Caller, ShareView};
use crate::identity::{Identity, LiveGrant, Permission, ShareId, ShareSettings};
use crate::live::{Events, LiveSessionId};
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
        Self { opens: 262_144, opens_per_session: 65_536, locks_per_open: 16_384 }
    }
}

/// The file engine. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Inner>);

/// What views and opens share. Lock order: `shares` before anything in a share; the open table last.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) events: Events,
    pub(super) limits: EngineLimits,
    pub(super) opens: OpenTable,
    pub(super) opens_by_session: Mutex<HashMap<LiveSessionId, usize>>,
    pub(super) names: NameCache,
    identity: Identity,
    shares: RwLock<HashMap<ShareId, Arc<MountedShare>>>,
}

/// One mounted share.
#[derive(Debug)]
pub(super) struct MountedShare {
    pub(super) settings: ShareSettings,
    pub(super) backend: Box<dyn Backend>,
    /// False once it was unmounted or its folder replaced.
    pub(super) live: AtomicBool,
    pub(super) views: AtomicUsize,
}

impl Engine {
    /// An engine without shares.
    pub fn new(store: Store, identity: Identity, events: Events, limits: EngineLimits) -> Self {
        Self(Arc::new(Inner {
            store,
            events,
            limits,
            opens: OpenTable::default(),
            opens_by_session: Mutex::default(),
            names: NameCache::default(),
            identity,
            shares: RwLock::default(),
        }))
    }

    /// Mounts a share, or applies its changed settings. Changes that what clients hold depends on (folder,
    /// read-only, encryption) end the views of the old one; clients connect again by themselves.
    ///
    /// # Errors
    /// ShareUnavailable when the folder can't be opened (the share stays known and is tried again on entry).
    pub fn mount(&self, share: &ShareSettings) -> Result<(), VfsError> {
        if let Some(mounted) = self.0.shares.read().get(&share.id)
            && mounted.settings == *share
        {
            return Ok(());
        }
        let mounted = Arc::new(mount(share)?);
        if let Some(old) = self.0.shares.write().insert(share.id, mounted) {
            old.live.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Forgets a share: its views end, and operations on its opens give `Closed`.
    pub fn unmount(&self, share: ShareId) {
        if let Some(old) = self.0.shares.write().remove(&share) {
            old.live.store(false, Ordering::Release);
        }
    }

    /// A caller's view of a share. Whether the caller may enter at all is decided here.
    ///
    /// # Errors
    /// NotFound for an unknown share; AccessDenied when the permission is None; ShareUnavailable.
    pub fn enter(&self, share: ShareId, caller: Arc<Caller>) -> Result<ShareView, VfsError> {
        let shares = self.0.identity.shares();
        let settings = shares.iter().find(|known| known.id == share).ok_or(VfsError::NotFound)?;
        let grant = self.0.identity.live_grant(&caller.principal, share);
        if grant.permission() == Permission::None {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        self.mount(settings)?;
        let mounted = self.0.shares.read().get(&share).cloned().ok_or(VfsError::ShareUnavailable)?;
        Ok(self.view(mounted, caller, grant))
    }

    fn view(&self, mounted: Arc<MountedShare>, caller: Arc<Caller>, grant: Arc<LiveGrant>) -> ShareView {
        mounted.views.fetch_add(1, Ordering::Relaxed);
        ShareView::new(Arc::clone(&self.0), mounted, caller, grant)
    }
}

fn mount(share: &ShareSettings) -> Result<MountedShare, VfsError> {
    let backend = LocalBackend::open(&share.folder).map_err(|error| {
        tracing::warn!(share = share.name, folder = %share.folder.display(), %error, "the shared folder can't be opened");
        VfsError::ShareUnavailable
    })?;
    Ok(MountedShare {
        settings: share.clone(),
        backend: Box::new(backend),
        live: AtomicBool::new(true),
        views: AtomicUsize::new(0),
    })
}
