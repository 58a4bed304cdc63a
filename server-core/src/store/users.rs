//! People: rows of `users`, and the numbers handed out to people and groups.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use zeroize::Zeroizing;

use super::error::StoreError;
use super::time::{from_ms, to_ms};
use super::{Store, UserId, name_key};

/// A person as stored, without their secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Their row.
    pub id: UserId,
    /// Log-in name.
    pub name: String,
    /// Name for people to read.
    pub display_name: String,
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether an NT hash is kept.
    pub has_nt_hash: bool,
    /// Unix user id.
    pub uid: u32,
    /// Unix group id of the person's own group.
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
    pub created: SystemTime,
    /// The last log-in.
    pub last_login: Option<SystemTime>,
}

/// What a new account starts with.
#[derive(Debug, Clone, Copy)]
pub struct NewUserRow<'a> {
    /// Log-in name.
    pub name: &'a str,
    /// Name for people to read.
    pub display_name: &'a str,
    /// Whether they may use SMB.
    pub smb_allowed: bool,
    /// Whether they may use SFTP.
    pub sftp_allowed: bool,
    /// When the account is made.
    pub created: SystemTime,
}

impl Store {
    /// Everyone, by name.
    ///
    /// # Errors
    /// The database's.
    pub fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT id, name, display_name, password_hash IS NOT NULL, sealed_nt_hash IS NOT NULL, uid, gid,
                        rid, enabled, smb_allowed, sftp_allowed, created_ms, last_login_ms
                 FROM users ORDER BY name_key",
            )?;
            let rows = statement.query_map([], user)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds a person without a password; numbers are allocated.
    ///
    /// # Errors
    /// `Exists` when the name is taken, or the database's.
    pub fn add_user(&self, new: NewUserRow<'_>) -> Result<UserId, StoreError> {
        self.write(|db| {
            let posix_id = allocate(db, "posix-id")?;
            let rid = allocate(db, "rid")?;
            db.prepare_cached(
                "INSERT INTO users (name, name_key, display_name, uid, gid, rid, enabled, smb_allowed,
                                    sftp_allowed, created_ms)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, 1, ?6, ?7, ?8)",
            )?
            .execute(params![
                new.name,
                name_key(new.name),
                new.display_name,
                posix_id,
                rid,
                new.smb_allowed,
                new.sftp_allowed,
                to_ms(new.created),
            ])?;
            Ok(UserId(db.last_insert_rowid()))
        })
    }

    /// Renames a person.
    ///
    /// # Errors
    /// `Exists` when the name is taken, `Missing`, or the database's.
    pub fn rename_user(&self, user: UserId, name: &str) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE users SET name = ?2, name_key = ?3 WHERE id = ?1",
            params![user, name, name_key(name)],
        )
    }

    /// Changes the name for people to read.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn set_display_name(&self, user: UserId, display_name: &str) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE users SET display_name = ?2 WHERE id = ?1",
            params![user, display_name],
        )
    }

    /// Sets both forms of a password at once; an NT hash of `None` forgets the one before.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn set_password(
        &self,
        user: UserId,
        bcrypt: &str,
        sealed_nt_hash: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE users SET password_hash = ?2, sealed_nt_hash = ?3 WHERE id = ?1",
            params![user, bcrypt, sealed_nt_hash],
        )
    }

    /// Keeps the NT hash of a password that is still the one with this bcrypt hash.
    ///
    /// # Errors
    /// `Missing` when it is another by now; the database's.
    pub fn set_nt_hash(&self, user: UserId, bcrypt: &str, sealed: &[u8]) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE users SET sealed_nt_hash = ?3 WHERE id = ?1 AND password_hash = ?2 AND smb_allowed",
            params![user, bcrypt, sealed],
        )
    }

    /// Switches an account on or off.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn set_enabled(&self, user: UserId, enabled: bool) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE users SET enabled = ?2 WHERE id = ?1",
            params![user, enabled],
        )
    }

    /// Says which protocols a person may use; without SMB no NT hash is kept.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn set_protocols(&self, user: UserId, smb: bool, sftp: bool) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE users SET smb_allowed = ?2, sftp_allowed = ?3,
                    sealed_nt_hash = CASE WHEN ?2 THEN sealed_nt_hash END
             WHERE id = ?1",
            params![user, smb, sftp],
        )
    }

    /// Removes a person with their keys, memberships and grants.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn remove_user(&self, user: UserId) -> Result<(), StoreError> {
        self.change_one("DELETE FROM users WHERE id = ?1", params![user])
    }

    /// The bcrypt hash of a person's password.
    ///
    /// # Errors
    /// The database's.
    pub fn password_hash(&self, user: UserId) -> Result<Option<String>, StoreError> {
        self.secret("SELECT password_hash FROM users WHERE id = ?1", user)
    }

    /// The sealed NT hash of a person's password.
    ///
    /// # Errors
    /// The database's.
    pub fn sealed_nt_hash(&self, user: UserId) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let sealed: Option<Vec<u8>> = self.secret("SELECT sealed_nt_hash FROM users WHERE id = ?1", user)?;
        Ok(sealed.map(Zeroizing::new))
    }

    /// Every sealed NT hash, to find those whose key is lost.
    ///
    /// # Errors
    /// The database's.
    pub fn sealed_nt_hashes(&self) -> Result<Vec<(UserId, Vec<u8>)>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT id, sealed_nt_hash FROM users WHERE sealed_nt_hash IS NOT NULL ORDER BY name_key",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn secret<T: rusqlite::types::FromSql>(&self, sql: &str, user: UserId) -> Result<Option<T>, StoreError> {
        self.read(|db| {
            let found = db
                .prepare_cached(sql)?
                .query_row([user], |row| row.get(0))
                .optional()?;
            Ok(found.flatten())
        })
    }

    /// Runs a statement that must change exactly one row.
    pub(super) fn change_one(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), StoreError> {
        self.write(|db| match db.prepare_cached(sql)?.execute(params)? {
            0 => Err(StoreError::Missing),
            _ => Ok(()),
        })
    }
}

