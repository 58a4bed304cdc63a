//! What can be set of the SFTP server, and what it works with.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use russh::keys::PrivateKey;

use crate::identity::Identity;
use crate::live::{Events, Sessions};
use crate::vfs::Engine;

/// Settings of the SFTP server; read at each connection.
#[derive(Debug, Clone)]
pub struct SftpSettings {
    /// How long a client may take to log in.
    pub login_grace: Duration,
    /// A connection that is silent for so long is closed; `None` for never.
    pub idle_timeout: Option<Duration>,
    /// Log-in attempts on one connection.
    pub max_auth_tries: usize,
    /// Passwords are accepted besides keys.
    pub password_allowed: bool,
    /// Shown before the log-in.
    pub banner: Option<String>,
}

impl Default for SftpSettings {
    fn default() -> Self {
        Self {
            login_grace: Duration::from_secs(120),
            idle_timeout: None,
            max_auth_tries: 6,
            password_allowed: true,
            banner: None,
        }
    }
}

/// What the SFTP server works with.
#[derive(Debug)]
pub struct SftpContext {
    /// The file engine.
    pub engine: Engine,
    /// People.
    pub identity: Identity,
    /// Live sessions of both protocols.
    pub sessions: Sessions,
    /// Events.
    pub events: Events,
    /// Who this server is.
    pub host_keys: Vec<PrivateKey>,
    /// Settings, changed live.
    pub settings: ArcSwap<SftpSettings>,
}

impl SftpContext {
    /// A context.
    pub fn new(
        engine: Engine,
        identity: Identity,
        sessions: Sessions,
        events: Events,
        host_keys: Vec<PrivateKey>,
    ) -> Arc<Self> {
        let settings = ArcSwap::from_pointee(SftpSettings::default());
        Arc::new(Self {
            engine,
            identity,
            sessions,
            events,
            host_keys,
            settings,
        })
    }
}
