//! Permissions with their reasons, and the live copies of permissions that sessions hold.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

use super::Permission;

/// Which rule decided a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum PermissionSource {
    /// A grant to the person.
    User,
    /// A grant to a group of the person; the highest of them.
    Group {
        /// The group's name.
        name: String,
    },
    /// The share's default.
    ShareDefault,
    /// The share admits guests.
    Guest,
    /// The share admits no guests.
    NoGuests,
    /// The account is disabled, or was removed.
    Disabled,
}

/// An effective permission and why it came out so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effective {
    /// The permission after the share's own limits (read-only, upload-only).
    pub permission: Permission,
    /// The rule that decided.
    #[serde(flatten)]
    pub source: PermissionSource,
    /// One sentence for a person: "alice may read and write: granted to the group editors".
    pub why: String,
}

/// The permission of one person in one share as it is *now*. Sessions hold it; the identity module
/// changes it when grants change, so that revocation acts on open files at once.
#[derive(Debug)]
pub struct LiveGrant(AtomicU8);

impl LiveGrant {
    /// A live copy that starts at `permission`.
    pub fn new(permission: Permission) -> Self {
        Self(AtomicU8::new(permission as u8))
    }
    /// What holds now.
    pub fn permission(&self) -> Permission {
        let value = self.0.load(Ordering::Acquire);
        let mut all = Permission::ALL.into_iter();
        all.find(|permission| *permission as u8 == value)
            .unwrap_or_default()
    }
    /// Changes what holds from now on.
    pub fn set(&self, permission: Permission) {
        self.0.store(permission as u8, Ordering::Release);
    }
}
