//! People: adding, changing, switching off, unlocking, and their passwords.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Secret;

/// A person as lists show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The log-in name.
    pub name: String,
    /// The name people see.
    pub display_name: String,
    /// The security identifier, stable for ever.
    pub sid: String,
    /// Unix user id shown to SFTP clients.
    pub uid: u32,
    /// Unix group id shown to SFTP clients.
    pub gid: u32,
    /// Switched off: can't log in, and has no session.
    pub enabled: bool,
    /// May use SMB.
    pub smb: bool,
    /// May use SFTP.
    pub sftp: bool,
    /// Whether the password can be used for SMB.
    pub smb_password: SmbPassword,
    /// Groups, by name.
    pub groups: Vec<String>,
    /// Fingerprints of the SSH public keys.
    pub keys: Vec<String>,
    /// Seconds until a lock-out for wrong passwords ends; `None` when not locked out.
    pub locked_seconds: Option<u64>,
}

/// Whether a person's password works for SMB (it needs a sealed secret that SFTP does not need).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmbPassword {
    /// It works.
    Ready,
    /// Nothing is stored for SMB: the person may not use it, or the password was set while they might not.
    Missing,
    /// The master key that sealed it is gone: the password must be set again.
    MustBeSetAgain,
}

/// Adds a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddPerson {
    /// The log-in name.
    pub name: String,
    /// The name people see; the log-in name when missing.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The password.
    pub password: Secret,
}

/// Changes what is given and leaves the rest.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChangePerson {
    /// Who.
    pub name: String,
    /// A new display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Switch the account on or off.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// May use SMB.
    #[serde(default)]
    pub smb: Option<bool>,
    /// May use SFTP.
    #[serde(default)]
    pub sftp: Option<bool>,
}

/// Sets a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetPassword {
    /// Whose.
    pub name: String,
    /// The new password.
    pub password: Secret,
}

/// Names a person, a group or a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
}

/// A name or address that may not log in for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockOut {
    /// The person, when a name is locked out.
    pub name: Option<String>,
    /// The address, when an address is locked out.
    pub address: Option<IpAddr>,
    /// Wrong passwords counted.
    pub failures: u32,
    /// Seconds until it ends.
    pub seconds: u64,
}
