//! Who may do what, and why.

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError};
use crate::identity::{IdentityError, Permission, PermissionSource, Principal, ShareSettings};

/// Whose effective permission to work out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct AccessQuery {
    /// The person; "guest" for guests, where a share admits them.
    pub name: String,
    /// In this share; in all of them when missing.
    #[serde(default)]
    pub share: Option<String>,
}

/// What a person may do in a share, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Access {
    /// The person.
    pub name: String,
    /// The share.
    pub share: String,
    /// What they may do, after the share's own limits.
    pub permission: Permission,
    /// The rule that decided.
    pub from: AccessSource,
    /// The group, when its grant decided.
    pub group: Option<String>,
    /// One sentence: "alice may read and write: granted to the group editors".
    pub why: String,
}

/// Which rule decided a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum AccessSource {
    /// A grant to the person.
    User,
    /// A grant to a group of the person; the highest of them.
    Group,
    /// The share's default.
    ShareDefault,
    /// The share admits guests.
    Guest,
    /// The share admits no guests.
    NoGuests,
    /// The account is disabled.
    Disabled,
}

impl Admin {
    /// What a person may do in one share or in all, and why.
    ///
    /// # Errors
    /// No such person or share.
    pub fn access(&self, query: &AccessQuery) -> Result<Vec<Access>, AdminError> {
        let guest = || {
            query
                .name
                .eq_ignore_ascii_case("guest")
                .then(|| self.identity().guest())
        };
        let principal = self
            .identity()
            .principal(&query.name)
            .or_else(|| guest().flatten());
        let principal = principal.ok_or_else(|| {
            let unknown = IdentityError::NoSuchUser(query.name.clone());
            self.explain(unknown)
        })?;
        let shares = match &query.share {
            Some(share) => [self.find_share(share)?].into(),
            None => self.identity().shares(),
        };
        let access = shares.iter().map(|share| self.access_of(&principal, share));
        Ok(access.collect())
    }

    /// What each person may do in a share, and why, by name.
    ///
    /// # Errors
    /// No such share; the store's.
    pub fn share_access(&self, share: &str) -> Result<Vec<Access>, AdminError> {
        let share = self.find_share(share)?;
        let people = self.identity().users()?;
        let principals = people
            .iter()
            .filter_map(|person| self.identity().principal(&person.name));
        Ok(principals
            .map(|principal| self.access_of(&principal, &share))
            .collect())
    }

    fn access_of(&self, principal: &Principal, share: &ShareSettings) -> Access {
        let effective = self.identity().effective(principal, share);
        let (from, group) = match effective.source {
            PermissionSource::User => (AccessSource::User, None),
            PermissionSource::Group { name } => (AccessSource::Group, Some(name)),
            PermissionSource::ShareDefault => (AccessSource::ShareDefault, None),
            PermissionSource::Guest => (AccessSource::Guest, None),
            PermissionSource::NoGuests => (AccessSource::NoGuests, None),
            PermissionSource::Disabled => (AccessSource::Disabled, None),
        };
        Access {
            name: principal.name.clone(),
            share: share.name.clone(),
            permission: effective.permission,
            from,
            group,
            why: effective.why,
        }
    }
}
