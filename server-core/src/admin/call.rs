//! Every operation of the admin API as one value: what travels over the control socket and from the
//! window to the engine.

use serde::{Deserialize, Serialize};

use super::{
    AccessQuery, ActivityQuery, AddGroup, AddKey, AddPerson, AddShare, ChangePerson, ChangeShare, Grant,
    GrantList, KeyOf, Membership, Named, SessionOf, SetPassword, SetSetting,
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
