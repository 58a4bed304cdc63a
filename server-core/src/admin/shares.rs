//! Shares: adding, changing, removing; which folders may be shared.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError, ErrorCode};
use crate::identity::{Permission, ShareId, ShareSettings};

/// A share as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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

/// The disk that a share is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ShareSpace {
    /// The share.
    pub share: String,
    /// Bytes in all.
    pub total: u64,
    /// Bytes that may still be written.
    pub free: u64,
}

/// Adds a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
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

impl Admin {
    /// Shares a folder.
    ///
    /// # Errors
    /// A name that can't be used or is taken; a folder that can't be shared.
    pub fn add_share(&self, add: &AddShare) -> Result<Share, AdminError> {
        self.check_folder(&add.folder)?;
        let share = ShareSettings {
            id: ShareId(0),
            name: add.name.clone(),
            folder: add.folder.clone(),
            comment: add.comment.clone(),
            default_permission: add.default_permission,
            guest: add.guest,
            read_only: add.read_only,
            encrypt: add.encrypt,
            hidden: add.hidden,
            upload_only: add.upload_only,
        };
        let share = self
            .identity()
            .add_share(&share)
            .map_err(|error| taken(error.into(), &add.name))?;
        self.mount(&share);
        let folder = share.folder.display();
        self.note_share(&share.name, format!("{folder} was shared as {}", share.name));
        Ok(shown(&share))
    }

    /// Every share, by name.
    pub fn shares(&self) -> Vec<Share> {
        self.identity().shares().iter().map(shown).collect()
    }

    /// The disks that shares are on; shares that are not there, or without a server, are left out.
    pub fn space(&self) -> Vec<ShareSpace> {
        let Some(live) = self.live() else {
            return Vec::new();
        };
        let shares = self.identity().shares();
        let space = shares.iter().filter_map(|share| {
            let volume = live.engine.volume(share).ok()?;
            Some(ShareSpace {
                share: share.name.clone(),
                total: volume.total,
                free: volume.available,
            })
        });
        space.collect()
    }

    /// One share.
    ///
    /// # Errors
    /// No such share.
    pub fn share(&self, name: &str) -> Result<Share, AdminError> {
        self.find_share(name).map(|share| shown(&share))
    }

    /// Changes a share; clients that are in it feel it at once.
    ///
    /// # Errors
    /// No such share; a name that can't be used or is taken; a folder that can't be shared.
    pub fn change_share(&self, change: &ChangeShare) -> Result<Share, AdminError> {
        let before = self.find_share(&change.share)?;
        if let Some(folder) = &change.folder {
            self.check_folder(folder)?;
        }
        let after = change.applied_to(&before);
        self.identity()
            .change_share(&after)
            .map_err(|error| taken(error.into(), &after.name))?;
        self.mount(&after);
        let what = differences(&before, &after);
        if !what.is_empty() {
            self.note_share(
                &after.name,
                format!("the share {} was changed: {what}", before.name),
            );
        }
        Ok(shown(&after))
    }

    /// Stops sharing a folder; the folder stays as it is.
    ///
    /// # Errors
    /// No such share.
    pub fn remove_share(&self, name: &str) -> Result<(), AdminError> {
        let id = self
            .identity()
            .remove_share(name)
            .map_err(|error| self.explain(error))?;
        if let Some(live) = self.live() {
            live.engine.unmount(id);
        }
        self.note_share(name, format!("the share {name} was removed"));
        Ok(())
    }

    pub(super) fn find_share(&self, name: &str) -> Result<ShareSettings, AdminError> {
        let unknown = || crate::identity::IdentityError::NoSuchShare(name.to_owned());
        self.identity().share(name).ok_or_else(|| self.explain(unknown()))
    }

    fn mount(&self, share: &ShareSettings) {
        // A folder that can't be opened now is tried again when a client enters; the share says so.
        if let Some(live) = self.live()
            && let Err(error) = live.engine.mount(share)
        {
            tracing::warn!(share = share.name, %error, "share is not available");
        }
    }

