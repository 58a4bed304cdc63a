//! The live permissions that sessions hold. Lock order: the map is locked before a snapshot is read,
//! so that a grant handed out meanwhile is either in the map when a change goes through it, or was
//! computed from the changed snapshot.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{LiveGrant, Permission, ShareId, UserId};
use crate::live::WeakTable;

/// Whose permission where; no user is a guest.
type Key = (Option<UserId>, ShareId);

/// Every live permission that some session still holds.
#[derive(Debug, Default)]
pub(super) struct LiveGrants(Mutex<WeakTable<Key, LiveGrant>>);

impl LiveGrants {
    /// The live permission for a key; all who ask share one.
    pub(super) fn get(&self, key: Key, permission: impl Fn() -> Permission) -> Arc<LiveGrant> {
        let mut grants = self.0.lock();
        if let Some(grant) = grants.get(&key) {
            return grant;
        }
        let grant = Arc::new(LiveGrant::new(permission()));
        grants.insert(key, &grant);
        grant
    }

    /// Brings every live permission up to date.
    pub(super) fn refresh(&self, permission: impl Fn(Key) -> Permission) {
        self.0.lock().each(|&key, grant| grant.set(permission(key)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_ask_share_one_grant_which_follows_what_is_allowed() {
        let grants = LiveGrants::default();
        let held = grants.get((None, ShareId(1)), || Permission::Read);
        let same = grants.get((None, ShareId(1)), || Permission::Admin);
        assert!(Arc::ptr_eq(&held, &same));
        grants.refresh(|_| Permission::None);
        assert_eq!(held.permission(), Permission::None);
    }
}
