//! Administration of people: accounts, passwords, protocols.

use std::time::SystemTime;

use super::authenticate::{composed, nt_hash_place};
use super::names::check_name;
use super::snapshot::{Person, Snapshot};
use super::{Identity, IdentityError, NtHash, UserId};
use crate::security::Sid;
use crate::store::{NewUserRow, UserRow};

/// bcrypt looks at 72 bytes with the terminating zero; to compare less than was typed is worse than a refusal.
const LONGEST_PASSWORD: usize = 71;

/// A person as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their row.
    pub id: UserId,
    /// Log-in name.
    pub name: String,
    /// Name for people to read.
    pub display_name: String,
    /// SID, the same for ever.
    pub sid: Sid,
    /// Unix user id.
    pub uid: u32,
    /// Unix group id of their own group.
    pub gid: u32,
    /// Whether they may log in.
    pub enabled: bool,
    /// Whether they may use SMB.
    pub smb_allowed: bool,
    /// Whether they may use SFTP.
    pub sftp_allowed: bool,
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether that password can be used for SMB.
    pub smb_password: SmbPasswordState,
    /// Names of their groups, sorted.
    pub groups: Vec<String>,
    /// Fingerprints of their SSH keys, oldest first.
    pub keys: Vec<String>,
    /// When the account was made.
    pub created: SystemTime,
    /// The last log-in.
    pub last_login: Option<SystemTime>,
}

/// Whether a password can be used for SMB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmbPasswordState {
    /// It can.
    Ready,
    /// No NT hash is kept: no password was set since SMB was allowed.
    Missing,
    /// The key that sealed the NT hash is not here.
    KeyLost,
}

/// A new account.
#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    /// Log-in name.
    pub name: &'a str,
    /// Name for people to read; the log-in name where there is none.
    pub display_name: Option<&'a str>,
    /// The password; an account without one can log in by SSH key only.
    pub password: Option<&'a str>,
    /// Whether they may use SMB.
    pub smb_allowed: bool,
    /// Whether they may use SFTP.
    pub sftp_allowed: bool,
}

impl Identity {
    /// Everyone, by name.
    ///
    /// # Errors
    /// The store's.
    pub fn users(&self) -> Result<Vec<User>, IdentityError> {
        let snapshot = self.snapshot();
        // From the store: the last log-in is not worth a new snapshot each time.
        let rows = self.0.store.users()?;
        let lost = self.users_with_lost_key()?;
        let users = rows.into_iter().filter_map(|row| {
            let person = snapshot.user(row.id)?;
            Some(described(&snapshot, person, row, &lost))
        });
        Ok(users.collect())
    }

    /// One person by name.
    ///
    /// # Errors
    /// `NoSuchUser`, or the store's.
    pub fn user(&self, name: &str) -> Result<User, IdentityError> {
        let id = self.snapshot().find_user(name)?.row.id;
        let user = self.users()?.into_iter().find(|user| user.id == id);
        user.ok_or_else(|| IdentityError::NoSuchUser(name.to_owned()))
    }

    /// Names of those who must set their password again before they can use SMB, because the key that
    /// sealed it is not here.
    ///
    /// # Errors
    /// The store's.
    pub fn passwords_to_set_again(&self) -> Result<Vec<String>, IdentityError> {
        let lost = self.users_with_lost_key()?;
        Ok(lost.into_iter().filter_map(|user| self.user_name(user)).collect())
    }

    /// Adds a person. Blocking while the password is hashed.
    ///
    /// # Errors
    /// An unusable name or password, `Exists`, or the store's.
    pub fn add_user(&self, new: NewUser<'_>) -> Result<UserId, IdentityError> {
        check_name(new.name)?;
        let bcrypt = new.password.map(|password| self.hash(password)).transpose()?;
        self.change(|store, _| {
            let row = NewUserRow {
                name: new.name,
                display_name: new.display_name.unwrap_or(new.name),
                smb_allowed: new.smb_allowed,
                sftp_allowed: new.sftp_allowed,
                created: SystemTime::now(),
            };
            let added = store.add_user(row);
            let user = added.map_err(|error| IdentityError::named(error, new.name))?;
            let Some((password, bcrypt)) = new.password.zip(bcrypt) else {
                return Ok(user);
            };
            let kept = self.keep_password(user, password, &bcrypt, new.smb_allowed);
            if let Err(error) = kept {
                store.remove_user(user)?;
                return Err(error);
            }
            Ok(user)
        })
    }

    /// Renames a person; password, keys, grants and SID stay.
    ///
    /// # Errors
    /// An unusable name, `NoSuchUser`, `Exists`, or the store's.
    pub fn rename_user(&self, name: &str, new_name: &str) -> Result<(), IdentityError> {
        check_name(new_name)?;
        self.change(|store, before| {
            let renamed = store.rename_user(before.find_user(name)?.row.id, new_name);
            renamed.map_err(|error| IdentityError::named(error, new_name))
        })
    }

    /// Changes the name for people to read.
    ///
    /// # Errors
    /// `NoSuchUser`, or the store's.
    pub fn set_display_name(&self, name: &str, display_name: &str) -> Result<(), IdentityError> {
        self.change(|store, before| {
            let user = before.find_user(name)?.row.id;
            Ok(store.set_display_name(user, display_name)?)
        })
    }

