//! Who has what open, for people who want to see it, and to end it.

use serde::{Deserialize, Serialize};

use super::engine::Engine;
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
}

impl Engine {
    /// What a session has open, in the order of opening.
    pub fn open_files(&self, session: LiveSessionId) -> Vec<OpenFileInfo> {
        let opens = self.opens().opens_of(session);
        let shown = opens.into_iter().map(|open| OpenFileInfo {
            id: open.id,
            share: self.share_name(open.place.share),
            path: open.place.path.to_string(),
            directory: open.directory,
            writes: open
                .granted
                .intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA),
        });
        shown.collect()
    }

    /// Closes one of a session's opens: its client finds the handle closed. What was closed comes back.
    pub fn close_file(&self, session: LiveSessionId, id: u64) -> Option<OpenFileInfo> {
        let shown = self.open_files(session).into_iter().find(|open| open.id == id)?;
        self.opens().close_unasked(id).then_some(shown)
    }
}
