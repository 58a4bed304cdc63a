//! SSH public keys of people.

use serde::{Deserialize, Serialize};

/// A public key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa".
    pub algorithm: String,
    /// The comment at the end of the line.
    pub comment: String,
}

/// Adds the key of an OpenSSH public-key line (`ssh-ed25519 AAAA… comment`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddKey {
    /// Whose.
    pub name: String,
    /// The line.
    pub public_key: String,
}

/// One key of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOf {
    /// Whose.
    pub name: String,
    /// `SHA256:…`; a beginning will do when only one key has it.
    pub fingerprint: String,
}
