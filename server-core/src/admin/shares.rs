//! Shares: adding, changing, removing; which folders may be shared.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::identity::Permission;

/// A share as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The name clients use.
    pub name: String,
    /// The folder it shares.
    pub folder: PathBuf,
    /// A sentence shown beside the name.
    pub comment: String,
    /// What people without a grant may do.
    #[serde(rename = "default")]
    pub default_permission: Permission,
    /// Guests may enter.
    pub guest: bool,
    /// Nobody writes.
    pub read_only: bool,
    /// SMB clients must encrypt.
    pub encrypt: bool,
    /// Left out of lists of shares.
    pub hidden: bool,
    /// Everyone who may write gets a drop box.
    pub upload_only: bool,
    /// Whether the folder is there now.
    pub available: bool,
}

/// Adds a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddShare {
    /// The name clients use.
    pub name: String,
    /// The folder to share; must exist and be absolute.
    pub folder: PathBuf,
    /// A sentence shown beside the name.
    #[serde(default)]
    pub comment: String,
    /// What people without a grant may do.
    #[serde(default, rename = "default")]
    pub default_permission: Permission,
    /// Guests may enter.
    #[serde(default)]
    pub guest: bool,
    /// Nobody writes.
    #[serde(default)]
    pub read_only: bool,
    /// SMB clients must encrypt.
    #[serde(default)]
    pub encrypt: bool,
    /// Left out of lists of shares.
    #[serde(default)]
    pub hidden: bool,
    /// Everyone who may write gets a drop box.
    #[serde(default)]
    pub upload_only: bool,
}

/// Changes what is given and leaves the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeShare {
    /// Which.
    pub share: String,
    /// A new name.
    pub name: Option<String>,
    /// Another folder.
    pub folder: Option<PathBuf>,
    /// Another comment.
    pub comment: Option<String>,
    /// What people without a grant may do.
    #[serde(rename = "default")]
    pub default_permission: Option<Permission>,
    /// Guests may enter.
    pub guest: Option<bool>,
    /// Nobody writes.
    pub read_only: Option<bool>,
    /// SMB clients must encrypt.
    pub encrypt: Option<bool>,
    /// Left out of lists of shares.
    pub hidden: Option<bool>,
    /// Everyone who may write gets a drop box.
    pub upload_only: Option<bool>,
}
