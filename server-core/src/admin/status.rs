//! What is running, where, and what needs attention.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::LockOut;

/// The state of a data folder and of the server that runs with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// This program's version.
    pub version: String,
    /// The data folder.
    pub data_dir: PathBuf,
    /// A server runs with this data folder.
    pub running: bool,
    /// It accepts clients; false while sharing is stopped.
    pub sharing: bool,
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
    /// People whose password must be set again before they can use SMB.
    pub passwords_to_set_again: Vec<String>,
    /// Names and addresses that may not log in for now.
    pub lock_outs: Vec<LockOut>,
    /// What a person should look at, one sentence each.
    pub warnings: Vec<String>,
}

/// Something the server listens on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(rename_all = "kebab-case")]
pub enum MasterKey {
    /// In the operating system's keyring.
    Keyring,
    /// In a file that only its owner can read, because no keyring was there.
    File,
}
