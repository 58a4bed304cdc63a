//! Groups and who belongs to them.

use rusqlite::params;

use super::error::StoreError;
use super::users::allocate;
use super::{GroupId, Store, UserId, name_key};

/// A group as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// Its row.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Unix group id.
    pub gid: u32,
    /// The last part of the SID.
    pub rid: u32,
}

impl Store {
    /// Every group, by name.
    ///
    /// # Errors
    /// The database's.
    pub fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        self.read(|db| {
            let mut statement =
                db.prepare_cached("SELECT id, name, gid, rid FROM groups ORDER BY name_key")?;
            let rows = statement.query_map([], |row| {
                Ok(GroupRow {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    gid: row.get(2)?,
                    rid: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds a group; numbers are allocated.
    ///
    /// # Errors
    /// `Exists` when the name is taken, or the database's.
    pub fn add_group(&self, name: &str) -> Result<GroupId, StoreError> {
        self.write(|db| {
            let gid = allocate(db, "posix-id")?;
            let rid = allocate(db, "rid")?;
            db.prepare_cached("INSERT INTO groups (name, name_key, gid, rid) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![name, name_key(name), gid, rid])?;
            Ok(GroupId(db.last_insert_rowid()))
        })
    }

    /// Renames a group.
    ///
    /// # Errors
    /// `Exists` when the name is taken, `Missing`, or the database's.
    pub fn rename_group(&self, group: GroupId, name: &str) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE groups SET name = ?2, name_key = ?3 WHERE id = ?1",
            params![group, name, name_key(name)],
        )
    }

    /// Removes a group with its memberships and grants.
    ///
    /// # Errors
    /// `Missing`, or the database's.
    pub fn remove_group(&self, group: GroupId) -> Result<(), StoreError> {
        self.change_one("DELETE FROM groups WHERE id = ?1", params![group])
    }

    /// Who belongs to what.
    ///
    /// # Errors
    /// The database's.
    pub fn memberships(&self) -> Result<Vec<(UserId, GroupId)>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT user, \"group\" FROM memberships")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Puts a person into a group.
    ///
    /// # Errors
    /// `Exists` when they are in it, or the database's.
    pub fn join_group(&self, user: UserId, group: GroupId) -> Result<(), StoreError> {
        self.change_one("INSERT INTO memberships VALUES (?1, ?2)", params![user, group])
    }

    /// Takes a person out of a group.
    ///
    /// # Errors
    /// `Missing` when they are not in it, or the database's.
    pub fn leave_group(&self, user: UserId, group: GroupId) -> Result<(), StoreError> {
        self.change_one(
            "DELETE FROM memberships WHERE user = ?1 AND \"group\" = ?2",
            params![user, group],
        )
    }
}
