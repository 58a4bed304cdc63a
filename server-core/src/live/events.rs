//! Typed events, sent from anywhere and received by the admin API, the GUI and tests.

use std::net::IpAddr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use super::session_info::{LiveSessionId, Protocol, SessionInfo};

/// How many events a slow receiver may fall behind before it loses the oldest.
const EVENT_BACKLOG: usize = 4096;

/// Something that happened in the engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A client authenticated.
    SessionOpened(SessionInfo),
    /// A session ended, for whatever reason.
    SessionClosed {
        /// The session that ended.
        id: LiveSessionId,
    },
    /// Something a person may want to read in the activity list.
    Activity(ActivityRecord),
    /// People, groups, shares, grants or settings changed; readers fetch what they show again.
    ConfigurationChanged,
    /// A listener started or stopped.
    ListenersChanged,
    /// A second in which file content was carried, and the first one after it.
    Traffic(TrafficSample),
    /// A second in which no file content was carried, but clients opened, closed or asked something.
    SessionsActive,
}

/// File content carried in one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TrafficSample {
    /// The end of that second.
    #[serde(with = "super::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: SystemTime,
    /// Bytes received from clients.
    pub bytes_in: u64,
    /// Bytes sent to clients.
    pub bytes_out: u64,
}

/// What an activity record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum ActivityKind {
    /// A person or guest logged in.
    LoggedIn,
    /// A log-in was refused.
    LogInRefused,
    /// A session ended.
    LoggedOut,
    /// A share was entered.
    ShareEntered,
    /// A share, file or operation was refused.
    AccessRefused,
    /// A file was created or overwritten.
    FileWritten,
    /// A file was not written to its end, or what was put off until it was closed could not be done.
    Unfinished,
    /// A folder was created.
    FolderCreated,
    /// A file or folder was removed.
    Removed,
    /// A file or folder was renamed or moved.
    Renamed,
    /// People, shares, grants or settings were changed.
    Administered,
    /// The server started, stopped or could not listen.
    Server,
}

/// One line of the activity list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ActivityRecord {
    /// When it happened.
    #[serde(with = "super::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: SystemTime,
    /// What it is about.
    pub kind: ActivityKind,
    /// The protocol it came in by, if any.
    pub protocol: Option<Protocol>,
    /// The person, by name as they gave it.
    pub user: Option<String>,
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// The share concerned.
    pub share: Option<String>,
    /// The path inside the share, with forward slashes.
    pub path: Option<String>,
    /// A sentence for a person: what happened and, for a refusal, why.
    pub message: String,
}

impl ActivityRecord {
    /// A record of `kind` with nothing but a sentence, stamped now.
    pub fn new(kind: ActivityKind, message: impl Into<String>) -> Self {
        Self {
            at: SystemTime::now(),
            kind,
            protocol: None,
            user: None,
            address: None,
            share: None,
            path: None,
            message: message.into(),
        }
    }
}

/// The engine's event bus. Cloning is cheap; sending never blocks and never fails.
#[derive(Debug, Clone)]
pub struct Events(broadcast::Sender<Event>);

impl Events {
    /// A bus without receivers.
    pub fn new() -> Self {
        Self(broadcast::channel(EVENT_BACKLOG).0)
    }

    /// Sends to whoever listens; nobody listening is fine.
    pub fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }

    /// Everything sent from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}
