//! An authenticated client, as the engine sees it.

use super::UserId;
use crate::security::Sid;

/// An authenticated client: a person, or a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The person's row, `None` for a guest.
    pub user: Option<UserId>,
    /// Log-in name; "guest" for guests.
    pub name: String,
    /// Display name.
    pub display_name: String,
    /// The person's SID; for guests that of the computer's guest account.
    pub sid: Sid,
    /// SIDs of the person's groups.
    pub group_sids: Vec<Sid>,
    /// Unix user id shown to SFTP clients.
    pub uid: u32,
    /// Unix group id shown to SFTP clients.
    pub gid: u32,
}
