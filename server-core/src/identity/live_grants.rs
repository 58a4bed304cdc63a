//! The live permissions that sessions hold. Lock order: the map is locked before a snapshot is read,
//! so that a grant handed out meanwhile is either in the map when a change goes through it, or was
//! computed from the changed snapshot.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::{LiveGrant, Permission, ShareId, UserId};

/// Whose permission where; no user is a guest.
type Key = (Option<UserId>, ShareId);

/// Every live permission that some session still holds.
#[derive(Debug, Default)]
pub(super) struct LiveGrants(Mutex<Grants>);

#[derive(Debug, Default)]
struct Grants {
    live: HashMap<Key, Weak<LiveGrant>>,
    /// The size at which entries of sessions that are gone are dropped.
    sweep_at: usize,
}

impl LiveGrants {
    /// The live permission for a key; all who ask share one.
    pub(super) fn get(&self, key: Key, permission: impl Fn() -> Permission) -> Arc<LiveGrant> {
        let mut grants = self.0.lock();
        if let Some(grant) = grants.live.get(&key).and_then(Weak::upgrade) {
            return grant;
        }
        if grants.live.len() >= grants.sweep_at {
            grants.live.retain(|_, grant| grant.strong_count() > 0);
            grants.sweep_at = (grants.live.len() * 2).max(64);
        }
        let grant = Arc::new(LiveGrant::new(permission()));
        grants.live.insert(key, Arc::downgrade(&grant));
        grant
    }

    /// Brings every live permission up to date.
    pub(super) fn refresh(&self, permission: impl Fn(Key) -> Permission) {
        let mut grants = self.0.lock();
        grants.live.retain(|&key, grant| {
            let Some(grant) = grant.upgrade() else {
                return false;
            };
            grant.set(permission(key));
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_nobody_holds_are_forgotten() {
        let grants = LiveGrants::default();
        for n in 0..10_000 {
            grants.get((Some(UserId(n)), ShareId(1)), || Permission::Read);
        }
        assert!(grants.0.lock().live.len() <= 64);
        let held = grants.get((None, ShareId(1)), || Permission::Read);
        let same = grants.get((None, ShareId(1)), || Permission::Admin);
        assert!(Arc::ptr_eq(&held, &same));
        grants.refresh(|_| Permission::None);
        assert_eq!(held.permission(), Permission::None);
        assert_eq!(grants.0.lock().live.len(), 1);
    }
}
