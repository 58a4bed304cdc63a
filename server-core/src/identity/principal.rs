//! People and shares as the engine sees them once they are known.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Permission;
use crate::security::Sid;

/// A person's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(pub i64);

/// A share's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShareId(pub i64);

/// An authenticated client: a person, or a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The person's row, `None` for a guest.
    pub user: Option<UserId>,
    /// Log-in name; "guest" for guests.
    pub name: String,
    /// Display name.
    pub display_name: String,
    /// The person's SID; `S-1-5-7`-like well-known SID for guests.
    pub sid: Sid,
    /// SIDs of the person's groups.
    pub group_sids: Vec<Sid>,
    /// Unix user id shown to SFTP clients.
    pub uid: u32,
    /// Unix group id shown to SFTP clients.
    pub gid: u32,
}

/// A share's settings, as the file engine and the protocols need them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareSettings {
    /// Its row.
    pub id: ShareId,
    /// The name clients use; compared without case.
    pub name: String,
    /// The folder it shares; absolute.
    pub folder: PathBuf,
    /// A sentence shown beside the name.
    pub comment: String,
    /// What people without a grant may do.
    pub default_permission: Permission,
    /// Guests may enter with the default permission.
    pub guest: bool,
    /// Nobody writes, whatever their grant.
    pub read_only: bool,
    /// SMB clients must encrypt.
    pub encrypt: bool,
    /// Left out of lists of shares; can still be entered by name.
    pub hidden: bool,
    /// Nobody but admins reads or lists: everyone who may write gets a drop box.
    pub upload_only: bool,
}
