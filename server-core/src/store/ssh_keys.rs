//! SSH public keys of people.

use std::time::SystemTime;

use rusqlite::params;

use super::error::StoreError;
use super::time::{from_ms, to_ms};
use super::{Store, UserId};

/// A public key as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshKeyRow {
    /// Whose it is.
    pub user: UserId,
    /// The key in SSH wire encoding.
    pub blob: Vec<u8>,
    /// "SHA256:…".
    pub fingerprint: String,
    /// The comment of the line it came in.
    pub comment: String,
    /// When it was added.
    pub created: SystemTime,
}

impl Store {
    /// Everyone's keys, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn ssh_keys(&self) -> Result<Vec<SshKeyRow>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT user, blob, fingerprint, comment, created_ms FROM ssh_keys ORDER BY id",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(SshKeyRow {
                    user: row.get(0)?,
                    blob: row.get(1)?,
                    fingerprint: row.get(2)?,
                    comment: row.get(3)?,
                    created: from_ms(row.get(4)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds a key.
    ///
    /// # Errors
    /// `Exists` when the person has it, or the database's.
    pub fn add_ssh_key(&self, key: &SshKeyRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO ssh_keys (user, blob, fingerprint, comment, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                key.user,
                key.blob,
                key.fingerprint,
                key.comment,
                to_ms(key.created)
            ],
        )
    }

    /// Removes a key.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn remove_ssh_key(&self, user: UserId, fingerprint: &str) -> Result<(), StoreError> {
        self.change_one(
            "DELETE FROM ssh_keys WHERE user = ?1 AND fingerprint = ?2",
            params![user, fingerprint],
        )
    }
}
