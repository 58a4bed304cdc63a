//! Every operation of the admin API as one value: what travels over the control socket and from the
//! window to the engine.

use serde::{Deserialize, Serialize};

use super::{
    AccessQuery, ActivityQuery, AddGroup, AddKey, AddPerson, AddShare, Admin, AdminError, ChangePerson,
    ChangeShare, ErrorCode, Grant, GrantList, KeyOf, Membership, Named, SessionOf, SetPassword, SetSetting,
};

/// An operation and its input.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum Call {
    /// Adds a person. Gives a `Person`.
    AddPerson(AddPerson),
    /// Every person. Gives a list of `Person`.
    ListPeople,
    /// One person. Gives a `Person`.
    ShowPerson(Named),
    /// Changes a person. Gives a `Person`.
    ChangePerson(ChangePerson),
    /// Sets a password.
    SetPassword(SetPassword),
    /// Removes a person, their keys and grants; ends their sessions.
    RemovePerson(Named),
    /// Ends a person's lock-out.
    UnlockPerson(Named),
    /// Names and addresses locked out. Gives a list of `LockOut`.
    ListLockOuts,
    /// Ends every lock-out.
    ClearLockOuts,
    /// Adds a public key. Gives a `PublicKey`.
    AddKey(AddKey),
    /// A person's public keys. Gives a list of `PublicKey`.
    ListKeys(Named),
    /// Removes a public key.
    RemoveKey(KeyOf),
    /// Adds a group. Gives a `Group`.
    AddGroup(AddGroup),
    /// Every group. Gives a list of `Group`.
    ListGroups,
    /// Removes a group and its grants.
    RemoveGroup(Named),
    /// Puts a person into a group.
    JoinGroup(Membership),
    /// Takes a person out of a group.
    LeaveGroup(Membership),
    /// Adds a share. Gives a `Share`.
    AddShare(AddShare),
    /// Every share. Gives a list of `Share`.
    ListShares,
    /// One share. Gives a `Share`.
    ShowShare(Named),
    /// Changes a share. Gives a `Share`.
    ChangeShare(ChangeShare),
    /// Removes a share and its grants; its folder stays as it is.
    RemoveShare(Named),
    /// Grants a permission, or takes a grant away.
    Grant(Grant),
    /// The grants. Gives a list of `Grant`.
    ListGrants(GrantList),
    /// Effective permissions, and why. Gives a list of `Access`.
    Access(AccessQuery),
    /// Live sessions. Gives a list of `SessionInfo`.
    ListSessions,
    /// Ends a session.
    CloseSession(SessionOf),
    /// Every setting. Gives a list of `Setting`.
    ListSettings,
    /// Changes a setting. Gives a `SettingChanged`.
    SetSetting(SetSetting),
    /// The newest activity records, oldest of them first. Gives a list of `ActivityRecord`.
    ListActivity(ActivityQuery),
    /// What is running. Gives a `Status`.
    Status,
    /// Starts listening for clients.
    StartSharing,
    /// Stops listening and ends every session; the process stays.
    StopSharing,
}

impl Admin {
    /// Does what a call says; gives its result as JSON.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn call(&self, call: &Call) -> Result<serde_json::Value, AdminError> {
        match call {
            Call::AddPerson(add) => json(self.add_person(add)?),
            Call::ListPeople => json(self.people()?),
            Call::ShowPerson(named) => json(self.person(&named.name)?),
            Call::ChangePerson(change) => json(self.change_person(change)?),
            Call::SetPassword(set) => json(self.set_password(set)?),
            Call::RemovePerson(named) => json(self.remove_person(&named.name)?),
            Call::UnlockPerson(named) => json(self.unlock_person(&named.name)?),
            Call::ListLockOuts => json(self.lock_outs()),
            Call::ClearLockOuts => json(self.clear_lock_outs()),
            Call::AddKey(add) => json(self.add_key(add)?),
            Call::ListKeys(named) => json(self.keys(&named.name)?),
            Call::RemoveKey(of) => json(self.remove_key(of)?),
            Call::AddGroup(add) => json(self.add_group(add)?),
            Call::ListGroups => json(self.groups()),
            Call::RemoveGroup(named) => json(self.remove_group(&named.name)?),
            Call::JoinGroup(membership) => json(self.join_group(membership)?),
            Call::LeaveGroup(membership) => json(self.leave_group(membership)?),
            Call::AddShare(add) => json(self.add_share(add)?),
            Call::ListShares => json(self.shares()),
            Call::ShowShare(named) => json(self.share(&named.name)?),
            Call::ChangeShare(change) => json(self.change_share(change)?),
            Call::RemoveShare(named) => json(self.remove_share(&named.name)?),
            Call::Grant(grant) => json(self.grant(grant)?),
            Call::ListGrants(list) => json(self.grants(list)?),
            Call::Access(query) => json(self.access(query)?),
            Call::ListSessions => json(self.sessions()),
            Call::CloseSession(of) => json(self.close_session(*of)?),
            Call::ListSettings => json(self.settings()?),
            Call::SetSetting(set) => json(self.set_setting(set)?),
            Call::ListActivity(query) => json(self.activity(query)?),
            Call::Status => json(self.status()?),
            Call::StartSharing => json(self.start_sharing()?),
            Call::StopSharing => json(self.stop_sharing()?),
        }
    }
}

fn json(value: impl Serialize) -> Result<serde_json::Value, AdminError> {
    // Fails only for what JSON can't hold: a time beyond the year 9999.
    serde_json::to_value(value).map_err(|error| AdminError::new(ErrorCode::StoreFailed, error.to_string()))
}
