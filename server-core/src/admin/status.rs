//! What is running, where, and what needs attention.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::sentence;
use super::{Admin, AdminError, Hardening, LockOut};
use crate::live::{LimitUse, OldDialect};
use crate::store::vault::KeyStorage;

/// The state of a data folder and of the server that runs with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Status {
    /// This program's version.
    pub version: String,
    /// The data folder.
    pub data_dir: PathBuf,
    /// A server runs with this data folder.
    pub running: bool,
    /// It accepts clients; false while sharing is stopped.
    pub sharing: bool,
    /// Sharing was to start and could not; why is among the warnings.
    #[serde(default)]
    pub failed: bool,
    /// The server's process.
    pub pid: Option<u32>,
    /// Seconds since it started.
    pub uptime_seconds: Option<u64>,
    /// What it listens on.
    pub listening: Vec<Address>,
    /// People, groups, shares.
    pub people: u64,
    /// Groups.
    pub groups: u64,
    /// Shares.
    pub shares: u64,
    /// Live sessions.
    pub sessions: u64,
    /// Files and folders open now.
    pub open_files: u64,
    /// Where the key that seals SMB secrets is kept.
    pub master_key: MasterKey,
    /// What holds around the running server besides its own care.
    #[serde(default)]
    pub hardening: Option<Hardening>,
    /// People whose password must be set again before they can use SMB.
    pub passwords_to_set_again: Vec<String>,
    /// Names and addresses that may not log in for now.
    pub lock_outs: Vec<LockOut>,
    /// What is limited, how full it is, and by whom; nothing while no server runs.
    #[serde(default)]
    pub limits: Vec<LimitUse>,
    /// Clients that speak SMB 2.x, now or lately: `smb.min-dialect` decides whether they may.
    #[serde(default)]
    pub old_dialects: Vec<OldDialect>,
    /// What a person should look at, one sentence each.
    pub warnings: Vec<String>,
}

/// Something the server listens on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Address {
    /// "smb", "sftp" or "netbios".
    pub protocol: String,
    /// The socket address it is bound to.
    pub address: std::net::SocketAddr,
    /// What to type into a client: `smb://host:port/`.
    pub url: String,
}

/// Where the master key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum MasterKey {
    /// In the operating system's keyring.
    Keyring,
    /// In a file that only its owner can read, because no keyring was there.
    File,
}

impl Admin {
    /// What is running, where, and what needs attention.
    ///
    /// # Errors
    /// The store's.
    pub fn status(&self) -> Result<Status, AdminError> {
        let listening = self
            .live()
            .map(|live| live.server.listening())
            .unwrap_or_default();
        let sessions = self.sessions();
        let passwords_to_set_again = self.identity().passwords_to_set_again()?;
        let shares = self.shares();
        let vault = self.identity().vault().status();

        let mut warnings = listening.notes;
        if self.data_folder_is_full() {
            warnings.push(format!(
                "The disk of the data folder is full: attributes, settings and records can't be kept until there is room in {}.",
                self.store().data_dir().display()
            ));
        }
        if let (KeyStorage::File, Some(problem)) = (vault.storage, &vault.keyring_problem) {
            warnings.push(format!(
                "The key that seals SMB passwords is in a file, because the keyring can't be used: {problem}."
            ));
        }
        if !passwords_to_set_again.is_empty() {
            let names = passwords_to_set_again.join(", ");
            warnings.push(format!(
                "The key that sealed SMB passwords is gone; set them again for: {names}. SFTP works."
            ));
        }
        let unavailable = shares
            .iter()
            .filter_map(|share| Some((share, share.unavailable?)));
        warnings.extend(unavailable.map(|(share, why)| sentence(&why.told_of(&share.name, &share.folder))));
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: self.store().data_dir().to_path_buf(),
            running: self.live().is_some(),
            sharing: listening.sharing,
            failed: listening.failed,
            pid: self.live().map(|_| std::process::id()),
            uptime_seconds: self.live().map(|live| live.server.uptime().as_secs()),
            listening: listening.addresses,
            people: count(self.people()?.len()),
            groups: count(self.identity().groups().len()),
            shares: count(shares.len()),
            sessions: count(sessions.len()),
            open_files: sessions.iter().map(|session| session.open_files).sum(),
            master_key: match vault.storage {
                KeyStorage::Keyring => MasterKey::Keyring,
                KeyStorage::File => MasterKey::File,
            },
            hardening: self.live().map(|live| live.server.hardening()),
            passwords_to_set_again,
            lock_outs: self.lock_outs(),
            limits: self
                .live()
                .map(|live| live.sessions.limits().list())
                .unwrap_or_default(),
            old_dialects: self
                .live()
                .map(|live| live.sessions.old_dialects())
                .unwrap_or_default(),
            warnings,
        })
    }
}

impl Admin {
    /// Whether the disk of the data folder has no room. What waits to be written is tried first: it tells.
    pub(super) fn data_folder_is_full(&self) -> bool {
        if let Some(live) = self.live().filter(|_| self.store().is_full()) {
            live.server.flush_activity();
        }
        self.store().is_full()
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
