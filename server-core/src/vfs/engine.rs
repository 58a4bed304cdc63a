//! The engine: mounted shares and the tables that all of them have in common.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::RwLock;

use super::backend::{Backend, DiskPool, LocalBackend, OwnFolder, Watcher, wait_for};
use super::error::{Denial, VfsError};
use super::info::FileKey;
use super::limits::EngineLimits;
use super::local_changes::StrangersIn;
use super::lookup::NameCache;
use super::notify::Watches;
use super::open_table::{OpenTable, TableLimits};
use super::share::{Caller, ShareView};
use super::space::{Credit, KeepFree};
use super::uploads::Uploads;
use crate::identity::{Identity, LiveGrant, Permission, ShareId, ShareSettings};
use crate::live::{Current, Events};
use crate::sandbox::Sandbox;
use crate::store::Store;

/// How long a share's disk gets to show that its folder is there.
const MOUNT_LIMIT: Duration = Duration::from_secs(2);

/// The file engine. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Inner>);

/// What views and opens share. Lock order: `shares` before anything in a share; the open table last.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) events: Events,
    pub(super) opens: OpenTable,
    pub(super) names: NameCache,
    pub(super) watches: Watches,
    pub(super) uploads: Uploads,
    pub(super) keep_free: Current<KeepFree>,
    limits: EngineLimits,
    pool: DiskPool,
    /// Where threads are in that act for clients.
    sandbox: Sandbox,
    /// Hears of what programs on this computer do to files that clients cache.
    pub(super) watcher: Watcher,
    /// Landfall's own folder; `None` where it can't be opened, and then nothing is shared.
    own: Option<Arc<OwnFolder>>,
    identity: Identity,
    shares: RwLock<HashMap<ShareId, Arc<MountedShare>>>,
}

/// One mounted share.
#[derive(Debug)]
pub(super) struct MountedShare {
    pub(super) settings: Current<ShareSettings>,
    /// The setting of that name, which every operation asks for.
    pub(super) read_only: AtomicBool,
    pub(super) backend: Box<dyn Backend>,
    pub(super) credit: Credit,
    /// False once it was unmounted or its folder replaced.
    pub(super) live: AtomicBool,
    /// Hears what others than we do in its folders, once a client watches one.
    pub(super) strangers: OnceLock<Arc<StrangersIn>>,
}

impl MountedShare {
    fn new(settings: &ShareSettings, backend: Box<dyn Backend>) -> Self {
        Self {
            read_only: AtomicBool::new(settings.read_only),
            settings: Current::new(settings.clone()),
            backend,
            credit: Credit::default(),
            live: AtomicBool::new(true),
            strangers: OnceLock::new(),
        }
    }

    /// Whether settings can change while clients stay: they must come again to another folder, and to a share
    /// that demands encryption from now on.
    fn can_become(&self, settings: &ShareSettings) -> bool {
        let now = self.settings.get();
        now.folder == settings.folder && (now.encrypt || !settings.encrypt)
    }

    fn apply(&self, settings: &ShareSettings) {
        if !self.settings.with(|now| now == settings) {
            self.read_only.store(settings.read_only, Ordering::Release);
            self.settings.set(settings.clone());
        }
    }
}

impl Inner {
    /// Whether something on a disk is Landfall's own.
    pub(super) fn is_own(&self, object: FileKey) -> bool {
        self.own.as_ref().is_some_and(|own| own.holds(object))
    }
}

impl Engine {
    pub(super) fn opens(&self) -> &OpenTable {
        &self.0.opens
    }

    /// What a share is called; nothing once it is gone.
    pub(super) fn share_name(&self, share: ShareId) -> String {
        let shares = self.0.shares.read();
        let mounted = shares.get(&share);
        mounted.map_or_else(String::new, |mounted| {
            mounted.settings.with(|settings| settings.name.clone())
        })
    }

    /// An engine without shares.
    pub fn new(store: Store, identity: Identity, events: Events, limits: EngineLimits) -> Self {
        Self::confined(store, identity, events, limits, Sandbox::default())
    }

    /// An engine whose own threads are confined, as those of its clients are to be.
    pub(crate) fn confined(
        store: Store,
        identity: Identity,
        events: Events,
        limits: EngineLimits,
        sandbox: Sandbox,
    ) -> Self {
        let opens = OpenTable::new(TableLimits {
            opens: limits.opens,
            opens_per_owner: limits.opens_each,
            locks_per_open: limits.locks_per_open,
            locks_per_file: limits.locks_per_file,
        });
        let own = OwnFolder::open(store.data_dir()).map(Arc::new);
        let own = own.inspect_err(
            |error| tracing::error!(%error, "the data folder can't be opened: nothing is shared"),
        );
        Self(Arc::new(Inner {
            own: own.ok(),
            store,
            events,
            watcher: Watcher::new(opens.hears_of_strangers(), sandbox.clone()),
            opens,
            names: NameCache::default(),
            watches: Watches::default(),
            uploads: Uploads::default(),
            keep_free: Current::new(KeepFree::Nothing),
            limits,
            pool: DiskPool::confined(sandbox.clone()),
            sandbox,
            identity,
            shares: RwLock::default(),
        }))
    }

    /// What it keeps of whom at most.
    pub fn limits(&self) -> EngineLimits {
        self.0.limits
    }

    /// Has clients leave so much of each disk free from now on; at first they may fill them.
    pub fn keep_free(&self, keep: KeepFree) {
        self.0.keep_free.set(keep);
        self.0
            .shares
            .read()
            .values()
            .for_each(|mounted| mounted.credit.end());
    }

