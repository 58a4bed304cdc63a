//! The doctor: looks at everything that commonly keeps clients out, and says of each whether it is well.
//! What it finds are values; whoever shows them has the sentences.

mod addresses;
mod clock;
mod firewall;

use serde::{Deserialize, Serialize};

use super::disks::Look;
use super::{Admin, AdminError, Hardening, MasterKey, Share, Status, Unavailable};
use crate::identity::Permission;
use crate::sandbox::{FileSystemGuard, Privileges};

pub use self::addresses::DOCTOR_ACCOUNT;

/// Disks with less than this, and less than a twentieth, are nearly full.
const LITTLE_SPACE: u64 = 5_000_000_000;
const SMALL_PART: u64 = 20;
/// The database wants this much at once.
const NO_SPACE: u64 = 1_000_000;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Check {
    /// What was looked at.
    pub kind: CheckKind,
    /// How it is.
    pub outcome: Outcome,
    /// Which one: an address, a share, a person.
    pub subject: Option<String>,
    /// More about it: what an error said, what is left, where it is.
    pub detail: Option<String>,
}

/// What the doctor looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// Clients are let in.
    Sharing,
    /// SMB is on its own port, which Explorer needs. The detail is the port it is on.
    SmbPort,
    /// Something was amiss when addresses were bound. The detail says what.
    Listening,
    /// A shown address answers. The subject is the address, the detail what an error said.
    Reachable,
    /// A log-in at a shown address succeeds, as a client's would. The subject is the address, the detail what was
    /// spoken, or why it failed.
    LogIn,
    /// Another computer could reach this one: the address is not one of this computer alone.
    Network,
    /// A firewall is on. The subject is its name, the detail the ports it must let through.
    Firewall,
    /// The clock. The subject is the time server it was compared with, if one answered; the detail how many seconds
    /// it is behind, or what it shows when that can't be.
    Clock,
    /// Where the key that seals SMB passwords is.
    Keyring,
    /// Threads that serve clients can open shared folders and the database alone. The detail is what holds it.
    Sandbox,
    /// The process may do nothing beyond its account. The detail is "files-of-others" where it runs as root.
    Privileges,
    /// Someone's password must be set again. The subject is who.
    Password,
    /// Someone may log in.
    People,
    /// A share's folder is there and may be used. The subject is the share, the detail the folder.
    Folder,
    /// Someone may use a share. The subject is the share.
    Grants,
    /// The share's folder is not inside another share's, whose people would come in by that way too. The subject is the
    /// share, the detail the other.
    Nested,
    /// The disk of a share has room. The detail is how many bytes are left.
    Space,
    /// The disk of Landfall's own data has room. The detail is how many bytes are left.
    DataSpace,
    /// Someone is locked out. The subject is who or where.
    LockOut,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Well.
    Pass,
    /// Works, but something is better known.
    Warn,
    /// Keeps clients out.
    Fail,
}

impl Check {
    fn new(kind: CheckKind, outcome: Outcome) -> Self {
        Self {
            kind,
            outcome,
            subject: None,
            detail: None,
        }
    }

    fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl Admin {
    /// Looks at everything. Takes a few seconds where an address does not answer.
    ///
    /// # Errors
    /// The store's.
    pub fn examine(&self) -> Result<Vec<Check>, AdminError> {
        let status = self.status()?;
        let mut checks = vec![sharing(&status)];
        if let Some(live) = self.live() {
            let notes = live.server.listening().notes.into_iter();
            checks.extend(notes.map(|note| Check::new(CheckKind::Listening, Outcome::Warn).with(note)));
        }
        checks.extend(addresses::checks(self, &status.listening));
        checks.push(firewall::check(&status.listening));
        checks.push(clock::check(clock::TIME_SERVER));
        checks.push(match status.master_key {
            MasterKey::Keyring => Check::new(CheckKind::Keyring, Outcome::Pass),
            MasterKey::File => Check::new(CheckKind::Keyring, Outcome::Warn),
        });
        checks.extend(status.hardening.iter().flat_map(hardening));
        checks.extend(self.people_checks(&status)?);
        for (share, look) in &self.shares_and_disks() {
            checks.push(folder(share, look));
            if let Some(around) = &share.inside_of {
                checks.push(
                    Check::new(CheckKind::Nested, Outcome::Warn)
                        .of(&share.name)
                        .with(around),
                );
            }
            checks.push(self.grants_check(share)?);
        }
        checks.extend(self.data_space());
        // A file system without any is none of a disk.
        let disks = self.space().into_iter().filter(|space| space.total > 0);
        checks.extend(disks.map(|space| {
            let little = space.free < LITTLE_SPACE && space.free < space.total / SMALL_PART;
            let outcome = if little { Outcome::Warn } else { Outcome::Pass };
            Check::new(CheckKind::Space, outcome)
                .of(space.share)
                .with(space.free.to_string())
        }));
        Ok(checks)
    }

    /// Whether there is room for what Landfall itself keeps.
    fn data_space(&self) -> Option<Check> {
        let data = self.store().data_dir();
        let (total, free) = self.looks([data]).pop()?.space.filter(|(total, _)| *total > 0)?;
        let outcome = if self.data_folder_is_full() || free < NO_SPACE {
            Outcome::Fail
        } else if free < LITTLE_SPACE && free < total / SMALL_PART {
            Outcome::Warn
        } else {
            Outcome::Pass
        };
        Some(Check::new(CheckKind::DataSpace, outcome).with(free.to_string()))
    }

    fn people_checks(&self, status: &Status) -> Result<Vec<Check>, AdminError> {
        let able = self.people()?.iter().any(|person| person.enabled);
        let mut checks = vec![Check::new(
            CheckKind::People,
            if able { Outcome::Pass } else { Outcome::Fail },
        )];
        for name in &status.passwords_to_set_again {
            checks.push(Check::new(CheckKind::Password, Outcome::Fail).of(name));
        }
        for lock in &status.lock_outs {
            let address = lock.address.map(|address| address.to_string());
            let who = lock.name.clone().or(address).unwrap_or_default();
            checks.push(Check::new(CheckKind::LockOut, Outcome::Warn).of(who));
        }
        Ok(checks)
    }

    /// Whether anyone at all may enter a share.
    fn grants_check(&self, share: &Share) -> Result<Check, AdminError> {
        let someone = share.guest
            || self
                .share_access(&share.name)?
                .iter()
                .any(|access| access.permission > Permission::None);
        let outcome = if someone { Outcome::Pass } else { Outcome::Warn };
        Ok(Check::new(CheckKind::Grants, outcome).of(&share.name))
    }
}

/// What the system has is used, and what it doesn't have is no fault.
fn hardening(hardening: &Hardening) -> [Check; 2] {
    let sandbox = Check::new(CheckKind::Sandbox, Outcome::Pass);
    let privileges = Check::new(CheckKind::Privileges, Outcome::Pass);
    [
        match hardening.file_system {
            FileSystemGuard::Landlock { abi } => sandbox.with(format!("Landlock {abi}")),
            FileSystemGuard::Unsupported if !cfg!(target_os = "linux") => sandbox,
            FileSystemGuard::Unsupported | FileSystemGuard::Off | FileSystemGuard::Failed => Check {
                outcome: Outcome::Warn,
                ..sandbox
            },
        },
        match hardening.privileges {
            Privileges::None | Privileges::NotHandled => privileges,
            Privileges::FilesOfOthers => Check {
                outcome: Outcome::Warn,
                ..privileges.with("files-of-others")
            },
            Privileges::Kept => Check {
                outcome: Outcome::Warn,
                ..privileges
            },
        },
    ]
}

fn sharing(status: &Status) -> Check {
    let outcome = if status.sharing {
        Outcome::Pass
    } else {
        Outcome::Fail
    };
    Check::new(CheckKind::Sharing, outcome)
}

fn folder(share: &Share, look: &Look) -> Check {
    let shown = share.folder.display().to_string();
    let check = Check::new(CheckKind::Folder, Outcome::Pass).of(&share.name);
    if let Some(why) = share.unavailable.filter(|why| *why != Unavailable::Missing) {
        return Check {
            outcome: Outcome::Fail,
            ..check.with(why.told_of(&share.name, &share.folder))
        };
    }
    match &look.unlisted {
        None if share.read_only || look.writable => check.with(shown),
        None => Check {
            outcome: Outcome::Warn,
            ..check.with(shown)
        },
        Some(error) => Check {
            outcome: Outcome::Fail,
            ..check.with(format!("{shown}: {error}"))
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_share_whose_folder_is_gone_fails() {
        let root = tempfile::tempdir().unwrap();
        let share = |folder: &Path| Share {
            name: "Scans".to_owned(),
            folder: folder.to_path_buf(),
            comment: String::new(),
            default_permission: Permission::None,
            guest: false,
            read_only: false,
            encrypt: false,
            hidden: false,
            upload_only: false,
            available: true,
            unavailable: None,
            inside_of: None,
            holds: Vec::new(),
        };
        let check = |at: &Path| folder(&share(at), &Look::at(at, None)).outcome;
        assert_eq!(check(root.path()), Outcome::Pass);
        assert_eq!(check(&root.path().join("gone")), Outcome::Fail);
    }
}
