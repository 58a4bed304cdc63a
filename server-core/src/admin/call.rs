//! Every operation of the admin API as one value: what travels over the control socket and from the
//! window to the engine.

use serde::{Deserialize, Serialize};

use super::{
    Access, AccessQuery, ActivityPage, ActivityQuery, ActivitySearch, AddGroup, AddKey, AddPerson, AddShare,
    Admin, AdminError, BackUp, Backup, BackupFile, Block, BlockAddress, BlockedAddress, ChangeGroup,
    ChangePerson, ChangeShare, Check, ErrorCode, Grant, GrantList, Group, HostKey, KeyOf, LockOut,
    Membership, Named, OpenFileOf, Person, PublicKey, Restored, Secret, SessionOf, SetPassword, SetSetting,
    Setting, SettingChanged, Share, ShareSpace, Status, WaitingFileOf,
};
use crate::live::{ActivityRecord, SessionInfo, TrafficSample};
use crate::vfs::{OpenFileInfo, WaitingFile};

/// Declares the operations: for each its input, what it gives, and the method of [`Admin`] that does it.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident $(($input:ident: $Input:ty))? -> $Output:ty = |$admin:ident| $done:expr;)*) => {
        /// An operation and its input.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[serde(tag = "call", rename_all = "kebab-case")]
        pub enum Call {
            $($(#[$doc])* $name $(($Input))?,)*
        }

        /// What each operation gives.
        #[cfg(feature = "typescript")]
        #[derive(Debug, ts_rs::TS)]
        #[ts(tag = "call", content = "gives", rename_all = "kebab-case")]
        pub enum Answer {
            $($(#[$doc])* $name($Output),)*
        }

        impl Admin {
            /// Does what a call says; gives its result as JSON.
            ///
            /// # Errors
            /// Those of the operation.
            pub fn call(&self, call: &Call) -> Result<serde_json::Value, AdminError> {
                match call {
                    $(Call::$name $(($input))? => {
                        let $admin = self;
                        let done: Result<$Output, AdminError> = $done;
                        json(done?)
                    })*
                }
            }
        }
    };
}

operations! {
    /// Adds a person.
    AddPerson(add: AddPerson) -> Person = |admin| admin.add_person(add);
    /// Every person.
    ListPeople -> Vec<Person> = |admin| admin.people();
    /// One person.
    ShowPerson(named: Named) -> Person = |admin| admin.person(&named.name);
    /// Changes a person.
    ChangePerson(change: ChangePerson) -> Person = |admin| admin.change_person(change);
    /// Sets a password.
    SetPassword(set: SetPassword) -> () = |admin| admin.set_password(set);
    /// A strong password to offer.
    GeneratePassword -> Secret = |admin| admin.new_password();
    /// Removes a person, their keys and grants; ends their sessions.
    RemovePerson(named: Named) -> () = |admin| admin.remove_person(&named.name);
    /// Ends a person's lock-out.
    UnlockPerson(named: Named) -> () = |admin| admin.unlock_person(&named.name);
    /// Names and addresses locked out.
    ListLockOuts -> Vec<LockOut> = |admin| Ok(admin.lock_outs());
    /// Ends an address's lock-out.
    UnlockAddress(of: BlockedAddress) -> () = |admin| { admin.unlock_address(*of); Ok(()) };
    /// Ends every lock-out.
    ClearLockOuts -> usize = |admin| Ok(admin.clear_lock_outs());
    /// Adds a public key.
    AddKey(add: AddKey) -> PublicKey = |admin| admin.add_key(add);
    /// A person's public keys.
    ListKeys(named: Named) -> Vec<PublicKey> = |admin| admin.keys(&named.name);
    /// Removes a public key.
    RemoveKey(of: KeyOf) -> () = |admin| admin.remove_key(of);
    /// Adds a group.
    AddGroup(add: AddGroup) -> Group = |admin| admin.add_group(add);
    /// Every group.
    ListGroups -> Vec<Group> = |admin| Ok(admin.groups());
    /// Renames a group.
    ChangeGroup(change: ChangeGroup) -> Group = |admin| admin.change_group(change);
    /// Removes a group and its grants.
    RemoveGroup(named: Named) -> () = |admin| admin.remove_group(&named.name);
    /// Puts a person into a group.
    JoinGroup(membership: Membership) -> () = |admin| admin.join_group(membership);
    /// Takes a person out of a group.
    LeaveGroup(membership: Membership) -> () = |admin| admin.leave_group(membership);
    /// Adds a share.
    AddShare(add: AddShare) -> Share = |admin| admin.add_share(add);
    /// Every share.
    ListShares -> Vec<Share> = |admin| Ok(admin.shares());
    /// One share.
    ShowShare(named: Named) -> Share = |admin| admin.share(&named.name);
    /// Changes a share.
    ChangeShare(change: ChangeShare) -> Share = |admin| admin.change_share(change);
    /// Removes a share and its grants; its folder stays as it is.
    RemoveShare(named: Named) -> () = |admin| admin.remove_share(&named.name);
    /// Grants a permission, or takes a grant away.
    Grant(grant: Grant) -> () = |admin| admin.grant(grant);
    /// The grants.
    ListGrants(list: GrantList) -> Vec<Grant> = |admin| admin.grants(list);
    /// Effective permissions, and why.
    Access(query: AccessQuery) -> Vec<Access> = |admin| admin.access(query);
    /// What each person may do in one share, and why.
    ShareAccess(named: Named) -> Vec<Access> = |admin| admin.share_access(&named.name);
    /// Live sessions.
    ListSessions -> Vec<SessionInfo> = |admin| Ok(admin.sessions());
    /// What a session has open.
    ListOpenFiles(of: SessionOf) -> Vec<OpenFileInfo> = |admin| Ok(admin.open_files(*of));
    /// Closes one open file.
    CloseOpenFile(of: OpenFileOf) -> () = |admin| admin.close_open_file(*of);
    /// What is open for clients that are away.
    ListWaitingFiles -> Vec<WaitingFile> = |admin| Ok(admin.waiting_files());
    /// Closes one of that.
    CloseWaitingFile(of: WaitingFileOf) -> () = |admin| admin.close_waiting_file(*of);
    /// Ends a session.
    CloseSession(of: SessionOf) -> () = |admin| admin.close_session(*of);
    /// Every setting.
    ListSettings -> Vec<Setting> = |admin| admin.settings();
    /// Changes a setting.
    SetSetting(set: SetSetting) -> SettingChanged = |admin| admin.set_setting(set);
    /// The newest activity records, oldest of them first.
    ListActivity(query: ActivityQuery) -> Vec<ActivityRecord> = |admin| admin.activity(query);
    /// What is running.
    Status -> Status = |admin| admin.status();
    /// Starts listening for clients.
    StartSharing -> () = |admin| admin.start_sharing();
    /// Stops listening and ends every session; the process stays.
    StopSharing -> () = |admin| admin.stop_sharing();
    /// Records of the activity list that match a search, newest first.
    FindActivity(search: ActivitySearch) -> ActivityPage = |admin| admin.find_activity(search);
    /// File content carried in each of the last seconds, oldest first.
    ListTraffic -> Vec<TrafficSample> = |admin| Ok(admin.traffic());
    /// Size and free space of the disks that shares are on; shares that are not there are left out.
    ListSpace -> Vec<ShareSpace> = |admin| Ok(admin.space());
    /// The server's own SSH keys.
    ListHostKeys -> Vec<HostKey> = |admin| Ok(admin.host_keys());
    /// Looks at everything that commonly keeps clients out.
    Examine -> Vec<Check> = |admin| admin.examine();
    /// Keeps an address out, and ends its sessions.
    BlockAddress(block: BlockAddress) -> () = |admin| admin.block_address(*block);
    /// Lets an address in again.
    UnblockAddress(blocked: BlockedAddress) -> () = |admin| admin.unblock_address(*blocked);
    /// Addresses kept out.
    ListBlocks -> Vec<Block> = |admin| Ok(admin.blocks());
    /// Writes everything that was set up to one encrypted file.
    BackUp(to: BackUp) -> Backup = |admin| admin.back_up(to);
    /// What is in a backup.
    InspectBackup(of: BackupFile) -> Backup = |admin| admin.inspect_backup(of);
    /// Puts a backup in place of everything that is set up; no server may run with the data folder.
    RestoreBackup(from: BackupFile) -> Restored = |admin| admin.restore_backup(from);
}

fn json(value: impl Serialize) -> Result<serde_json::Value, AdminError> {
    // Fails only for what JSON can't hold: a time beyond the year 9999.
    serde_json::to_value(value).map_err(|error| AdminError::new(ErrorCode::StoreFailed, error.to_string()))
}
