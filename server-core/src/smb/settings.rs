//! What can be set of the SMB server, and what it works with.

use std::sync::Arc;
use std::time::Duration;

use super::state::{Clients, Opens, SessionTable};
pub use super::wire::dialect::Dialect;
pub use super::work_limits::{Bound, WorkLimits};
use crate::identity::Identity;
use crate::live::{Current, Events, Sessions};
use crate::net::Interfaces;
use crate::vfs::{CloseUnasked, Engine};

/// Whether sessions are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Never, except for shares that require it.
    Off,
    /// For clients that ask for it.
    Offered,
    /// Everything; clients that can't are refused.
    Required,
}

/// How many credits clients get: how many requests they may have under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditStrategy {
    /// Always as many as brings the client to this number.
    Fixed(u16),
    /// What the client asks for, between these.
    Adaptive {
        /// Always left to a client.
        minimum: u16,
        /// Never exceeded.
        maximum: u16,
    },
}

impl CreditStrategy {
    /// As generous as Windows and Samba are.
    pub const ADAPTIVE: Self = Self::Adaptive {
        minimum: 1,
        maximum: 8192,
    };
}

/// Settings of the SMB server; read at each connection and request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmbSettings {
    /// The name that clients are told: of at most 15 letters, digits and hyphens.
    pub computer_name: String,
    /// Another name that clients may know this computer by.
    pub host_name: String,
    /// The oldest dialect served.
    pub minimum_dialect: Dialect,
    /// The newest dialect served.
    pub maximum_dialect: Dialect,
    /// Named people must sign.
    pub require_signing: bool,
    /// Encryption.
    pub encryption: Encryption,
    /// Credits.
    pub credits: CreditStrategy,
    /// Largest READ, WRITE and transaction in bytes, from 2.1 on.
    pub max_io: u32,
    /// How much clients may have under way; it holds from the start of the server on.
    pub work: WorkLimits,
    /// Sessions on one connection.
    pub sessions_per_connection: usize,
    /// How long a log-in lasts before the client must prove again who it is; `None` for ever.
    pub session_lifetime: Option<Duration>,
    /// How long a connection may stay without a session.
    pub login_grace: Duration,
    /// A connection that has nothing open and is silent for so long is closed; `None` for never.
    pub idle_timeout: Option<Duration>,
}

impl Default for SmbSettings {
    fn default() -> Self {
        Self {
            computer_name: "LANDFALL".to_owned(),
            host_name: String::new(),
            minimum_dialect: Dialect::Smb202,
            maximum_dialect: Dialect::Smb311,
            require_signing: true,
            encryption: Encryption::Offered,
            credits: CreditStrategy::ADAPTIVE,
            max_io: 8 << 20,
            work: WorkLimits::default(),
            sessions_per_connection: 64,
            session_lifetime: None,
            login_grace: Duration::from_secs(60),
            idle_timeout: None,
        }
    }
}

/// What the SMB server works with.
#[derive(Debug)]
pub struct SmbContext {
    /// The file engine.
    pub engine: Engine,
    /// People.
    pub identity: Identity,
    /// Live sessions of both protocols.
    pub sessions: Sessions,
    /// Events.
    pub events: Events,
    /// Settings, changed live.
    pub settings: Current<SmbSettings>,
    /// This server's GUID, stable.
    pub server_guid: [u8; 16],
    /// SMB sessions by id; a session can outlive its connection.
    pub(super) table: SessionTable,
    /// SMB clients by GUID.
    pub(super) clients: Clients,
    /// What is open, of all sessions.
    pub(super) opens: Arc<Opens>,
    /// The ways in that clients are told of.
    pub(super) interfaces: Arc<Interfaces>,
}

impl SmbContext {
    /// A context with empty tables.
    pub fn new(
        engine: Engine,
        identity: Identity,
        sessions: Sessions,
        events: Events,
        settings: SmbSettings,
        server_guid: [u8; 16],
    ) -> Arc<Self> {
        settings.work.set(sessions.limits());
        Arc::new(Self {
            engine,
            identity,
            sessions,
            events,
            settings: Current::new(settings),
            server_guid,
            table: SessionTable::default(),
            clients: Clients::default(),
            opens: Arc::new(Opens::new()),
            interfaces: Arc::default(),
        })
    }

    /// Sharing begins: clients may come back for what they leave from now on.
    pub fn begin(&self) {
        self.opens.keep(true);
    }

    /// Closes what waits for clients that are away: nobody is to come back any more, and what they had open may be on a
    /// disk that people want to take along. There is no session any more.
    pub fn let_go(&self) {
        self.opens.keep(false);
        for open in self.opens.all() {
            open.close_unasked();
        }
    }

    /// Puts settings into force: for what comes, and for the sessions that there are. Those that do not meet them end at
    /// once; their clients come again by themselves, and then as is demanded.
    pub fn apply(&self, settings: SmbSettings) {
        self.settings.set(settings);
        let settings = self.settings.get();
        for session in self.table.all() {
            if !session.meets(&settings) {
                session.live.closing().cancel();
            }
        }
    }
}
