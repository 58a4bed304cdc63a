//! Everything that a backup carries out of the database and back into one: who there is, what is shared with whom,
//! and the settings. What belongs to this computer's disks or to the past (file metadata, activity) stays behind.

use std::net::IpAddr;
use std::time::SystemTime;

use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::blocks::blocks_of;
use super::error::StoreError;
use super::shares::{insert_share, shares_of};
use super::time::{from_ms, to_ms};
use super::{Permission, ShareSettings, Store, UserId, name_key};

/// Settings of this data folder's own vault: the key they name is not carried.
const VAULT_SETTINGS: &str = "internal.vault-";

/// Everything, by name instead of by row. People's secrets are in the clear: whoever keeps it must encrypt it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Portable {
    /// Settings that were set, with those that make clients take the server for the same one.
    pub settings: Vec<(String, String)>,
    /// Everyone.
    pub people: Vec<PortablePerson>,
    /// Every group.
    pub groups: Vec<PortableGroup>,
    /// Every share; the ids mean nothing.
    pub shares: Vec<ShareSettings>,
    /// Who was granted what.
    pub grants: Vec<PortableGrant>,
    /// Addresses that are kept out.
    pub blocks: Vec<PortableBlock>,
}

/// A person.
#[derive(Debug, Serialize, Deserialize)]
pub struct PortablePerson {
    /// Log-in name.
    pub name: String,
    /// Name for people to read.
    pub display_name: String,
    /// The bcrypt hash of the password.
    pub password_hash: Option<Hidden<String>>,
    /// The NT hash of the password, unsealed.
    pub nt_hash: Option<Hidden<Vec<u8>>>,
    /// Unix user id.
    pub uid: u32,
    /// Unix group id.
    pub gid: u32,
    /// The last part of the SID.
    pub rid: u32,
    /// Whether they may log in.
    pub enabled: bool,
    /// Whether they may use SMB.
    pub smb_allowed: bool,
    /// Whether they may use SFTP.
    pub sftp_allowed: bool,
    /// When the account was made.
    #[serde(with = "crate::live::timestamp")]
    pub created: SystemTime,
    /// The last log-in.
    #[serde(with = "crate::live::timestamp::option")]
    pub last_login: Option<SystemTime>,
    /// Public keys.
    pub keys: Vec<PortableKey>,
}

/// A secret: not shown by `Debug`, zeroized when dropped.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Hidden<T: Zeroize>(pub T);

impl<T: Zeroize> std::fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// A public key.
#[derive(Debug, Serialize, Deserialize)]
pub struct PortableKey {
    /// In SSH wire encoding.
    pub blob: Vec<u8>,
    /// "SHA256:…".
    pub fingerprint: String,
    /// The comment of the line it came in.
    pub comment: String,
    /// When it was added.
    #[serde(with = "crate::live::timestamp")]
    pub created: SystemTime,
}

/// A group.
#[derive(Debug, Serialize, Deserialize)]
pub struct PortableGroup {
    /// Its name.
    pub name: String,
    /// Unix group id.
    pub gid: u32,
    /// The last part of the SID.
    pub rid: u32,
    /// Names of its members.
    pub members: Vec<String>,
}

/// A grant.
#[derive(Debug, Serialize, Deserialize)]
pub struct PortableGrant {
    /// The share's name.
    pub share: String,
    /// The person's name, if it is theirs.
    pub person: Option<String>,
    /// The group's name, if it is a group's.
    pub group: Option<String>,
    /// What they may do.
    pub permission: Permission,
}

/// An address that is kept out.
#[derive(Debug, Serialize, Deserialize)]
pub struct PortableBlock {
    /// The address.
    pub address: IpAddr,
    /// Until then; for good when missing.
    #[serde(with = "crate::live::timestamp::option")]
    pub until: Option<SystemTime>,
}