    /// Mounts a share, or applies its changed settings. Another folder, or encryption that is demanded from now
    /// on, ends the views of the old one; clients come again by themselves.
    ///
    /// # Errors
    /// ShareUnavailable when the folder can't be opened, TimedOut when its disk does not answer (the share stays known
    /// and is tried again on entry).
    pub fn mount(&self, share: &ShareSettings) -> Result<(), VfsError> {
        match wait_for(MOUNT_LIMIT, self.mounted(share, false)) {
            Some(mounted) => mounted.map(drop),
            None => {
                // Nobody goes on in it as it was set before.
                self.unmount(share.id);
                Err(VfsError::TimedOut)
            }
        }
    }

    /// Mounts a share on a storage that is there already.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn mount_on(&self, share: &ShareSettings, backend: Box<dyn Backend>) {
        let mounted = Arc::new(MountedShare::new(share, backend));
        self.0.shares.write().insert(share.id, mounted);
    }

    /// Mounts a share on an empty tree in memory, whatever it was on before.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn mount_in_memory(&self, share: &ShareSettings) {
        let backend = super::backend::MemoryBackend::new(self.lane());
        self.mount_on(share, Box::new(backend));
    }

    /// The same on a storage whose calls take so long each.
    #[cfg(test)]
    pub(crate) fn mount_slowly(&self, share: &ShareSettings, call: std::time::Duration) {
        use super::backend::{MemoryBackend, Pace, Slow};
        let inner = MemoryBackend::new(self.lane());
        self.mount_on(share, Box::new(Slow::new(inner, Pace::of(call), self.lane())));
    }

    /// The place of a storage's requests among those of all shares.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn lane(&self) -> super::backend::Lane {
        self.0.pool.lane()
    }

    /// Confines the calling thread, which serves a client, to what is shared.
    pub(crate) fn confine_thread(&self) {
        self.0.sandbox.enter();
    }

    /// Does something that no client chose outside of the sandbox that its threads are in.
    ///
    /// # Errors
    /// The work's; the system gives no thread.
    pub(crate) async fn run_outside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        self.0.pool.lane().run_outside(work).await
    }

    /// Forgets a share: its views end, and operations on its opens give `Closed`.
    pub fn unmount(&self, share: ShareId) {
        let old = self.0.shares.write().remove(&share);
        if let Some(old) = old {
            self.end(share, &old);
        }
    }

    /// A caller's view of a share. Whether the caller may enter at all is decided here.
    ///
    /// # Errors
    /// NotFound for an unknown share; AccessDenied when the permission is None; ShareUnavailable.
    pub async fn enter(&self, share: ShareId, caller: Arc<Caller>) -> Result<ShareView, VfsError> {
        let shares = self.0.identity.shares();
        let settings = shares
            .iter()
            .find(|known| known.id == share)
            .ok_or(VfsError::NotFound)?;
        let grant = self.0.identity.live_grant(&caller.principal, share);
        self.enter_with(settings, caller, grant).await
    }

    /// A view with a grant that the identity service need not know.
    pub(crate) async fn enter_with(
        &self,
        settings: &ShareSettings,
        caller: Arc<Caller>,
        grant: Arc<LiveGrant>,
    ) -> Result<ShareView, VfsError> {
        if grant.permission() == Permission::None {
            return Err(VfsError::AccessDenied(Denial::Permission));
        }
        let mounted = self.mounted(settings, true).await?;
        Ok(ShareView::new(Arc::clone(&self.0), mounted, caller, grant))
    }

    /// The share as mounted; with `check`, one whose folder is gone or was replaced is opened anew.
    async fn mounted(&self, share: &ShareSettings, check: bool) -> Result<Arc<MountedShare>, VfsError> {
        if check && let Some(own) = self.0.own.as_ref().filter(|own| own.is_due()) {
            let own = Arc::clone(own);
            // Where there is a sandbox, the data folder is outside of it.
            let looked = self.0.pool.lane().run_outside(move || own.look_anew());
            if let Err(error) = looked.await {
                tracing::warn!(%error, "the data folder can't be looked through");
            }
        }
        let known = self.0.shares.read().get(&share.id).cloned();
        if let Some(known) = &known
            && known.can_become(share)
            && (!check || known.backend.is_current().await.unwrap_or(false))
        {
            known.apply(share);
            return Ok(Arc::clone(known));
        }
        let own = Arc::clone(self.0.own.as_ref().ok_or(VfsError::ShareUnavailable)?);
        let lane = self.0.pool.lane();
        let (folder, place, watcher) = (share.folder.clone(), lane.clone(), self.0.watcher.clone());
        let opened = lane
            .run_outside(move || LocalBackend::open(&folder, place, watcher)?.apart_from(own))
            .await;
        let is_known = |now: &Arc<MountedShare>| known.as_ref().is_some_and(|known| Arc::ptr_eq(known, now));
        let mut shares = self.0.shares.write();
        let now = shares.get(&share.id);
        if let Some(other) = now.filter(|now| !is_known(now) && now.can_become(share)) {
            // Someone else came in at the same time and opened it first: what they opened is as new as this.
            other.apply(share);
            return Ok(Arc::clone(other));
        }
        let (old, outcome) = match opened {
            Ok(backend) => {
                let mounted = Arc::new(MountedShare::new(share, Box::new(backend)));
                (shares.insert(share.id, Arc::clone(&mounted)), Ok(mounted))
            }
            Err(error) => {
                tracing::warn!(share = share.name, folder = %share.folder.display(), %error, "the shared folder can't be opened");
                (shares.remove(&share.id), Err(VfsError::ShareUnavailable))
            }
        };
        drop(shares);
        if let Some(old) = old {
            self.end(share.id, &old);
        }
        outcome
    }

    fn end(&self, share: ShareId, old: &MountedShare) {
        old.live.store(false, Ordering::Release);
        self.0.opens.end_waits(share);
        self.0.opens.close_away(share);
    }
}
