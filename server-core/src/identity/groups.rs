//! Administration of groups and who belongs to them.

use super::names::check_name;
use super::snapshot::{Group as Known, Snapshot};
use super::{GroupId, Identity, IdentityError};
use crate::security::Sid;
use crate::store::{StoreError, name_key};

/// A group as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its row.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// SID, the same for ever.
    pub sid: Sid,
    /// Unix group id.
    pub gid: u32,
    /// Names of its members, sorted.
    pub members: Vec<String>,
}

impl Identity {
    /// Every group, by name.
    pub fn groups(&self) -> Vec<Group> {
        let snapshot = self.snapshot();
        let mut groups: Vec<_> = snapshot
            .all_groups()
            .map(|group| described(&snapshot, group))
            .collect();
        groups.sort_by_key(|group| name_key(&group.name));
        groups
    }

    /// One group by name.
    ///
    /// # Errors
    /// `NoSuchGroup`.
    pub fn group(&self, name: &str) -> Result<Group, IdentityError> {
        let snapshot = self.snapshot();
        Ok(described(&snapshot, snapshot.find_group(name)?))
    }

    /// Adds a group.
    ///
    /// # Errors
    /// An unusable name, `Exists`, or the store's.
    pub fn add_group(&self, name: &str) -> Result<GroupId, IdentityError> {
        check_name(name)?;
        self.change(|store, _| {
            let added = store.add_group(name);
            added.map_err(|error| IdentityError::named(error, name))
        })
    }

    /// Renames a group; members and grants stay.
    ///
    /// # Errors
    /// An unusable name, `NoSuchGroup`, `Exists`, or the store's.
    pub fn rename_group(&self, name: &str, new_name: &str) -> Result<(), IdentityError> {
        check_name(new_name)?;
        self.change(|store, before| {
            let renamed = store.rename_group(before.find_group(name)?.row.id, new_name);
            renamed.map_err(|error| IdentityError::named(error, new_name))
        })
    }

    /// Removes a group with its grants; its members stay.
    ///
    /// # Errors
    /// `NoSuchGroup`, or the store's.
    pub fn remove_group(&self, name: &str) -> Result<(), IdentityError> {
        self.change(|store, before| Ok(store.remove_group(before.find_group(name)?.row.id)?))
    }

    /// Puts a person into a group; being in it already is fine.
    ///
    /// # Errors
    /// `NoSuchUser`, `NoSuchGroup`, or the store's.
    pub fn join_group(&self, user: &str, group: &str) -> Result<(), IdentityError> {
        self.change(|store, before| {
            let (user, group) = (before.find_user(user)?.row.id, before.find_group(group)?.row.id);
            match store.join_group(user, group) {
                Err(StoreError::Exists) => Ok(()),
                other => Ok(other?),
            }
        })
    }

    /// Takes a person out of a group.
    ///
    /// # Errors
    /// `NoSuchUser`, `NoSuchGroup`, `NotAMember`, or the store's.
    pub fn leave_group(&self, user: &str, group: &str) -> Result<(), IdentityError> {
        self.change(|store, before| {
            let (person, known) = (before.find_user(user)?, before.find_group(group)?);
            match store.leave_group(person.row.id, known.row.id) {
                Err(StoreError::Missing) => Err(IdentityError::NotAMember {
                    user: person.row.name.clone(),
                    group: known.row.name.clone(),
                }),
                other => Ok(other?),
            }
        })
    }
}

impl Snapshot {
    pub(super) fn find_group(&self, name: &str) -> Result<&Known, IdentityError> {
        let found = self.group_named(name);
        found.ok_or_else(|| IdentityError::NoSuchGroup(name.to_owned()))
    }
}

fn described(snapshot: &Snapshot, group: &Known) -> Group {
    let members = snapshot
        .people()
        .filter(|person| person.groups.contains(&group.row.id));
    let mut members: Vec<_> = members.map(|person| person.row.name.clone()).collect();
    members.sort_by_key(|name| name_key(name));
    Group {
        id: group.row.id,
        name: group.row.name.clone(),
        sid: group.sid.clone(),
        gid: group.row.gid,
        members,
    }
}