/// Takes the next number of a kind; it is never given out again.
pub(super) fn allocate(db: &Transaction<'_>, kind: &str) -> Result<u32, StoreError> {
    let next = db
        .prepare_cached("UPDATE allocations SET next = next + 1 WHERE kind = ?1 RETURNING next - 1")?
        .query_row([kind], |row| row.get(0))?;
    Ok(next)
}

fn user(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok(UserRow {
        id: row.get(0)?,
        name: row.get(1)?,
        display_name: row.get(2)?,
        has_password: row.get(3)?,
        has_nt_hash: row.get(4)?,
        uid: row.get(5)?,
        gid: row.get(6)?,
        rid: row.get(7)?,
        enabled: row.get(8)?,
        smb_allowed: row.get(9)?,
        sftp_allowed: row.get(10)?,
        created: from_ms(row.get(11)?),
        last_login: row.get::<_, Option<i64>>(12)?.map(from_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str) -> NewUserRow<'_> {
        NewUserRow {
            name,
            display_name: name,
            smb_allowed: true,
            sftp_allowed: true,
            created: SystemTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn names_are_unique_without_case_and_numbers_never_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let alice = store.add_user(new("Alice")).unwrap();
        assert!(matches!(store.add_user(new("aLICE")), Err(StoreError::Exists)));
        let first = store.users().unwrap().remove(0);
        assert_eq!((first.uid, first.gid, first.rid), (10_000, 10_000, 1000));

        store.remove_user(alice).unwrap();
        assert!(matches!(store.remove_user(alice), Err(StoreError::Missing)));
        let again = store.add_user(new("alice")).unwrap();
        let second = store.users().unwrap().remove(0);
        assert!(again > alice && second.uid > first.uid && second.rid > first.rid);
    }

    #[test]
    fn without_smb_no_nt_hash_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let alice = store.add_user(new("alice")).unwrap();
        store.set_password(alice, "$2b$", Some(b"sealed")).unwrap();
        store.set_protocols(alice, true, false).unwrap();
        assert!(store.sealed_nt_hash(alice).unwrap().is_some());
        store.set_protocols(alice, false, true).unwrap();
        assert_eq!(store.sealed_nt_hash(alice).unwrap(), None);
        assert_eq!(store.password_hash(alice).unwrap().as_deref(), Some("$2b$"));
    }
}
