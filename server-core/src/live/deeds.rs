//! A queue of its own for what people and administrators did, so that a flood of anything else can't make the activity
//! list lose it.

use std::collections::VecDeque;

use super::events::{ActivityKind, ActivityRecord};

/// Deeds kept at most until the activity list takes them.
const MOST: usize = 65_536;

/// What was done, until it is taken; nothing is kept before somebody says that they will take it.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    queue: Option<VecDeque<ActivityRecord>>,
    lost: u64,
}

impl ActivityKind {
    /// Whether the list may not lose it whatever else happens.
    pub(crate) fn is_deed(self) -> bool {
        match self {
            Self::LoggedIn | Self::LoggedOut | Self::Removed | Self::Renamed | Self::Server => true,
            Self::LogInRefused
            | Self::ShareEntered
            | Self::AccessRefused
            | Self::NotDeleted
            | Self::FileWritten
            | Self::Unfinished
            | Self::FolderCreated => false,
            // Stored by who does it, before anybody is told.
            Self::Administered => false,
        }
    }
}

impl Deeds {
    pub(super) fn keep(&mut self) {
        self.queue.get_or_insert_default();
    }

    pub(super) fn note(&mut self, record: &ActivityRecord) {
        match &mut self.queue {
            Some(queue) if queue.len() < MOST => queue.push_back(record.clone()),
            Some(_) => self.lost += 1,
            None => {}
        }
    }

    /// Everything that was done since, and how many deeds found no room.
    pub(super) fn take(&mut self) -> (Vec<ActivityRecord>, u64) {
        let taken = self.queue.as_mut().map(std::mem::take).unwrap_or_default();
        (taken.into(), std::mem::take(&mut self.lost))
    }
}
