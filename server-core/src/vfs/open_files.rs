//! Who has what open, for people who want to see it, and to end it.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::machine::LeaseState;
use super::open_table::OpenSummary;
use crate::live::LiveSessionId;
use crate::security::AccessMask;

/// An open file or folder, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OpenFileInfo {
    /// Names it as long as it is open.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub id: u64,
    /// The share.
    pub share: String,
    /// The path in it.
    pub path: String,
    /// Whether it is a folder.
    pub directory: bool,
    /// Whether it may be written through this open.
    pub writes: bool,
    /// What its client keeps a copy of; `None` when it caches nothing.
    pub caching: Option<CachingInfo>,
    /// Parts of it that are locked through this open.
    pub locks: u32,
    /// It waits for its client when that loses its connection.
    pub durable: bool,
}

/// What a client caches of something that it has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CachingInfo {
    /// Under a lease, which several opens share; else by an oplock.
    pub lease: bool,
    /// What it has read.
    pub reads: bool,
    /// What it is going to write.
    pub writes: bool,
    /// That it is open, when its program has closed it.
    pub handles: bool,
    /// It was asked to cache less and has yet to answer.
    pub breaking: bool,
}

/// Something that is open for a client that lost its connection and may come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WaitingFile {
    /// What is open.
    pub file: OpenFileInfo,
    /// The person who has it open.
    pub user: String,
    /// Since when the client is away.
    #[serde(with = "crate::live::timestamp")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub since: SystemTime,
}

impl Engine {
    /// What a session has open, in the order of opening.
    pub fn open_files(&self, session: LiveSessionId) -> Vec<OpenFileInfo> {
        let opens = self.opens().opens_of(session);
        opens.into_iter().map(|open| self.shown(&open)).collect()
    }

    /// What is open for clients that are away, in the order of opening.
    pub fn waiting_files(&self) -> Vec<WaitingFile> {
        let waiting = self.opens().away().into_iter();
        let shown = waiting.filter_map(|open| {
            let of = self.opens().held_by(open.id)?;
            Some(WaitingFile {
                file: self.shown(&open),
                user: of.user,
                since: of.away?,
            })
        });
        shown.collect()
    }

    fn shown(&self, open: &OpenSummary) -> OpenFileInfo {
        let caching = &open.caching;
        OpenFileInfo {
            id: open.id,
            share: self.share_name(open.place.share),
            path: open.place.path.to_string(),
            directory: open.directory,
            writes: open
                .granted
                .intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA),
            caching: (!caching.state.is_empty()).then(|| CachingInfo {
                lease: open.leased,
                reads: caching.state.contains(LeaseState::READ),
                writes: caching.state.contains(LeaseState::WRITE),
                handles: caching.state.contains(LeaseState::HANDLE),
                breaking: caching.breaking,
            }),
            locks: open.locks,
            durable: self.opens().held_by(open.id).is_some_and(|of| of.durable),
        }
    }

    /// Closes one of a session's opens: its client finds the handle closed. What was closed comes back.
    pub fn close_file(&self, session: LiveSessionId, id: u64) -> Option<OpenFileInfo> {
        let shown = self.open_files(session).into_iter().find(|open| open.id == id)?;
        self.opens().close_unasked(id).then_some(shown)
    }

    /// Closes what is open for a client that is away: it finds nothing when it comes back. What was closed comes back.
    pub fn close_waiting(&self, id: u64) -> Option<WaitingFile> {
        let mut waiting = self.waiting_files().into_iter();
        let shown = waiting.find(|waiting| waiting.file.id == id)?;
        self.opens().close_if_away(id).then_some(shown)
    }
}
