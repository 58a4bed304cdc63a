//! People: adding, changing, switching off, unlocking, and their passwords.

use std::net::IpAddr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError, BlockedAddress, DOCTOR_ACCOUNT, ErrorCode, Secret};
use crate::identity::{Lock, LockedOut, NewUser, SmbPasswordState, User, UserId};
use crate::live::{Protocol, SessionSecurity};
use crate::store::name_key;

/// A person as lists show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Person {
    /// The log-in name.
    pub name: String,
    /// The name people see.
    pub display_name: String,
    /// The security identifier, stable for ever.
    pub sid: String,
    /// Unix user id shown to SFTP clients.
    pub uid: u32,
    /// Unix group id shown to SFTP clients.
    pub gid: u32,
    /// May log in; switched off, they have no session either.
    pub enabled: bool,
    /// May use SMB.
    pub smb: bool,
    /// May use SFTP.
    pub sftp: bool,
    /// Whether the password can be used for SMB.
    pub smb_password: SmbPassword,
    /// Groups, by name.
    pub groups: Vec<String>,
    /// Fingerprints of the SSH public keys.
    pub keys: Vec<String>,
    /// When the account was made.
    #[serde(with = "crate::live::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub created: SystemTime,
    /// The last log-in.
    #[serde(with = "crate::live::timestamp::option")]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub last_login: Option<SystemTime>,
    /// Seconds until a lock-out for wrong passwords ends; `None` when not locked out.
    pub locked_seconds: Option<u64>,
    /// The address that they are locked out from; `None` when it is everywhere, or nowhere.
    #[serde(default)]
    pub locked_from: Option<IpAddr>,
}

/// Whether a person's password works for SMB (it needs a sealed secret that SFTP does not need).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum SmbPassword {
    /// It works.
    Ready,
    /// Nothing is stored for SMB: no password was set since SMB was allowed.
    Missing,
    /// The master key that sealed it is gone: the password must be set again.
    MustBeSetAgain,
}

/// Adds a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct AddPerson {
    /// The log-in name.
    pub name: String,
    /// The name people see; the log-in name when missing.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The password; without one, SSH keys are the only way in.
    #[serde(default)]
    pub password: Option<Secret>,
}

/// Changes what is given and leaves the rest.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct ChangePerson {
    /// Who.
    pub name: String,
    /// Another log-in name. Clients that keep the old one must be told.
    #[serde(default)]
    pub new_name: Option<String>,
    /// A new display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Switch the account on or off.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// May use SMB.
    #[serde(default)]
    pub smb: Option<bool>,
    /// May use SFTP.
    #[serde(default)]
    pub sftp: Option<bool>,
}

/// Sets a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct SetPassword {
    /// Whose.
    pub name: String,
    /// The new password.
    pub password: Secret,
    /// Sessions that a password opened go on, as where it was only written down anew; otherwise they end.
    #[serde(default)]
    pub keep_sessions: Option<bool>,
}

/// Names a person, a group or a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Named {
    /// Its name.
    pub name: String,
}

/// A name or address that may not log in for a while: with both, the name at that address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LockOut {
    /// The name, when one is locked out.
    pub name: Option<String>,
    /// The address, when one is locked out; with a name, only that name there.
    pub address: Option<IpAddr>,
    /// Nobody here has that name: it is a stranger's own words.
    #[serde(default)]
    pub unknown: bool,
    /// Wrong passwords counted.
    pub failures: u32,
    /// Seconds until it ends.
    pub seconds: u64,
}

fn not_the_doctor(name: &str) -> Result<(), AdminError> {
    match name_key(name) == DOCTOR_ACCOUNT {
        true => Err(taken(name)),
        false => Ok(()),
    }
}

fn taken(name: &str) -> AdminError {
    let message = format!("There is a person named {name} already.");
    AdminError::new(ErrorCode::AlreadyExists, message)
}

