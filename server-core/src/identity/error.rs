//! Why a change of people, groups, shares or grants was refused.

use thiserror::Error;

use crate::security::ParseSidError;
use crate::store::StoreError;
use crate::store::vault::VaultError;

/// A refused or failed change.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// No person by that name.
    #[error("there is no person named {0}")]
    NoSuchUser(String),
    /// No group by that name.
    #[error("there is no group named {0}")]
    NoSuchGroup(String),
    /// No share by that name.
    #[error("there is no share named {0}")]
    NoSuchShare(String),
    /// The person has no such SSH key.
    #[error("there is no key {0}")]
    NoSuchKey(String),
    /// Nothing was granted there.
    #[error("nothing was granted to {0} there")]
    NoSuchGrant(String),
    /// The person is not in the group.
    #[error("{user} is not in the group {group}")]
    NotAMember {
        /// Who.
        user: String,
        /// Which group.
        group: String,
    },
    /// The name, key or membership is taken.
    #[error("{0} exists already")]
    Exists(String),
    /// The name can't be used.
    #[error("the name \"{}\" can't be used: {why}", readable(name))]
    InvalidName {
        /// The name.
        name: String,
        /// Why not.
        why: String,
    },
    /// The password can't be used.
    #[error("the password can't be used: {0}")]
    InvalidPassword(&'static str),
    /// The text is no public key that can be used.
    #[error("that is no SSH public key: {0}")]
    InvalidKey(String),
    /// The folder can't be shared.
    #[error("the folder can't be shared: {0}")]
    InvalidFolder(&'static str),
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The computer's SID in the store is none.
    #[error("the store holds a damaged computer identity: {0}")]
    MachineSid(#[from] ParseSidError),
}

impl IdentityError {
    /// The store's answer to a change of something named: `Exists` says what is taken.
    pub(super) fn named(error: StoreError, name: &str) -> Self {
        match error {
            StoreError::Exists => Self::Exists(name.to_owned()),
            other => Self::Store(other),
        }
    }
}

/// A name as a person can read it, whatever is in it.
fn readable(name: &str) -> String {
    let shown = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    name.chars().map(shown).collect()
}
