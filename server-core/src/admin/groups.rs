//! Groups and who is in them.

use serde::{Deserialize, Serialize};

/// A group as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The security identifier, stable for ever.
    pub sid: String,
    /// Unix group id shown to SFTP clients.
    pub gid: u32,
    /// Members, by name.
    pub members: Vec<String>,
}

/// Adds a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddGroup {
    /// Its name.
    pub name: String,
}

/// A person and a group: to join, or to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The person.
    pub name: String,
    /// The group.
    pub group: String,
}
