//! Administration of people's SSH public keys.

use std::time::SystemTime;

use russh::keys::ssh_key::AuthorizedKeys;
use russh::keys::{HashAlg, PublicKey};

use super::{Identity, IdentityError};
use crate::store::{SshKeyRow, StoreError};

/// The longest line accepted; an RSA key of 16,384 bits has 2,800 characters.
const LONGEST_LINE: usize = 16 * 1024;
/// The most keys of one person.
const MOST_KEYS: usize = 100;

/// A public key as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshKey {
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa".
    pub algorithm: String,
    /// The comment of the line it came in.
    pub comment: String,
    /// When it was added.
    pub created: SystemTime,
}

impl Identity {
    /// A person's keys, oldest first.
    ///
    /// # Errors
    /// `NoSuchUser`.
    pub fn ssh_keys(&self, name: &str) -> Result<Vec<SshKey>, IdentityError> {
        let snapshot = self.snapshot();
        Ok(snapshot.find_user(name)?.keys.iter().map(described).collect())
    }

    /// Adds the key of a line as in `authorized_keys` or a `.pub` file.
    ///
    /// # Errors
    /// `InvalidKey`, `NoSuchUser`, `Exists`, or the store's.
    pub fn add_ssh_key(&self, name: &str, line: &str) -> Result<SshKey, IdentityError> {
        let key = parse(line)?;
        let blob = key
            .to_bytes()
            .map_err(|error| IdentityError::InvalidKey(error.to_string()))?;
        self.change(|store, before| {
            let person = before.find_user(name)?;
            if person.keys.len() >= MOST_KEYS {
                return Err(IdentityError::InvalidKey(format!(
                    "{name} has {MOST_KEYS} keys already"
                )));
            }
            let row = SshKeyRow {
                user: person.row.id,
                blob,
                fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
                comment: key.comment().to_string(),
                created: SystemTime::now(),
            };
            let added = store.add_ssh_key(&row);
            added.map_err(|error| IdentityError::named(error, &row.fingerprint))?;
            Ok(described(&row))
        })
    }

    /// Removes a key by its fingerprint.
    ///
    /// # Errors
    /// `NoSuchUser`, `NoSuchKey`, or the store's.
    pub fn remove_ssh_key(&self, name: &str, fingerprint: &str) -> Result<(), IdentityError> {
        self.change(|store, before| {
            let user = before.find_user(name)?.row.id;
            match store.remove_ssh_key(user, fingerprint) {
                Err(StoreError::Missing) => Err(IdentityError::NoSuchKey(fingerprint.to_owned())),
                other => Ok(other?),
            }
        })
    }
}

pub(crate) fn parse(text: &str) -> Result<PublicKey, IdentityError> {
    if text.len() > LONGEST_LINE {
        return Err(IdentityError::InvalidKey("the text is too long".to_owned()));
    }
    if text.contains("PRIVATE KEY") {
        let why = "this is a private key, which must stay secret; the public one is in the .pub file";
        return Err(IdentityError::InvalidKey(why.to_owned()));
    }
    let mut entries = AuthorizedKeys::new(text);
    let entry = entries.next();
    let entry = entry.ok_or_else(|| IdentityError::InvalidKey("the text has no key in it".to_owned()))?;
    let entry = entry.map_err(|_| {
        let why = "it can't be read; copy the whole line of the .pub file";
        IdentityError::InvalidKey(why.to_owned())
    })?;
    if entries.next().is_some() {
        return Err(IdentityError::InvalidKey(
            "the text has more than one line".to_owned(),
        ));
    }
    if !entry.config_opts().is_empty() {
        // Leaving out "from=" or "command=" silently would give more than the line says.
        let why = "options before the key are not supported";
        return Err(IdentityError::InvalidKey(why.to_owned()));
    }
    Ok(entry.public_key().clone())
}

fn described(row: &SshKeyRow) -> SshKey {
    let key = PublicKey::from_bytes(&row.blob);
    SshKey {
        fingerprint: row.fingerprint.clone(),
        algorithm: key.map_or_else(|_| "unknown".to_owned(), |key| key.algorithm().to_string()),
        comment: row.comment.clone(),
        created: row.created,
    }
}
