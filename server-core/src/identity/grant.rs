//! Permissions, where they come from, and their live copies in sessions.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

/// What someone may do in a share. Ordered: of several groups' grants the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Permission {
    /// Nothing; the share can't be entered.
    #[default]
    None = 0,
    /// Create and write new files and folders; never list, read, change or delete.
    DropBox = 1,
    /// List and read.
    Read = 2,
    /// List, read, write, rename, delete.
    ReadWrite = 3,
    /// Everything, including what a read-only or upload-only share refuses to others to see and
    /// changing owners and permissions.
    Admin = 4,
}

impl Permission {
    fn from_repr(value: u8) -> Self {
        [
            Self::None,
            Self::DropBox,
            Self::Read,
            Self::ReadWrite,
            Self::Admin,
        ]
        .into_iter()
        .find(|permission| *permission as u8 == value)
        .unwrap_or_default()
    }
}

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
    /// The account is disabled.
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
        Permission::from_repr(self.0.load(Ordering::Acquire))
    }
    /// Changes what holds from now on.
    pub fn set(&self, permission: Permission) {
        self.0.store(permission as u8, Ordering::Release);
    }
}
