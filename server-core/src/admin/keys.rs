//! SSH public keys of people.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::error::known;
use super::{Admin, AdminError, ErrorCode};
use crate::identity::SshKey;

/// A public key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PublicKey {
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa".
    pub algorithm: String,
    /// The comment at the end of the line.
    pub comment: String,
    /// When it was added.
    #[serde(with = "crate::live::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub added: SystemTime,
}

/// Adds the key of an OpenSSH public-key line (`ssh-ed25519 AAAA… comment`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AddKey {
    /// Whose.
    pub name: String,
    /// The line.
    pub public_key: String,
}

/// One key of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct KeyOf {
    /// Whose.
    pub name: String,
    /// `SHA256:…`; a beginning will do when only one key has it.
    pub fingerprint: String,
    /// Sessions that it opened go on; otherwise they end.
    #[serde(default)]
    pub keep_sessions: Option<bool>,
}

impl Admin {
    /// Adds a public key.
    ///
    /// # Errors
    /// No such person; no public key; the person has it already.
    pub fn add_key(&self, add: &AddKey) -> Result<PublicKey, AdminError> {
        let added = self.identity().add_ssh_key(&add.name, &add.public_key);
        let key = added.map(shown).map_err(|error| match self.explain(error) {
            error if error.code == ErrorCode::AlreadyExists => AdminError {
                message: format!("{} has that key already.", add.name),
                ..error
            },
            error => error,
        })?;
        let fingerprint = &key.fingerprint;
        self.note_person(
            &add.name,
            format!("the key {fingerprint} of {} was added", add.name),
        );
        Ok(key)
    }

    /// A person's public keys, oldest first.
    ///
    /// # Errors
    /// No such person.
    pub fn keys(&self, name: &str) -> Result<Vec<PublicKey>, AdminError> {
        let keys = self
            .identity()
            .ssh_keys(name)
            .map_err(|error| self.explain(error))?;
        Ok(keys.into_iter().map(shown).collect())
    }

    /// Removes a public key. Sessions that it opened end, unless they are to be kept.
    ///
    /// # Errors
    /// No such person; no key with that fingerprint, or more than one.
    pub fn remove_key(&self, of: &KeyOf) -> Result<(), AdminError> {
        let keys = self.keys(&of.name)?;
        let wanted = of.fingerprint.strip_prefix("SHA256:").unwrap_or(&of.fingerprint);
        let matches = |key: &&PublicKey| {
            let fingerprint = &key.fingerprint;
            let bare = fingerprint.strip_prefix("SHA256:").unwrap_or(fingerprint);
            !wanted.is_empty() && bare.starts_with(wanted)
        };
        let mut found = keys.iter().filter(matches);
        let (Some(key), None) = (found.next(), found.next()) else {
            let message = format!("{} has no single key {}.", of.name, of.fingerprint);
            let fingerprints = keys.iter().map(|key| key.fingerprint.as_str());
            let hint = known("Keys", fingerprints, "There are none.");
            return Err(AdminError::new(ErrorCode::NoSuchKey, message).hint(hint));
        };
        self.identity()
            .remove_ssh_key(&of.name, &key.fingerprint)
            .map_err(|error| self.explain(error))?;
        let fingerprint = &key.fingerprint;
        self.note_person(
            &of.name,
            format!("the key {fingerprint} of {} was removed", of.name),
        );
        if of.keep_sessions != Some(true) {
            let ended = self.end_proven(&of.name, |security| security.key.as_ref() == Some(fingerprint));
            if ended > 0 {
                let message = format!("sessions of {} that this key opened were ended: {ended}", of.name);
                self.note_person(&of.name, message);
            }
        }
        Ok(())
    }
}

fn shown(key: SshKey) -> PublicKey {
    PublicKey {
        fingerprint: key.fingerprint,
        algorithm: key.algorithm,
        comment: key.comment,
        added: key.created,
    }
}