impl Admin {
    /// Adds a person who may use both protocols.
    ///
    /// # Errors
    /// A name or password that can't be used; the name is taken.
    pub fn add_person(&self, add: &AddPerson) -> Result<Person, AdminError> {
        not_the_doctor(&add.name)?;
        let new = NewUser {
            name: &add.name,
            display_name: add.display_name.as_deref(),
            password: add.password.as_ref().map(Secret::expose),
            smb_allowed: true,
            sftp_allowed: true,
        };
        self.identity()
            .add_user(new)
            .map_err(|error| match AdminError::from(error) {
                error if error.code == ErrorCode::AlreadyExists => {
                    taken(&add.name).hint("`landfall user passwd NAME` sets another password.")
                }
                error => error,
            })?;
        self.note_person(&add.name, format!("{} was added", add.name));
        self.person(&add.name)
    }

    /// Everyone, by name.
    ///
    /// # Errors
    /// The store's.
    pub fn people(&self) -> Result<Vec<Person>, AdminError> {
        let locks = self.identity().lock_outs();
        let users = self.identity().users()?.into_iter();
        // The doctor's own is gone when the doctor is.
        let users = users.filter(|user| name_key(&user.name) != DOCTOR_ACCOUNT);
        Ok(users.map(|user| shown(user, &locks)).collect())
    }

    /// One person.
    ///
    /// # Errors
    /// No such person.
    pub fn person(&self, name: &str) -> Result<Person, AdminError> {
        let user = self.identity().user(name).map_err(|error| self.explain(error))?;
        Ok(shown(user, &self.identity().lock_outs()))
    }

    /// Changes a person; takes effect on their sessions at once.
    ///
    /// # Errors
    /// No such person; a name that can't be used.
    pub fn change_person(&self, change: &ChangePerson) -> Result<Person, AdminError> {
        let name = &self.person(&change.name)?.name;
        let explain = |error| self.explain(error);
        if let Some(display_name) = &change.display_name {
            self.identity()
                .set_display_name(name, display_name)
                .map_err(explain)?;
            self.note_person(name, format!("{name} is now shown as {display_name}"));
        }
        if let Some(enabled) = change.enabled {
            let user = self.identity().set_enabled(name, enabled).map_err(explain)?;
            if enabled {
                self.note_person(name, format!("{name} was enabled"));
            } else {
                self.note_person(name, format!("{name} was disabled"));
                self.end_sessions(user, None);
            }
        }
        if change.smb.is_some() || change.sftp.is_some() {
            let user = self
                .identity()
                .set_protocols(name, change.smb, change.sftp)
                .map_err(explain)?;
            for (allowed, protocol, word) in [
                (change.smb, Protocol::Smb, "SMB"),
                (change.sftp, Protocol::Sftp, "SFTP"),
            ] {
                match allowed {
                    Some(true) => self.note_person(name, format!("{name} may use {word}")),
                    Some(false) => {
                        self.note_person(name, format!("{name} may not use {word} any more"));
                        self.end_sessions(user, Some(protocol));
                    }
                    None => {}
                }
            }
        }
        match change.new_name.as_ref().filter(|new| *new != name) {
            Some(new) => self.rename_person(name, new),
            None => self.person(name),
        }
    }

    fn rename_person(&self, name: &str, new: &str) -> Result<Person, AdminError> {
        not_the_doctor(new)?;
        self.identity()
            .rename_user(name, new)
            .map_err(|error| match self.explain(error) {
                error if error.code == ErrorCode::AlreadyExists => taken(new),
                error => error,
            })?;
        self.note_person(new, format!("{name} is now {new}"));
        self.person(new)
    }

    /// Sets a password for both protocols and ends a lock-out. Who knows the old one is not left inside: sessions that a
    /// password opened end, unless they are to be kept. Those of keys stay.
    ///
    /// # Errors
    /// No such person; a password that can't be used.
    pub fn set_password(&self, set: &SetPassword) -> Result<(), AdminError> {
        self.identity()
            .set_password(&set.name, set.password.expose())
            .map_err(|error| self.explain(error))?;
        let ended = match set.keep_sessions {
            Some(true) => 0,
            _ => self.end_proven(&set.name, |security| security.key.is_none()),
        };
        self.note_person(&set.name, format!("the password of {} was set", set.name));
        if ended > 0 {
            let message = format!(
                "sessions of {} that the old password opened were ended: {ended}",
                set.name
            );
            self.note_person(&set.name, message);
        }
        Ok(())
    }

    /// A strong password to offer; nothing is set by it.
    ///
    /// # Errors
    /// The operating system has no randomness to give.
    pub fn new_password(&self) -> Result<Secret, AdminError> {
        super::generate_password().map_err(|error| {
            let message = format!("No password could be made: {error}.");
            AdminError::new(ErrorCode::StoreFailed, message)
        })
    }

