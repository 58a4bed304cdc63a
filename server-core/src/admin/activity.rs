//! The activity list: what happened, newest last.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError};
use crate::live::{ActivityKind, ActivityRecord, Protocol, SessionInfo};
use crate::store::{ActivityFilter, StoredActivity};

/// A session's own log-in is recorded within so long of its beginning.
const AT_THE_SAME_TIME: Duration = Duration::from_secs(2);
/// The most records in one answer.
const MOST: usize = 10_000;

/// Which part of the activity list to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ActivityQuery {
    /// At most this many, the newest.
    #[serde(default = "default_limit")]
    pub limit: u32,
}

/// Which records to find. What is missing or empty does not narrow the search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(default)]
pub struct ActivitySearch {
    /// A part of the sentence, path, name or address.
    pub text: Option<String>,
    /// Any of these kinds.
    pub kinds: Option<Vec<ActivityKind>>,
    /// Of this person.
    pub user: Option<String>,
    /// In this share.
    pub share: Option<String>,
    /// By this protocol.
    pub protocol: Option<Protocol>,
    /// Not before.
    #[serde(with = "crate::live::timestamp::option")]
    #[cfg_attr(feature = "typescript", ts(type = "string", optional = nullable))]
    pub since: Option<SystemTime>,
    /// Not after this record, so that pages stay in place while new records arrive.
    pub newest: Option<i64>,
    /// So many matches are skipped.
    pub offset: Option<u32>,
    /// At most so many are given; 100 when missing.
    pub limit: Option<u32>,
}

/// A part of the matches.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ActivityPage {
    /// All matches.
    pub total: u64,
    /// Those asked for, newest first.
    pub records: Vec<StoredActivity>,
}

impl Default for ActivityQuery {
    fn default() -> Self {
        Self {
            limit: default_limit(),
        }
    }
}

impl Admin {
    /// The newest records, oldest of them first.
    ///
    /// # Errors
    /// The store's.
    pub fn activity(&self, query: &ActivityQuery) -> Result<Vec<ActivityRecord>, AdminError> {
        if let Some(live) = self.live() {
            live.server.flush_activity();
        }
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX).min(MOST);
        let newest_first = self.store().latest_activity(limit)?;
        Ok(newest_first
            .into_iter()
            .rev()
            .map(|stored| stored.record)
            .collect())
    }
}

impl Admin {
    /// Whether the person of a session logged in from that address before, as far as the list goes back.
    ///
    /// # Errors
    /// The store's.
    pub fn has_visited(&self, session: &SessionInfo) -> Result<bool, AdminError> {
        let address = session.address.ip().to_canonical();
        let before = session.since - AT_THE_SAME_TIME;
        Ok(self.store().logged_in_before(&session.user, address, before)?)
    }

    /// The records that match, newest first.
    ///
    /// # Errors
    /// The store's.
    pub fn find_activity(&self, search: &ActivitySearch) -> Result<ActivityPage, AdminError> {
        if let Some(live) = self.live() {
            live.server.flush_activity();
        }
        let filter = ActivityFilter {
            text: search.text.as_deref().filter(|text| !text.is_empty()),
            kinds: search.kinds.as_deref().unwrap_or_default(),
            user: search.user.as_deref(),
            share: search.share.as_deref(),
            protocol: search.protocol,
            since: search.since,
            newest: search.newest,
        };
        let limit = usize::try_from(search.limit.unwrap_or_else(default_limit)).unwrap_or(MOST);
        let offset = usize::try_from(search.offset.unwrap_or_default()).unwrap_or(usize::MAX);
        Ok(ActivityPage {
            total: self.store().count_activity(&filter)?,
            records: self.store().find_activity(&filter, offset, limit.min(MOST))?,
        })
    }
}

fn default_limit() -> u32 {
    100
}
