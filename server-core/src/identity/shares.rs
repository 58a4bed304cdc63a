//! Administration of shares and grants.

use std::path::{Component, Path};

use super::names::check_share_name;
use super::snapshot::Snapshot;
use super::{Identity, IdentityError, Permission, ShareId, ShareSettings};
use crate::store::{GrantRow, Grantee, StoreError, name_key};

/// The longest comment, in characters ([MS-SRVS] MAXCOMMENTSZ is 256, as Windows shows it).
const LONGEST_COMMENT: usize = 255;

/// Who is granted something, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GranteeName {
    /// A person.
    User(String),
    /// A group.
    Group(String),
}

/// A grant, by names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The share.
    pub share: String,
    /// For whom.
    pub to: GranteeName,
    /// What they may do.
    pub permission: Permission,
}

impl Identity {
    /// Adds a share; the id in `share` is not looked at. Whether the folder is there is not checked:
    /// it may be on a disk that is not plugged in.
    ///
    /// # Errors
    /// An unusable name or folder, `Exists`, or the store's.
    pub fn add_share(&self, share: &ShareSettings) -> Result<ShareSettings, IdentityError> {
        check(share)?;
        self.change(|store, _| {
            let added = store.add_share(share);
            let id = added.map_err(|error| IdentityError::named(error, &share.name))?;
            Ok(ShareSettings { id, ..share.clone() })
        })
    }

    /// Replaces the settings of the share with the id in `share`; the name may change too.
    ///
    /// # Errors
    /// An unusable name or folder, `NoSuchShare`, `Exists`, or the store's.
    pub fn change_share(&self, share: &ShareSettings) -> Result<(), IdentityError> {
        check(share)?;
        self.change(|store, _| match store.change_share(share) {
            Err(StoreError::Missing) => Err(IdentityError::NoSuchShare(share.name.clone())),
            other => other.map_err(|error| IdentityError::named(error, &share.name)),
        })
    }

    /// Removes a share with its grants; the folder and what is in it stay. Live permissions in it
    /// become None.
    ///
    /// # Errors
    /// `NoSuchShare`, or the store's.
    pub fn remove_share(&self, name: &str) -> Result<ShareId, IdentityError> {
        self.change(|store, before| {
            let share = before.find_share(name)?.id;
            store.remove_share(share)?;
            Ok(share)
        })
    }

    /// Every grant, by share and name; of one share where one is named.
    ///
    /// # Errors
    /// `NoSuchShare`.
    pub fn grants(&self, share: Option<&str>) -> Result<Vec<Grant>, IdentityError> {
        let snapshot = self.snapshot();
        let only = share.map(|name| snapshot.find_share(name)).transpose()?;
        let wanted = snapshot
            .grants()
            .filter(|(share, _, _)| only.is_none_or(|only| only.id == *share));
        let mut grants: Vec<_> = wanted
            .filter_map(|(share, to, permission)| {
                let to = match to {
                    Grantee::User(user) => GranteeName::User(snapshot.user(user)?.row.name.clone()),
                    Grantee::Group(group) => GranteeName::Group(snapshot.group(group)?.row.name.clone()),
                };
                let share = snapshot.share(share)?.name.clone();
                Some(Grant {
                    share,
                    to,
                    permission,
                })
            })
            .collect();
        grants.sort_by_cached_key(|grant| (name_key(&grant.share), grant.to.clone()));
        Ok(grants)
    }

    /// Grants, in place of what was granted before; acts on live sessions at once.
    ///
    /// # Errors
    /// `NoSuchUser`, `NoSuchGroup`, `NoSuchShare`, or the store's.
    pub fn set_grant(
        &self,
        to: &GranteeName,
        share: &str,
        permission: Permission,
    ) -> Result<(), IdentityError> {
        self.change(|store, before| {
            Ok(store.set_grant(GrantRow {
                share: before.find_share(share)?.id,
                to: before.find_grantee(to)?,
                permission,
            })?)
        })
    }

    /// Takes a grant back, so that groups and the share's default decide again.
    ///
    /// # Errors
    /// `NoSuchUser`, `NoSuchGroup`, `NoSuchShare`, `NoSuchGrant`, or the store's.
    pub fn clear_grant(&self, to: &GranteeName, share: &str) -> Result<(), IdentityError> {
        self.change(|store, before| {
            let (share, grantee) = (before.find_share(share)?.id, before.find_grantee(to)?);
            match store.clear_grant(share, grantee) {
                Err(StoreError::Missing) => {
                    let (GranteeName::User(name) | GranteeName::Group(name)) = to;
                    Err(IdentityError::NoSuchGrant(name.clone()))
                }
                other => Ok(other?),
            }
        })
    }
}

impl Snapshot {
    fn find_share(&self, name: &str) -> Result<&ShareSettings, IdentityError> {
        let found = self.share_named(name);
        found.ok_or_else(|| IdentityError::NoSuchShare(name.to_owned()))
    }

    fn find_grantee(&self, to: &GranteeName) -> Result<Grantee, IdentityError> {
        Ok(match to {
            GranteeName::User(name) => Grantee::User(self.find_user(name)?.row.id),
            GranteeName::Group(name) => Grantee::Group(self.find_group(name)?.row.id),
        })
    }
}

fn check(share: &ShareSettings) -> Result<(), IdentityError> {
    check_share_name(&share.name)?;
    check_folder(&share.folder)?;
    if share.comment.chars().count() > LONGEST_COMMENT || share.comment.chars().any(char::is_control) {
        return Err(IdentityError::InvalidName {
            name: share.comment.chars().take(40).collect(),
            why: format!("a comment is one line of at most {LONGEST_COMMENT} characters"),
        });
    }
    Ok(())
}

fn check_folder(folder: &Path) -> Result<(), IdentityError> {
    if !folder.is_absolute() {
        return Err(IdentityError::InvalidFolder("its path is not absolute"));
    }
    if folder.components().any(|part| part == Component::ParentDir) {
        return Err(IdentityError::InvalidFolder("its path has `..` in it"));
    }
    if folder.to_str().is_none() {
        return Err(IdentityError::InvalidFolder("its path is not valid Unicode"));
    }
    Ok(())
}