    /// Removes a person, their keys and grants, and ends their sessions.
    ///
    /// # Errors
    /// No such person.
    pub fn remove_person(&self, name: &str) -> Result<(), AdminError> {
        let user = self
            .identity()
            .remove_user(name)
            .map_err(|error| self.explain(error))?;
        self.note_person(name, format!("{name} was removed"));
        self.end_sessions(user, None);
        Ok(())
    }

    /// Ends a person's lock-out; not being locked out is fine.
    ///
    /// # Errors
    /// No such person, and nothing counted against that name.
    pub fn unlock_person(&self, name: &str) -> Result<(), AdminError> {
        if self.identity().unlock_name(name) {
            self.note_person(name, format!("{name} was unlocked"));
            return Ok(());
        }
        self.person(name).map(drop)
    }

    /// Names and addresses that may not log in for now, the longest first.
    pub fn lock_outs(&self) -> Vec<LockOut> {
        let locks = self.identity().lock_outs().into_iter();
        locks.map(|lock| self.lock_out(&lock)).collect()
    }

    /// Ends an address's lock-out; not being locked out is fine.
    pub fn unlock_address(&self, of: BlockedAddress) {
        if self.identity().unlock_address(of.address) {
            self.note(format!("{} was unlocked", of.address));
        }
    }

    /// Ends every lock-out; gives how many there were.
    pub fn clear_lock_outs(&self) -> usize {
        let locks = self.identity().lock_outs();
        for lock in &locks {
            let _ = match &lock.what {
                LockedOut::Name(name) | LockedOut::NameAt(name, _) => self.identity().unlock_name(name),
                LockedOut::Address(address) => self.identity().unlock_address(*address),
            };
        }
        if !locks.is_empty() {
            self.note(format!("{} lock-outs were ended", locks.len()));
        }
        locks.len()
    }

    fn lock_out(&self, lock: &Lock) -> LockOut {
        let name = lock.what.name();
        LockOut {
            unknown: name.is_some_and(|name| self.identity().principal(name).is_none()),
            name: name.map(str::to_owned),
            address: lock.what.address(),
            failures: lock.failures,
            seconds: lock.remaining.as_secs().max(1),
        }
    }

    /// Ends those sessions of a person that were proven in some way; gives how many.
    pub(super) fn end_proven(&self, name: &str, ends: impl Fn(&SessionSecurity) -> bool) -> usize {
        let user = self.identity().principal(name).and_then(|person| person.user);
        let (Some(live), Some(user)) = (self.live(), user) else {
            return 0;
        };
        live.sessions.close_proven(user.0, ends)
    }

    fn end_sessions(&self, user: UserId, protocol: Option<Protocol>) {
        let Some(live) = self.live() else { return };
        match protocol {
            None => {
                live.sessions.close_user(user.0);
            }
            Some(protocol) => live
                .sessions
                .list()
                .iter()
                .filter(|session| session.user_id == Some(user.0) && session.protocol == protocol)
                .for_each(|session| {
                    live.sessions.close(session.id);
                }),
        }
    }
}

fn shown(user: User, locks: &[Lock]) -> Person {
    let key = name_key(&user.name);
    let mut its = locks.iter().filter(|lock| lock.what.name() == Some(&key));
    // The longest comes first.
    let lock = its.clone().next();
    let everywhere = its.any(|lock| lock.what.address().is_none());
    Person {
        sid: user.sid.to_string(),
        uid: user.uid,
        gid: user.gid,
        enabled: user.enabled,
        smb: user.smb_allowed,
        sftp: user.sftp_allowed,
        smb_password: match user.smb_password {
            SmbPasswordState::Ready => SmbPassword::Ready,
            SmbPasswordState::Missing => SmbPassword::Missing,
            SmbPasswordState::KeyLost => SmbPassword::MustBeSetAgain,
        },
        groups: user.groups,
        keys: user.keys,
        created: user.created,
        last_login: user.last_login,
        locked_seconds: lock.map(|lock| lock.remaining.as_secs().max(1)),
        locked_from: lock.filter(|_| !everywhere).and_then(|lock| lock.what.address()),
        display_name: user.display_name,
        name: user.name,
    }
}