    /// Removes a person with keys, memberships and grants. Their live permissions become None; who
    /// calls this ends their sessions.
    ///
    /// # Errors
    /// `NoSuchUser`, or the store's.
    pub fn remove_user(&self, name: &str) -> Result<UserId, IdentityError> {
        let user = self.change(|store, before| {
            let user = before.find_user(name)?.row.id;
            store.remove_user(user)?;
            Ok(user)
        })?;
        self.unlock_name(name);
        Ok(user)
    }

    /// Sets a password for both protocols, and clears what was counted against the name. Blocking
    /// while it is hashed.
    ///
    /// # Errors
    /// An unusable password, `NoSuchUser`, or the store's.
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), IdentityError> {
        self.snapshot().find_user(name)?;
        let bcrypt = self.hash(password)?;
        self.change(|_, before| {
            let row = &before.find_user(name)?.row;
            self.keep_former(row.id);
            self.keep_password(row.id, password, &bcrypt, row.smb_allowed)
        })?;
        self.unlock_name(name);
        Ok(())
    }

    /// Switches an account on or off. Off, their live permissions become None at once; who calls this
    /// ends their sessions.
    ///
    /// # Errors
    /// `NoSuchUser`, or the store's.
    pub fn set_enabled(&self, name: &str, enabled: bool) -> Result<UserId, IdentityError> {
        self.change(|store, before| {
            let user = before.find_user(name)?.row.id;
            store.set_enabled(user, enabled)?;
            Ok(user)
        })
    }

    /// Says which protocols a person may use; `None` leaves one as it is. Without SMB the NT hash is
    /// forgotten: when SMB is allowed again, the password must be set again.
    ///
    /// # Errors
    /// `NoSuchUser`, or the store's.
    pub fn set_protocols(
        &self,
        name: &str,
        smb: Option<bool>,
        sftp: Option<bool>,
    ) -> Result<UserId, IdentityError> {
        self.change(|store, before| {
            let row = &before.find_user(name)?.row;
            let (smb, sftp) = (smb.unwrap_or(row.smb_allowed), sftp.unwrap_or(row.sftp_allowed));
            store.set_protocols(row.id, smb, sftp)?;
            Ok(row.id)
        })
    }

    fn hash(&self, password: &str) -> Result<String, IdentityError> {
        if password.is_empty() {
            return Err(IdentityError::InvalidPassword("it is empty"));
        }
        if password.chars().all(char::is_whitespace) {
            return Err(IdentityError::InvalidPassword("it is nothing but spaces"));
        }
        if password.contains('\0') {
            return Err(IdentityError::InvalidPassword("it contains a zero character"));
        }
        let password = composed(password);
        if password.len() > LONGEST_PASSWORD {
            return Err(IdentityError::InvalidPassword("it is longer than 71 bytes"));
        }
        bcrypt::non_truncating_hash(password.as_bytes(), self.0.bcrypt_cost)
            .map_err(|error| IdentityError::Hash(error.to_string()))
    }

    fn keep_password(
        &self,
        user: UserId,
        password: &str,
        bcrypt: &str,
        smb: bool,
    ) -> Result<(), IdentityError> {
        let sealed = match smb {
            true => {
                let hash = NtHash::of(&composed(password));
                Some(self.0.vault.seal(nt_hash_place(user), &hash.0)?)
            }
            false => None,
        };
        Ok(self.0.store.set_password(user, bcrypt, sealed.as_deref())?)
    }

    fn users_with_lost_key(&self) -> Result<Vec<UserId>, IdentityError> {
        let sealed = self.0.store.sealed_nt_hashes()?.into_iter();
        let lost = sealed.filter(|(_, sealed)| !self.0.vault.has_key_of(sealed));
        Ok(lost.map(|(user, _)| user).collect())
    }
}

impl Snapshot {
    pub(super) fn find_user(&self, name: &str) -> Result<&Person, IdentityError> {
        let found = self.user_named(name);
        found.ok_or_else(|| IdentityError::NoSuchUser(name.to_owned()))
    }
}

fn described(snapshot: &Snapshot, person: &Person, row: UserRow, lost: &[UserId]) -> User {
    let groups = person.groups.iter().filter_map(|id| snapshot.group(*id));
    let mut groups: Vec<_> = groups.map(|group| group.row.name.clone()).collect();
    groups.sort_by_key(|name| crate::store::name_key(name));
    let smb_password = match (row.has_nt_hash, lost.contains(&row.id)) {
        (false, _) => SmbPasswordState::Missing,
        (true, true) => SmbPasswordState::KeyLost,
        (true, false) => SmbPasswordState::Ready,
    };
    User {
        id: row.id,
        name: row.name,
        display_name: row.display_name,
        sid: person.sid.clone(),
        uid: row.uid,
        gid: row.gid,
        enabled: row.enabled,
        smb_allowed: row.smb_allowed,
        sftp_allowed: row.sftp_allowed,
        has_password: row.has_password,
        smb_password,
        groups,
        keys: person.keys.iter().map(|key| key.fingerprint.clone()).collect(),
        created: row.created,
        last_login: row.last_login,
    }
}
