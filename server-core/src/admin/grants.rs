//! Grants: what a person or a group may do in a share.

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError};
use crate::identity::{GranteeName, Permission};

/// Who is granted something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Grantee {
    /// A person, by name.
    User(String),
    /// A group, by name.
    Group(String),
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(default)]
pub struct GrantList {
    /// Only those of this share.
    pub share: Option<String>,
}

impl Admin {
    /// Grants a permission in place of what was granted before, or takes a grant away. Open files of
    /// live sessions feel it at once.
    ///
    /// # Errors
    /// No such person, group or share; no grant to take away.
    pub fn grant(&self, grant: &Grant) -> Result<(), AdminError> {
        let share = self.find_share(&grant.share)?.name;
        let (to, who) = match &grant.grantee {
            Grantee::User(name) => (GranteeName::User(name.clone()), name.clone()),
            Grantee::Group(name) => (GranteeName::Group(name.clone()), format!("the group {name}")),
        };
        match grant.permission {
            Some(permission) => {
                let granted = self.identity().set_grant(&to, &share, permission);
                granted.map_err(|error| self.explain(error))?;
                let permission = permission.as_str();
                self.note_share(&share, format!("{who} was granted {permission} in {share}"));
            }
            None => {
                let cleared = self.identity().clear_grant(&to, &share);
                cleared.map_err(|error| self.explain(error))?;
                self.note_share(&share, format!("the grant of {who} in {share} was taken away"));
            }
        }
        Ok(())
    }

    /// The grants, by share and name.
    ///
    /// # Errors
    /// No such share.
    pub fn grants(&self, list: &GrantList) -> Result<Vec<Grant>, AdminError> {
        let grants = self.identity().grants(list.share.as_deref());
        let grants = grants.map_err(|error| self.explain(error))?;
        let shown = grants.into_iter().map(|grant| Grant {
            grantee: match grant.to {
                GranteeName::User(name) => Grantee::User(name),
                GranteeName::Group(name) => Grantee::Group(name),
            },
            share: grant.share,
            permission: Some(grant.permission),
        });
        Ok(shown.collect())
    }
}
