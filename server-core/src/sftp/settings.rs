//! What can be set of the SFTP server, and what it works with.

use std::sync::Arc;
use std::time::Duration;

use russh::keys::PrivateKey;
use tokio::sync::Semaphore;

use crate::identity::Identity;
use crate::live::{Current, Events, Protocol, Sessions};
use crate::vfs::Engine;

/// How a session shows that it came by password.
pub(super) const BY_PASSWORD: &str = "password";

/// Settings of the SFTP server; read at each connection.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub settings: Current<SftpSettings>,
    /// One for each processor: strangers are worked for while they have one.
    pub(super) turns: Arc<Semaphore>,
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
        let turns = std::thread::available_parallelism().map_or(1, usize::from);
        let settings = Current::new(SftpSettings::default());
        Arc::new(Self {
            engine,
            identity,
            sessions,
            events,
            host_keys,
            settings,
            turns: Arc::new(Semaphore::new(turns)),
        })
    }

    /// Ends the sessions of people who logged in by password.
    pub(crate) fn end_sessions_by_password(&self) {
        for session in self.sessions.list() {
            if session.protocol == Protocol::Sftp && session.security.authentication == BY_PASSWORD {
                self.sessions.close(session.id);
            }
        }
    }
}
