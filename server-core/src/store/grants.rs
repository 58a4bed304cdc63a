//! Who was granted what in which share.

use rusqlite::{Row, params};

use super::error::StoreError;
use super::{GroupId, Permission, ShareId, Store, UserId};

/// Who a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grantee {
    /// One person.
    User(UserId),
    /// Everyone in a group.
    Group(GroupId),
}

/// A grant as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantRow {
    /// The share.
    pub share: ShareId,
    /// For whom.
    pub to: Grantee,
    /// What they may do.
    pub permission: Permission,
}

impl Store {
    /// Every grant.
    ///
    /// # Errors
    /// The database's.
    pub fn grants(&self) -> Result<Vec<GrantRow>, StoreError> {
        self.read(|db| {
            let mut statement =
                db.prepare_cached("SELECT share, user, \"group\", permission FROM grants ORDER BY id")?;
            let rows = statement.query_map([], grant)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Grants, in place of what was granted before.
    ///
    /// # Errors
    /// The database's.
    pub fn set_grant(&self, grant: GrantRow) -> Result<(), StoreError> {
        let (user, group) = columns(grant.to);
        self.write(|db| {
            db.prepare_cached("DELETE FROM grants WHERE share = ?1 AND user IS ?2 AND \"group\" IS ?3")?
                .execute(params![grant.share, user, group])?;
            db.prepare_cached(
                "INSERT INTO grants (share, user, \"group\", permission) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![grant.share, user, group, grant.permission])?;
            Ok(())
        })
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// `Missing` when there is none, or the database's.
    pub fn clear_grant(&self, share: ShareId, to: Grantee) -> Result<(), StoreError> {
        let (user, group) = columns(to);
        self.change_one(
            "DELETE FROM grants WHERE share = ?1 AND user IS ?2 AND \"group\" IS ?3",
            params![share, user, group],
        )
    }
}

fn columns(to: Grantee) -> (Option<UserId>, Option<GroupId>) {
    match to {
        Grantee::User(user) => (Some(user), None),
        Grantee::Group(group) => (None, Some(group)),
    }
}

fn grant(row: &Row<'_>) -> rusqlite::Result<GrantRow> {
    let to = match row.get(1)? {
        Some(user) => Grantee::User(user),
        None => Grantee::Group(row.get(2)?),
    };
    Ok(GrantRow {
        share: row.get(0)?,
        to,
        permission: row.get(3)?,
    })
}
