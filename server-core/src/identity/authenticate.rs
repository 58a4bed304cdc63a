//! Proving who someone is, for both protocols, with one lock-out.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Effective, LiveGrant, Principal, ShareId, ShareSettings, UserId};
use crate::live::Protocol;

/// The NT hash of a password: MD4 over its UTF-16LE form. As good as the password; zeroized.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct NtHash(pub [u8; 16]);

impl std::fmt::Debug for NtHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NtHash(…)")
    }
}

/// Why a log-in was refused. Clients learn only that it was; people read this in the activity list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthError {
    /// No such person, or a wrong password or key.
    #[error("the name or password is wrong")]
    WrongCredentials,
    /// The account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// The account may not use this protocol.
    #[error("this person may not use this protocol")]
    ProtocolNotAllowed,
    /// Too many wrong passwords.
    #[error("locked after too many wrong passwords; try again in {} s or unlock it", .0.as_secs())]
    LockedOut(Duration),
    /// The NT hash can't be unsealed: the master key was lost, the password must be set again.
    #[error("the password must be set again before SMB can be used: the key that sealed it is gone")]
    PasswordMustBeReset,
    /// The store failed.
    #[error("the account store failed: {0}")]
    Store(String),
}

/// The identity service. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Identity(Arc<Inner>);

#[derive(Debug)]
struct Inner {}

impl Identity {
    /// Verifies a password (bcrypt); counts a failure against name and address. Blocking: some 50 ms or more.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn verify_password(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
        protocol: Protocol,
    ) -> Result<Principal, AuthError> {
        todo!()
    }

    /// The NT hash to check an NTLMv2 response against, if the person exists, is enabled and may use
    /// SMB. Refuses when locked out. The caller must report the outcome with `succeeded` or `failed`.
    /// An unknown name gives `WrongCredentials`; the caller reports that with `failed` too.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn nt_hash(&self, name: &str, from: IpAddr) -> Result<(Principal, NtHash), AuthError> {
        todo!()
    }

    /// Whether this public key (SSH wire encoding) belongs to the person.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn verify_public_key(
        &self,
        name: &str,
        key_blob: &[u8],
        from: IpAddr,
    ) -> Result<Principal, AuthError> {
        todo!()
    }

    /// Reports a successful proof: clears the name's failures.
    pub fn succeeded(&self, name: &str, from: IpAddr, protocol: Protocol) {
        todo!()
    }

    /// Reports a failed proof: counts towards lock-out of name and address.
    pub fn failed(&self, name: &str, from: IpAddr, protocol: Protocol, error: &AuthError) {
        todo!()
    }

    /// The guest principal, if any share admits guests.
    pub fn guest(&self) -> Option<Principal> {
        todo!()
    }

    /// Every share, by name.
    pub fn shares(&self) -> Arc<[ShareSettings]> {
        todo!()
    }

    /// One share by name, compared without case.
    pub fn share(&self, name: &str) -> Option<ShareSettings> {
        todo!()
    }

    /// What a principal may do in a share, and why.
    pub fn effective(&self, principal: &Principal, share: &ShareSettings) -> Effective {
        todo!()
    }

    /// The live copy of that permission: changed by later grants, revocations and settings.
    pub fn live_grant(&self, principal: &Principal, share: ShareId) -> Arc<LiveGrant> {
        todo!()
    }

    /// A person's name by row, for owners in lists.
    pub fn user_name(&self, user: UserId) -> Option<String> {
        todo!()
    }
}
