//! Typed events, sent from anywhere and received by the admin API, the GUI and tests.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use super::deeds::Deeds;
use super::refusals::Refusals;
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
    /// A second in which refusals were counted that no record tells of yet: who is locked out may have changed.
    RefusalsCounted,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// A file or folder that was marked for deletion stayed: the right to delete it was gone by then.
    NotDeleted,
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
    /// How often it happened within a minute. Of refusals only the first is told at once.
    #[serde(default = "once")]
    pub count: u32,
    /// The name is one that nobody here has: a stranger's own words.
    #[serde(default)]
    pub unknown_user: bool,
    /// The same in each telling of one count, zero where nothing is counted.
    #[serde(skip)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub(crate) tally: u64,
}

fn once() -> u32 {
    1
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
            count: 1,
            unknown_user: false,
            tally: 0,
        }
    }
}

/// The engine's event bus. Cloning is cheap; sending never blocks and never fails.
#[derive(Debug, Clone)]
pub struct Events(Arc<Bus>);

/// Lock order: both are leaves.
#[derive(Debug)]
struct Bus {
    sender: broadcast::Sender<Event>,
    refusals: Mutex<Refusals>,
    deeds: Mutex<Deeds>,
}

impl Events {
    /// A bus without receivers.
    pub fn new() -> Self {
        Self(Arc::new(Bus {
            sender: broadcast::channel(EVENT_BACKLOG).0,
            refusals: Mutex::new(Refusals::new(Instant::now())),
            deeds: Mutex::default(),
        }))
    }

    /// Sends to whoever listens; nobody listening is fine. Refusals are counted: what is the same within a minute is
    /// told at its beginning, and with its count at its end.
    pub fn send(&self, event: Event) {
        match event {
            Event::Activity(record) if is_counted(&record) => self.refused(record, None),
            event => {
                if let Event::Activity(record) = &event
                    && record.kind.is_deed()
                {
                    self.0.deeds.lock().note(record);
                }
                let _ = self.0.sender.send(event);
            }
        }
    }

    /// Sends a refusal whose sentence has a number that changes; refusals with the same `reason` are counted together.
    pub(crate) fn refused(&self, record: ActivityRecord, reason: Option<&str>) {
        let told = self.0.refusals.lock().take(record, reason, Instant::now());
        self.tell(told);
    }

    /// Tells, once for all of them, that refusals were only counted since this was called last.
    pub(crate) fn tell_of_counted_refusals(&self) {
        if self.0.refusals.lock().take_untold() {
            self.send(Event::RefusalsCounted);
        }
    }

    /// When refusals have been counted for a minute next, and `end_refusals` is wanted.
    pub(crate) fn next_end_of_refusals(&self) -> Option<Instant> {
        self.0.refusals.lock().next_end()
    }

    /// Tells of what happened more than once, where the minute is over.
    pub(crate) fn end_refusals(&self, now: Instant) {
        let told = self.0.refusals.lock().end(now);
        self.tell(told);
    }

    /// Refusals whose count grew since this was asked last.
    pub(crate) fn grown_refusals(&self) -> Vec<ActivityRecord> {
        self.0.refusals.lock().grown()
    }

    /// Keeps deeds from now on, for `take_deeds`.
    pub(crate) fn keep_deeds(&self) {
        self.0.deeds.lock().keep();
    }

    /// The deeds since the last time, and how many were lost.
    pub(crate) fn take_deeds(&self) -> (Vec<ActivityRecord>, u64) {
        self.0.deeds.lock().take()
    }

    /// Everything sent from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.sender.subscribe()
    }

    fn tell(&self, records: Vec<ActivityRecord>) {
        for record in records {
            let _ = self.0.sender.send(Event::Activity(record));
        }
    }
}

/// What anybody can cause as often as they like: refusals, and the log-ins of guests.
fn is_counted(record: &ActivityRecord) -> bool {
    match record.kind {
        ActivityKind::LogInRefused | ActivityKind::AccessRefused | ActivityKind::NotDeleted => true,
        ActivityKind::LoggedIn => record.user.is_none(),
        _ => false,
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}