    /// Whether a folder may be shared.
    fn check_folder(&self, folder: &Path) -> Result<(), AdminError> {
        let refuse = |why: &str, hint: &str| {
            let message = format!("{} can't be shared: {why}.", folder.display());
            Err(AdminError::new(ErrorCode::InvalidFolder, message).hint(hint))
        };
        if !folder.is_absolute() {
            return refuse("its path is not absolute", "Give the whole path.");
        }
        let real = match folder.canonicalize() {
            Ok(real) => real,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return refuse(
                    "it does not exist",
                    "Make the folder first, or check the spelling.",
                );
            }
            Err(error) => return refuse(&error.to_string(), "Choose a folder that you may open."),
        };
        if !real.is_dir() {
            return refuse("it is a file", "Share the folder that it is in.");
        }
        if let Err(error) = std::fs::read_dir(&real) {
            return refuse(&error.to_string(), "Choose a folder that you may open.");
        }
        if real.parent().is_none() {
            return refuse("it is the whole disk", "Share a folder on it.");
        }
        // Who reads the data folder has the passwords; who writes it decides who gets in.
        let data = self.store().data_dir();
        let data = data.canonicalize().unwrap_or_else(|_| data.to_path_buf());
        if real == data || real.starts_with(&data) {
            return refuse("Landfall keeps its own data there", "Share another folder.");
        }
        if data.starts_with(&real) {
            // As it was named: the real path has a prefix on Windows that nobody types.
            let data = self.store().data_dir().display();
            return refuse(
                &format!("Landfall's own data is inside it, in {data}"),
                "Share folders inside it one by one, or keep the data elsewhere with --data-dir.",
            );
        }
        Ok(())
    }
}

impl ChangeShare {
    fn applied_to(&self, before: &ShareSettings) -> ShareSettings {
        let Self {
            share: _,
            name,
            folder,
            comment,
            default_permission,
            guest,
            read_only,
            encrypt,
            hidden,
            upload_only,
        } = self;
        ShareSettings {
            id: before.id,
            name: name.as_ref().unwrap_or(&before.name).clone(),
            folder: folder.as_ref().unwrap_or(&before.folder).clone(),
            comment: comment.as_ref().unwrap_or(&before.comment).clone(),
            default_permission: default_permission.unwrap_or(before.default_permission),
            guest: guest.unwrap_or(before.guest),
            read_only: read_only.unwrap_or(before.read_only),
            encrypt: encrypt.unwrap_or(before.encrypt),
            hidden: hidden.unwrap_or(before.hidden),
            upload_only: upload_only.unwrap_or(before.upload_only),
        }
    }
}

/// "default read, guest on" of what is different.
fn differences(before: &ShareSettings, after: &ShareSettings) -> String {
    let mut parts = Vec::new();
    if before.name != after.name {
        parts.push(format!("name {}", after.name));
    }
    if before.folder != after.folder {
        parts.push(format!("folder {}", after.folder.display()));
    }
    if before.comment != after.comment {
        parts.push(format!("comment {:?}", after.comment));
    }
    if before.default_permission != after.default_permission {
        parts.push(format!("default {}", after.default_permission.as_str()));
    }
    for (name, before, after) in [
        ("guest", before.guest, after.guest),
        ("read-only", before.read_only, after.read_only),
        ("encrypt", before.encrypt, after.encrypt),
        ("hidden", before.hidden, after.hidden),
        ("upload-only", before.upload_only, after.upload_only),
    ] {
        if before != after {
            parts.push(format!("{name} {}", if after { "on" } else { "off" }));
        }
    }
    parts.join(", ")
}

fn shown(share: &ShareSettings) -> Share {
    Share {
        available: share.folder.is_dir(),
        name: share.name.clone(),
        folder: share.folder.clone(),
        comment: share.comment.clone(),
        default_permission: share.default_permission,
        guest: share.guest,
        read_only: share.read_only,
        encrypt: share.encrypt,
        hidden: share.hidden,
        upload_only: share.upload_only,
    }
}

fn taken(error: AdminError, name: &str) -> AdminError {
    match error.code {
        ErrorCode::AlreadyExists => AdminError {
            message: format!("There is a share named {name} already."),
            ..error
        }
        .hint("`landfall share set NAME KEY=VALUE` changes it."),
        _ => error,
    }
}
