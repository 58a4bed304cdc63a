//! What the admin API needs of a running server, which is a storey above it.

use std::fmt::Debug;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Address, AdminError, Settings};
use crate::live::TrafficSample;
use crate::sandbox::{FileSystemGuard, Privileges};

/// What a server listens on now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listening {
    /// Clients are accepted; false while sharing is stopped.
    pub sharing: bool,
    /// Sharing was to start and could not; why is in the notes.
    pub failed: bool,
    /// The addresses.
    pub addresses: Vec<Address>,
    /// What went wrong or differently when they were bound, one sentence each.
    pub notes: Vec<String>,
}

/// A key by which SSH clients know the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HostKey {
    /// "ssh-ed25519", "ssh-rsa".
    pub algorithm: String,
    /// `SHA256:…`, as clients show it.
    pub fingerprint: String,
    /// The line for a device that wants the server's public key beforehand.
    pub public_key: String,
}

/// What holds around the server besides its own care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Hardening {
    /// What the threads that serve clients can open.
    pub file_system: FileSystemGuard,
    /// What the process may do beyond its account.
    pub privileges: Privileges,
}

/// A running server. Its methods may block.
pub trait RunningServer: Debug + Send + Sync {
    /// What it listens on.
    fn listening(&self) -> Listening;

    /// What holds around it.
    fn hardening(&self) -> Hardening;

    /// How long it has been running.
    fn uptime(&self) -> Duration;

    /// The file content carried in each of the last seconds, oldest first.
    fn traffic(&self) -> Vec<TrafficSample>;

    /// Its SSH keys, preferred first.
    fn host_keys(&self) -> Vec<HostKey>;

    /// Puts settings into force, except those that need sharing to be restarted.
    fn apply(&self, settings: &Settings);

    /// Puts what happened so far into the store.
    fn flush_activity(&self);

    /// Starts or stops sharing; true is returned when that changed something.
    ///
    /// # Errors
    /// An address can't be listened on.
    fn set_sharing(&self, on: bool) -> Result<bool, AdminError>;
}
