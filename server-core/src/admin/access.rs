//! Who may do what, and why.

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError};
use crate::identity::{Effective, IdentityError};

/// Whose effective permission to work out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessQuery {
    /// The person; "guest" for guests, where a share admits them.
    pub name: String,
    /// In this share; in all of them when missing.
    #[serde(default)]
    pub share: Option<String>,
}

/// What a person may do in a share, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The person.
    pub name: String,
    /// The share.
    pub share: String,
    /// The permission, the rule that decided, and the sentence that says so.
    #[serde(flatten)]
    pub effective: Effective,
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
        let access = shares.iter().map(|share| Access {
            name: principal.name.clone(),
            share: share.name.clone(),
            effective: self.identity().effective(&principal, share),
        });
        Ok(access.collect())
    }
}
