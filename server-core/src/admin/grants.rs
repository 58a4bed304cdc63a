//! Grants: what a person or a group may do in a share.

use serde::{Deserialize, Serialize};

use crate::identity::Permission;

/// Who is granted something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grantee {
    /// A person, by name.
    User(String),
    /// A group, by name.
    Group(String),
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who.
    #[serde(flatten)]
    pub grantee: Grantee,
    /// The share.
    pub share: String,
    /// What they may do. `None` to take a grant away, so that groups and the share's default decide again.
    pub permission: Option<Permission>,
}

/// Which grants to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrantList {
    /// Only those of this share.
    pub share: Option<String>,
}