impl Store {
    /// Everything that a backup carries, in one view of the database. `unseal` opens a person's sealed NT hash; what
    /// it can't open is left out, and that person's password must be set again for SMB.
    ///
    /// # Errors
    /// The database's.
    pub(crate) fn export(
        &self,
        mut unseal: impl FnMut(UserId, &[u8]) -> Option<Vec<u8>>,
    ) -> Result<Portable, StoreError> {
        self.read(|db| {
            let view = db.unchecked_transaction()?;
            let shares = shares_of(&view)?;
            let blocks = blocks_of(&view)?;
            let settings = rows(
                &view,
                &format!("SELECT key, value FROM settings WHERE key NOT LIKE '{VAULT_SETTINGS}%' ORDER BY key"),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let mut people = Vec::new();
            for (user, sealed, mut person) in rows(
                &view,
                "SELECT id, sealed_nt_hash, name, display_name, password_hash, uid, gid, rid, enabled, smb_allowed,
                        sftp_allowed, created_ms, last_login_ms
                 FROM users ORDER BY name_key",
                |row| Ok((UserId(row.get(0)?), row.get::<_, Option<Vec<u8>>>(1)?, person(row)?)),
            )? {
                person.nt_hash = sealed.and_then(|sealed| unseal(user, &sealed)).map(Hidden);
                person.keys = keys(&view, user)?;
                people.push(person);
            }
            let mut groups = Vec::new();
            for (id, mut group) in rows(
                &view,
                "SELECT id, name, gid, rid FROM groups ORDER BY name_key",
                |row| Ok((row.get::<_, i64>(0)?, group(row)?)),
            )? {
                let mut members = view.prepare_cached(
                    "SELECT users.name FROM memberships JOIN users ON users.id = user WHERE \"group\" = ?1
                     ORDER BY name_key",
                )?;
                group.members = members
                    .query_map([id], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                groups.push(group);
            }
            let grants = rows(
                &view,
                "SELECT shares.name, users.name, groups.name, permission FROM grants
                 JOIN shares ON shares.id = share LEFT JOIN users ON users.id = user
                 LEFT JOIN groups ON groups.id = \"group\" ORDER BY grants.id",
                |row| {
                    Ok(PortableGrant {
                        share: row.get(0)?,
                        person: row.get(1)?,
                        group: row.get(2)?,
                        permission: row.get(3)?,
                    })
                },
            )?;
            Ok(Portable {
                settings,
                people,
                groups,
                shares,
                grants,
                blocks: blocks
                    .into_iter()
                    .map(|(address, until)| PortableBlock { address, until })
                    .collect(),
            })
        })
    }

    /// Puts everything in place of what there is: all of it, or nothing. Rows get new ids, which `seal` binds a
    /// person's NT hash to; numbers that were handed out here stay taken.
    ///
    /// # Errors
    /// Names that are there twice or not at all, what `seal` says, the database's.
    pub(crate) fn replace_all(
        &self,
        all: &Portable,
        mut seal: impl FnMut(UserId, &[u8]) -> Result<Vec<u8>, StoreError>,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            for table in ["grants", "memberships", "ssh_keys", "users", "groups", "shares", "blocked_addresses"] {
                db.execute(&format!("DELETE FROM {table}"), [])?;
            }
            db.execute(
                &format!("DELETE FROM settings WHERE key NOT LIKE '{VAULT_SETTINGS}%'"),
                [],
            )?;
            for (key, value) in &all.settings {
                if !key.starts_with(VAULT_SETTINGS) {
                    db.execute("INSERT INTO settings VALUES (?1, ?2)", [key, value])?;
                }
            }
            for person in &all.people {
                let user = insert_person(db, person)?;
                if let Some(nt_hash) = &person.nt_hash {
                    let sealed = seal(user, &nt_hash.0)?;
                    db.execute(
                        "UPDATE users SET sealed_nt_hash = ?2 WHERE id = ?1",
                        params![user, sealed],
                    )?;
                }
            }
            for group in &all.groups {
                insert_group(db, group)?;
            }
            for share in &all.shares {
                insert_share(db, share)?;
            }
            for grant in &all.grants {
                insert_grant(db, grant)?;
            }
            for block in &all.blocks {
                db.execute(
                    "INSERT INTO blocked_addresses VALUES (?1, ?2)",
                    params![block.address.to_string(), block.until.map(to_ms)],
                )?;
            }
            // A number that was handed out, here or where the backup comes from, never comes back.
            for (kind, column) in [("rid", "rid"), ("posix-id", "uid"), ("posix-id", "gid")] {
                let tables: &[&str] = if column == "uid" { &["users"] } else { &["users", "groups"] };
                for table in tables {
                    db.execute(
                        &format!(
                            "UPDATE allocations SET next = max(next, (SELECT coalesce(max({column}), 0) + 1 FROM {table}))
                             WHERE kind = ?1"
                        ),
                        [kind],
                    )?;
                }
            }
            Ok(())
        })
    }
}

