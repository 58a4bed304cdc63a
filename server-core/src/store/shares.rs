//! Shares: rows of `shares`.

use std::path::PathBuf;

use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::{Permission, ShareId, Store, name_key};

/// A share's settings, as the file engine and the protocols need them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareSettings {
    /// Its row.
    pub id: ShareId,
    /// The name clients use; compared without case.
    pub name: String,
    /// The folder it shares; absolute.
    pub folder: PathBuf,
    /// A sentence shown beside the name.
    pub comment: String,
    /// What people without a grant may do.
    pub default_permission: Permission,
    /// Guests may enter with the default permission.
    pub guest: bool,
    /// Nobody writes, whatever their grant.
    pub read_only: bool,
    /// SMB clients must encrypt.
    pub encrypt: bool,
    /// Left out of lists of shares; can still be entered by name.
    pub hidden: bool,
    /// Nobody but admins reads or lists: everyone who may write gets a drop box.
    pub upload_only: bool,
}

impl Store {
    /// Every share, by name.
    ///
    /// # Errors
    /// The database's.
    pub fn shares(&self) -> Result<Vec<ShareSettings>, StoreError> {
        self.read(shares_of)
    }

    /// Adds a share; the id in `share` is not looked at.
    ///
    /// # Errors
    /// `Exists` when the name is taken, or the database's.
    pub fn add_share(&self, share: &ShareSettings) -> Result<ShareId, StoreError> {
        self.write(|db| insert_share(db, share))
    }

    /// Replaces a share's settings.
    ///
    /// # Errors
    /// `Exists` when the name is taken, `Missing`, or the database's.
    pub fn change_share(&self, share: &ShareSettings) -> Result<(), StoreError> {
        let folder = folder_text(share)?;
        self.change_one(
            "UPDATE shares SET name = ?2, name_key = ?3, folder = ?4, comment = ?5, default_permission = ?6,
                    guest = ?7, read_only = ?8, encrypt = ?9, hidden = ?10, upload_only = ?11
             WHERE id = ?1",
            params![
                share.id,
                share.name,
                name_key(&share.name),
                folder,
                share.comment,
                share.default_permission,
                share.guest,
                share.read_only,
                share.encrypt,
                share.hidden,
                share.upload_only,
            ],
        )
    }

    /// Removes a share with its grants; the folder stays.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn remove_share(&self, share: ShareId) -> Result<(), StoreError> {
        self.change_one("DELETE FROM shares WHERE id = ?1", params![share])
    }
}

/// Every share, by name.
pub(super) fn shares_of(db: &Connection) -> Result<Vec<ShareSettings>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT id, name, folder, comment, default_permission, guest, read_only, encrypt, hidden,
                upload_only
         FROM shares ORDER BY name_key",
    )?;
    let rows = statement.query_map([], share)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds a share; the id in `share` is not looked at.
pub(super) fn insert_share(db: &Transaction<'_>, share: &ShareSettings) -> Result<ShareId, StoreError> {
    let folder = folder_text(share)?;
    db.prepare_cached(
        "INSERT INTO shares (name, name_key, folder, comment, default_permission, guest, read_only,
                             encrypt, hidden, upload_only)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        share.name,
        name_key(&share.name),
        folder,
        share.comment,
        share.default_permission,
        share.guest,
        share.read_only,
        share.encrypt,
        share.hidden,
        share.upload_only,
    ])?;
    Ok(ShareId(db.last_insert_rowid()))
}

fn folder_text(share: &ShareSettings) -> Result<&str, StoreError> {
    let text = share.folder.to_str();
    text.ok_or_else(|| StoreError::Value(format!("folder {}", share.folder.display())))
}

fn share(row: &Row<'_>) -> rusqlite::Result<ShareSettings> {
    Ok(ShareSettings {
        id: row.get(0)?,
        name: row.get(1)?,
        folder: row.get::<_, String>(2)?.into(),
        comment: row.get(3)?,
        default_permission: row.get(4)?,
        guest: row.get(5)?,
        read_only: row.get(6)?,
        encrypt: row.get(7)?,
        hidden: row.get(8)?,
        upload_only: row.get(9)?,
    })
}
