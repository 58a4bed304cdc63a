//! Shares: adding, changing, removing; which folders may be shared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::disks::{Look, within_limit};
use super::{Admin, AdminError, ErrorCode};
use crate::identity::{Permission, ShareId, ShareSettings};
use crate::vfs::{Conflict, OwnFolder};

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
    /// Whether clients can enter it now.
    pub available: bool,
    /// Why they can't.
    #[serde(default)]
    pub unavailable: Option<Unavailable>,
    /// The share whose folder holds this one's: its people come in here by that way too, whatever is granted here.
    #[serde(default)]
    pub inside_of: Option<String>,
    /// The shares whose folders are in this one's: this one's people come in there too.
    #[serde(default)]
    pub holds: Vec<String>,
}

/// Why a share can't be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Unavailable {
    /// The folder is not there.
    Missing,
    /// It is a whole disk.
    WholeDisk,
    /// Landfall's own data folder is inside it.
    HoldsData,
    /// It is Landfall's own data folder, or inside that.
    InsideData,
    /// The disk that it is on does not answer.
    Silent,
}

impl Unavailable {
    /// Why a folder can't be entered, if it can't. Asks the disk.
    pub fn of(folder: &Path, own: Option<&OwnFolder>) -> Option<Self> {
        if !folder.is_dir() {
            return Some(Self::Missing);
        }
        match own.and_then(|own| own.conflict(folder).ok().flatten()) {
            None => None,
            Some(Conflict::WholeDisk) => Some(Self::WholeDisk),
            Some(Conflict::HoldsData) => Some(Self::HoldsData),
            Some(Conflict::InsideData) => Some(Self::InsideData),
        }
    }

    /// What to say of a share.
    pub fn told_of(self, share: &str, folder: &Path) -> String {
        let folder = folder.display();
        match self {
            Self::Missing => format!("the folder of the share {share} is not there: {folder}"),
            Self::Silent => format!("the disk of the share {share} does not answer: {folder}"),
            Self::WholeDisk => format!("the share {share} is not served: {folder} is a whole disk"),
            Self::HoldsData => {
                format!("the share {share} is not served: Landfall's own data is inside {folder}")
            }
            Self::InsideData => {
                format!("the share {share} is not served: {folder} is inside Landfall's own data")
            }
        }
    }
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
        Ok(self.shown(&share))
    }

    /// Every share, by name.
    pub fn shares(&self) -> Vec<Share> {
        self.shares_and_disks()
            .into_iter()
            .map(|(share, _)| share)
            .collect()
    }

    /// Every share, by name, with what its folder looks like.
    pub(super) fn shares_and_disks(&self) -> Vec<(Share, Look)> {
        let shares = self.identity().shares();
        let looks = self.looks(shares.iter().map(|share| share.folder.as_path()));
        shares
            .iter()
            .zip(looks)
            .map(|(share, look)| (shown(share, &shares, &look), look))
            .collect()
    }

    /// What folders look like, as far as their disks answer.
    pub(super) fn looks<'f>(&self, folders: impl IntoIterator<Item = &'f Path>) -> Vec<Look> {
        let own = self.own_folder().map(Arc::new);
        self.0.disks.look(folders, own.as_ref())
    }

    /// Landfall's own folder, which no share may have to do with.
    pub(super) fn own_folder(&self) -> Option<OwnFolder> {
        OwnFolder::open(self.store().data_dir()).ok()
    }

    fn shown(&self, share: &ShareSettings) -> Share {
        let look = self.looks([share.folder.as_path()]).pop();
        shown(
            share,
            &self.identity().shares(),
            &look.unwrap_or_else(Look::silent),
        )
    }

    /// The disks that shares are on; shares that are not there, or without a server, are left out.
    pub fn space(&self) -> Vec<ShareSpace> {
        if self.live().is_none() {
            return Vec::new();
        }
        let shares = self.shares_and_disks();
        shares
            .iter()
            .filter_map(|(share, look)| space(share, look))
            .collect()
    }

    /// One share.
    ///
    /// # Errors
    /// No such share.
    pub fn share(&self, name: &str) -> Result<Share, AdminError> {
        self.find_share(name).map(|share| self.shown(&share))
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
        Ok(self.shown(&after))
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
        let (asked, data) = (folder.to_owned(), self.store().data_dir().to_owned());
        within_limit(move || judge(&asked, &data)).unwrap_or_else(|| {
            let hint = "Try again when the disk, or the computer that it is on, answers.";
            Err(refused(folder, "its disk does not answer", hint))
        })
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

/// Whether a folder may be shared, beside that data folder. Asks the disk.
fn judge(folder: &Path, data: &Path) -> Result<(), AdminError> {
    let refuse = |why: &str, hint: &str| Err(refused(folder, why, hint));
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
    let conflict = OwnFolder::open(data).and_then(|own| own.conflict(&real));
    match conflict {
        Ok(None) => Ok(()),
        Ok(Some(Conflict::WholeDisk)) => refuse("it is the whole disk", "Share a folder on it."),
        Ok(Some(Conflict::InsideData)) => {
            refuse("Landfall keeps its own data there", "Share another folder.")
        }
        Ok(Some(Conflict::HoldsData)) => refuse(
            // As it was named: the real path has a prefix on Windows that nobody types.
            &format!("Landfall's own data is inside it, in {}", data.display()),
            "Share folders inside it one by one, or keep the data elsewhere with --data-dir.",
        ),
        Err(error) => refuse(&error.to_string(), "Choose a folder that you may open."),
    }
}

fn refused(folder: &Path, why: &str, hint: &str) -> AdminError {
    let message = format!("{} can't be shared: {why}.", folder.display());
    AdminError::new(ErrorCode::InvalidFolder, message).hint(hint)
}

fn space(share: &Share, look: &Look) -> Option<ShareSpace> {
    let (total, free) = look.space.filter(|_| share.available)?;
    Some(ShareSpace {
        share: share.name.clone(),
        total,
        free,
    })
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

fn shown(share: &ShareSettings, all: &[ShareSettings], look: &Look) -> Share {
    let unavailable = look.unavailable;
    // By the paths alone: no disk is asked that might not answer.
    let around = all
        .iter()
        .filter(|other| other.id != share.id && share.folder.starts_with(&other.folder));
    // The innermost of several.
    let around = around.max_by_key(|other| other.folder.as_os_str().len());
    let inside = all
        .iter()
        .filter(|other| other.id != share.id && other.folder.starts_with(&share.folder));
    Share {
        available: unavailable.is_none(),
        unavailable,
        inside_of: around.map(|other| other.name.clone()),
        holds: inside.map(|other| other.name.clone()).collect(),
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