fn rows<T>(
    db: &Transaction<'_>,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map([], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Of the columns after the id and the sealed NT hash.
fn person(row: &rusqlite::Row<'_>) -> rusqlite::Result<PortablePerson> {
    Ok(PortablePerson {
        name: row.get(2)?,
        display_name: row.get(3)?,
        password_hash: row.get::<_, Option<String>>(4)?.map(Hidden),
        nt_hash: None,
        uid: row.get(5)?,
        gid: row.get(6)?,
        rid: row.get(7)?,
        enabled: row.get(8)?,
        smb_allowed: row.get(9)?,
        sftp_allowed: row.get(10)?,
        created: from_ms(row.get(11)?),
        last_login: row.get::<_, Option<i64>>(12)?.map(from_ms),
        keys: Vec::new(),
    })
}

fn group(row: &rusqlite::Row<'_>) -> rusqlite::Result<PortableGroup> {
    Ok(PortableGroup {
        name: row.get(1)?,
        gid: row.get(2)?,
        rid: row.get(3)?,
        members: Vec::new(),
    })
}

fn keys(db: &Transaction<'_>, user: UserId) -> Result<Vec<PortableKey>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT blob, fingerprint, comment, created_ms FROM ssh_keys WHERE user = ?1 ORDER BY id",
    )?;
    let found = statement.query_map([user], |row| {
        Ok(PortableKey {
            blob: row.get(0)?,
            fingerprint: row.get(1)?,
            comment: row.get(2)?,
            created: from_ms(row.get(3)?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn insert_person(db: &Transaction<'_>, person: &PortablePerson) -> Result<UserId, StoreError> {
    db.prepare_cached(
        "INSERT INTO users (name, name_key, display_name, password_hash, uid, gid, rid, enabled, smb_allowed,
                            sftp_allowed, created_ms, last_login_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        person.name,
        name_key(&person.name),
        person.display_name,
        person.password_hash.as_ref().map(|hash| hash.0.as_str()),
        person.uid,
        person.gid,
        person.rid,
        person.enabled,
        person.smb_allowed,
        person.sftp_allowed,
        to_ms(person.created),
        person.last_login.map(to_ms),
    ])?;
    let user = UserId(db.last_insert_rowid());
    for key in &person.keys {
        db.prepare_cached(
            "INSERT INTO ssh_keys (user, blob, fingerprint, comment, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            user,
            key.blob,
            key.fingerprint,
            key.comment,
            to_ms(key.created)
        ])?;
    }
    Ok(user)
}

fn insert_group(db: &Transaction<'_>, group: &PortableGroup) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO groups (name, name_key, gid, rid) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![group.name, name_key(&group.name), group.gid, group.rid])?;
    let id = db.last_insert_rowid();
    for member in &group.members {
        one(db
            .prepare_cached("INSERT INTO memberships SELECT id, ?2 FROM users WHERE name_key = ?1")?
            .execute(params![name_key(member), id])?)?;
    }
    Ok(())
}

fn insert_grant(db: &Transaction<'_>, grant: &PortableGrant) -> Result<(), StoreError> {
    let key = |name: &Option<String>| name.as_deref().map(name_key);
    one(db
        .prepare_cached(
            "INSERT INTO grants (share, user, \"group\", permission)
             SELECT id, (SELECT id FROM users WHERE name_key = ?2), (SELECT id FROM groups WHERE name_key = ?3), ?4
             FROM shares WHERE name_key = ?1",
        )?
        .execute(params![
            name_key(&grant.share),
            key(&grant.person),
            key(&grant.group),
            grant.permission
        ])?)
}

/// What was named must be there.
fn one(changed: usize) -> Result<(), StoreError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing)
    }
}
