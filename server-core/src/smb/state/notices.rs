//! What a client is told unasked: that it may cache less of an open ([MS-SMB2] 3.3.4.6).

use std::sync::{Arc, Weak};

use tokio::sync::mpsc;

use super::Session;
use super::oplock_level;
use crate::smb::wire::file_id::FileId;
use crate::vfs::{BreakListener, LeaseBreak};

/// Takes notices to the connection that sends them.
pub(crate) type Notices = mpsc::UnboundedSender<Notice>;

/// An oplock break to be sent. There are no more of them under way than the client has opens.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) session: Weak<Session>,
    /// The share demands encryption.
    pub(crate) encrypt: bool,
    pub(crate) file_id: FileId,
    pub(crate) level: u8,
}

/// An open that may have an oplock: passes breaks on to its client.
#[derive(Debug)]
pub(crate) struct OplockHolder {
    pub(crate) notices: Notices,
    pub(crate) session: Weak<Session>,
    pub(crate) encrypt: bool,
    pub(crate) file_id: FileId,
}

impl OplockHolder {
    /// For an open that is about to be made.
    pub(crate) fn new(notices: &Notices, session: &Arc<Session>, encrypt: bool, file_id: FileId) -> Self {
        Self {
            notices: notices.clone(),
            session: Arc::downgrade(session),
            encrypt,
            file_id,
        }
    }
}

impl BreakListener for OplockHolder {
    fn broken(&self, notice: LeaseBreak) {
        // A connection that has ended needs no notice: its opens are being closed.
        let _ = self.notices.send(Notice {
            session: Weak::clone(&self.session),
            encrypt: self.encrypt,
            file_id: self.file_id,
            level: oplock_level(notice.to),
        });
    }
}
