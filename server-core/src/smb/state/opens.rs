//! The opens of the server ([MS-SMB2] 3.3.1.5, GlobalOpenTable) by persistent id, and by what clients call the
//! CREATE that made them. The maps are leaves in the order of locks, and never held together.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use parking_lot::Mutex;

use super::open_file::{CreateName, OpenFile};
use crate::smb::wire::ids::{AppInstanceId, PersistentId};

/// Maps that share the opens, so that CREATE and CLOSE of many clients seldom wait for each other.
const SHARDS: usize = 16;

/// A CREATE of a name that is under way.
#[derive(Debug)]
pub(crate) struct Beginning {
    opens: Arc<Opens>,
    name: CreateName,
}

impl Drop for Beginning {
    fn drop(&mut self) {
        self.opens.beginning.lock().remove(&self.name);
    }
}

/// Every open of the server.
#[derive(Debug)]
pub(crate) struct Opens {
    by_id: [Mutex<HashMap<PersistentId, Arc<OpenFile>>>; SHARDS],
    /// Those whose CREATE has a name, which few have.
    by_create: Mutex<HashMap<CreateName, PersistentId>>,
    /// Those of applications that may go on elsewhere, which fewer are.
    by_app_instance: Mutex<HashMap<AppInstanceId, HashSet<PersistentId>>>,
    /// CREATEs of a name that are under way.
    beginning: Mutex<HashSet<CreateName>>,
    next: AtomicU64,
    /// Nobody is to come back for what is left: sharing has stopped.
    over: AtomicBool,
}

impl Opens {
    /// An empty table whose ids begin anywhere: a client that comes back after a restart with an id of before finds
    /// nothing under it, rather than somebody's file.
    pub(crate) fn new() -> Self {
        let mut start = [0; 8];
        if getrandom::fill(&mut start).is_err() {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let nanoseconds = now.unwrap_or_default().as_nanos() & u128::from(u64::MAX);
            start = u64::try_from(nanoseconds).unwrap_or_default().to_le_bytes();
        }
        Self::starting_at(u64::from_le_bytes(start))
    }

    fn starting_at(next: u64) -> Self {
        Self {
            by_id: Default::default(),
            by_create: Mutex::default(),
            by_app_instance: Mutex::default(),
            beginning: Mutex::default(),
            next: AtomicU64::new(next),
            over: AtomicBool::new(false),
        }
    }

    /// An id that no open of the server has: never 0, which says "none", nor all ones, "the open before".
    pub(super) fn fresh_id(&self) -> PersistentId {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number != 0 && number != u64::MAX {
                return PersistentId(number);
            }
        }
    }

    pub(super) fn insert(&self, file: &Arc<OpenFile>) {
        let id = file.id.persistent;
        self.shard(id).lock().insert(id, Arc::clone(file));
        if let Some(name) = file.created_by {
            self.by_create.lock().insert(name, id);
        }
        if let Some(app) = file.app_instance {
            self.by_app_instance.lock().entry(app.id).or_default().insert(id);
        }
    }

    pub(super) fn remove(&self, file: &OpenFile) {
        let id = file.id.persistent;
        // Somebody may have taken the open over.
        match self.shard(id).lock().entry(id) {
            Entry::Occupied(entry) if std::ptr::eq(Arc::as_ptr(entry.get()), file) => entry.remove(),
            Entry::Occupied(_) | Entry::Vacant(_) => return,
        };
        // Another open may have taken the name over.
        if let Some(name) = file.created_by
            && let Entry::Occupied(entry) = self.by_create.lock().entry(name)
            && *entry.get() == id
        {
            entry.remove();
        }
        if let Some(app) = file.app_instance
            && let Entry::Occupied(mut theirs) = self.by_app_instance.lock().entry(app.id)
        {
            theirs.get_mut().remove(&id);
            if theirs.get().is_empty() {
                theirs.remove();
            }
        }
    }

    /// Notes that a CREATE of a name is under way, as long as what comes back is kept; `None` when one is already.
    pub(crate) fn begin(self: &Arc<Self>, name: CreateName) -> Option<Beginning> {
        let is_first = self.beginning.lock().insert(name);
        is_first.then(|| Beginning {
            opens: Arc::clone(self),
            name,
        })
    }

    /// The open that a CREATE made.
    pub(crate) fn created_by(&self, name: CreateName) -> Option<Arc<OpenFile>> {
        let id = self.by_create.lock().get(&name).copied()?;
        self.find(id)
    }

    /// What an application has open.
    pub(crate) fn of_app_instance(&self, app: AppInstanceId) -> Vec<Arc<OpenFile>> {
        let theirs = self.by_app_instance.lock().get(&app).cloned();
        let theirs = theirs.unwrap_or_default().into_iter();
        theirs.filter_map(|id| self.find(id)).collect()
    }

    /// An open by its persistent id.
    pub(crate) fn find(&self, id: PersistentId) -> Option<Arc<OpenFile>> {
        self.shard(id).lock().get(&id).cloned()
    }

    /// Whether clients may come back for what they leave.
    pub(super) fn keeps(&self) -> bool {
        !self.over.load(Ordering::Acquire)
    }

    /// Has it keep what clients leave, or not.
    pub(crate) fn keep(&self, keeps: bool) {
        self.over.store(!keeps, Ordering::Release);
    }

    /// Every one of them.
    pub(crate) fn all(&self) -> Vec<Arc<OpenFile>> {
        let shards = self.by_id.iter();
        shards
            .flat_map(|shard| shard.lock().values().cloned().collect::<Vec<_>>())
            .collect()
    }

    fn shard(&self, id: PersistentId) -> &Mutex<HashMap<PersistentId, Arc<OpenFile>>> {
        let [.., low] = id.0.to_be_bytes();
        &self.by_id[usize::from(low) % SHARDS]
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let opens = self.by_id.iter().map(|shard| shard.lock().len()).sum();
        assert!(self.by_create.lock().len() <= opens);
        let of_apps: usize = self.by_app_instance.lock().values().map(HashSet::len).sum();
        assert!(of_apps <= opens);
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persistent_ids_are_neither_zero_nor_all_ones_and_never_the_same() {
        let opens = Opens::starting_at(u64::MAX - 1);
        let ids: Vec<_> = (0..3).map(|_| opens.fresh_id().0).collect();
        assert_eq!(ids, [u64::MAX - 1, 1, 2]);
    }

    #[test]
    fn a_restarted_server_begins_with_other_persistent_ids() {
        assert_ne!(Opens::new().fresh_id(), Opens::new().fresh_id());
    }
}
