//! The activity list: what happened, newest last.

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError};
use crate::live::ActivityRecord;

/// The most records in one answer.
const MOST: usize = 10_000;

/// Which part of the activity list to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityQuery {
    /// At most this many, the newest.
    #[serde(default = "default_limit")]
    pub limit: u32,
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

fn default_limit() -> u32 {
    100
}
