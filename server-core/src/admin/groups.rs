//! Groups and who is in them.

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError, ErrorCode};
use crate::identity::{self, IdentityError};

/// A group as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The security identifier, stable for ever.
    pub sid: String,
    /// Unix group id shown to SFTP clients.
    pub gid: u32,
    /// Members, by name.
    pub members: Vec<String>,
}

/// Adds a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AddGroup {
    /// Its name.
    pub name: String,
}

/// Changes a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChangeGroup {
    /// Which.
    pub name: String,
    /// Its name from now on.
    pub new_name: String,
}

/// A person and a group: to join, or to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Membership {
    /// The person.
    pub name: String,
    /// The group.
    pub group: String,
}

impl Admin {
    /// Adds a group.
    ///
    /// # Errors
    /// A name that can't be used, or is taken.
    pub fn add_group(&self, add: &AddGroup) -> Result<Group, AdminError> {
        let added = self.identity().add_group(&add.name);
        added.map_err(|error| self.explain_group(&add.name, error))?;
        self.note(format!("the group {} was added", add.name));
        let added = self.identity().group(&add.name);
        added.map(shown).map_err(|error| self.explain(error))
    }

    /// Every group, by name.
    pub fn groups(&self) -> Vec<Group> {
        self.identity().groups().into_iter().map(shown).collect()
    }

    /// Gives a group another name; members and grants stay.
    ///
    /// # Errors
    /// No such group; a name that can't be used, or is taken.
    pub fn change_group(&self, change: &ChangeGroup) -> Result<Group, AdminError> {
        let ChangeGroup { name, new_name } = change;
        let before = self.identity().group(name).map_err(|error| self.explain(error))?;
        if before.name != *new_name {
            let renamed = self.identity().rename_group(name, new_name);
            renamed.map_err(|error| self.explain_group(new_name, error))?;
            self.note(format!("the group {} is now {new_name}", before.name));
        }
        let group = self.identity().group(new_name);
        group.map(shown).map_err(|error| self.explain(error))
    }

    fn explain_group(&self, name: &str, error: IdentityError) -> AdminError {
        match self.explain(error) {
            error if error.code == ErrorCode::AlreadyExists => AdminError {
                message: format!("There is a group named {name} already."),
                ..error
            },
            error => error,
        }
    }

    /// Removes a group and its grants; its members stay.
    ///
    /// # Errors
    /// No such group.
    pub fn remove_group(&self, name: &str) -> Result<(), AdminError> {
        self.identity()
            .remove_group(name)
            .map_err(|error| self.explain(error))?;
        self.note(format!("the group {name} was removed"));
        Ok(())
    }

    /// Puts a person into a group; being in it already is fine.
    ///
    /// # Errors
    /// No such person or group.
    pub fn join_group(&self, membership: &Membership) -> Result<(), AdminError> {
        let Membership { name, group } = membership;
        self.identity()
            .join_group(name, group)
            .map_err(|error| self.explain(error))?;
        self.note_person(name, format!("{name} joined the group {group}"));
        Ok(())
    }

    /// Takes a person out of a group.
    ///
    /// # Errors
    /// No such person or group; the person is not in it.
    pub fn leave_group(&self, membership: &Membership) -> Result<(), AdminError> {
        let Membership { name, group } = membership;
        self.identity()
            .leave_group(name, group)
            .map_err(|error| self.explain(error))?;
        self.note_person(name, format!("{name} left the group {group}"));
        Ok(())
    }
}

fn shown(group: identity::Group) -> Group {
    Group {
        name: group.name,
        sid: group.sid.to_string(),
        gid: group.gid,
        members: group.members,
    }
}
