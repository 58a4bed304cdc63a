//! Who has what open: the opens of each session, for the limit on them and for people who want to see them.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::error::VfsError;
use super::lock::OpenId;
use super::open::Open;
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

#[derive(Debug, Default)]
struct SessionOpens {
    /// Those that are there and those that are about to be.
    count: usize,
    opens: HashMap<OpenId, Weak<Open>>,
}

/// The opens of every session. The mutex is a leaf: nothing is called under it.
#[derive(Debug, Default)]
pub(super) struct OpensBySession(Mutex<HashMap<LiveSessionId, SessionOpens>>);

impl OpensBySession {
    /// Counts an open that is about to be made.
    pub(super) fn count(&self, session: LiveSessionId, most: usize) -> Result<(), VfsError> {
        let mut sessions = self.0.lock();
        let count = &mut sessions.entry(session).or_default().count;
        if *count >= most {
            return Err(VfsError::TooManyOpens);
        }
        *count += 1;
        Ok(())
    }

    /// An open that was counted is there.
    pub(super) fn add(&self, session: LiveSessionId, open: &Arc<Open>) {
        let mut sessions = self.0.lock();
        let opens = &mut sessions.entry(session).or_default().opens;
        opens.insert(open.handle.id, Arc::downgrade(open));
    }

    /// An open that was counted is gone; `id` names one that was there.
    pub(super) fn uncount(&self, session: LiveSessionId, id: Option<OpenId>) {
        let mut sessions = self.0.lock();
        if let Some(opens) = sessions.get_mut(&session) {
            opens.count = opens.count.saturating_sub(1);
            if let Some(id) = id {
                opens.opens.remove(&id);
            }
            if opens.count == 0 {
                sessions.remove(&session);
            }
        }
    }

    fn of(&self, session: LiveSessionId) -> Vec<Arc<Open>> {
        let sessions = self.0.lock();
        let opens = sessions
            .get(&session)
            .into_iter()
            .flat_map(|opens| opens.opens.values());
        // The last reference to an open closes it, which needs the mutex: none is dropped here.
        opens.filter_map(Weak::upgrade).collect()
    }
}

impl Engine {
    /// What a session has open, in the order of opening.
    pub fn open_files(&self, session: LiveSessionId) -> Vec<OpenFileInfo> {
        let mut opens = self.opens_by_session().of(session);
        opens.sort_by_key(|open| open.handle.id);
        let shown = opens.iter().map(|open| OpenFileInfo {
            id: open.handle.id,
            share: open.view().settings().name.clone(),
            path: open.path().to_string(),
            directory: open.is_directory(),
            writes: open
                .granted()
                .intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA),
        });
        shown.collect()
    }

    /// Closes one of a session's opens: its client finds the handle closed. What was closed comes back.
    pub fn close_file(&self, session: LiveSessionId, id: u64) -> Option<OpenFileInfo> {
        let shown = self.open_files(session).into_iter().find(|open| open.id == id)?;
        let open = self
            .opens_by_session()
            .of(session)
            .into_iter()
            .find(|open| open.handle.id == id)?;
        open.close_unheard();
        Some(shown)
    }
}
