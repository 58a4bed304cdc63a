//! What a client is told unasked: that it may cache less of an open ([MS-SMB2] 3.3.4.6).

use std::sync::{Arc, Weak};

use tokio::sync::mpsc;

use super::Session;
use super::channel::ChannelId;
use super::oplock_level;
use crate::smb::wire::file_id::FileId;
use crate::vfs::{BreakListener, LeaseBreak};

/// Takes notices to a connection, which sends them.
pub(crate) type Notices = mpsc::UnboundedSender<Notice>;

/// An oplock break to be sent. There are no more of them under way than the client has opens.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) session: Weak<Session>,
    /// The channel that the open was made on.
    pub(crate) channel: ChannelId,
    /// The share demands encryption.
    pub(crate) encrypt: bool,
    pub(crate) file_id: FileId,
    pub(crate) level: u8,
}

impl Notice {
    /// Looks for a channel that lives. A connection that ends hands on this way what it did not send.
    pub(crate) fn deliver(self) {
        // A session that has ended needs no notice: its opens are being closed.
        if let Some(session) = self.session.upgrade() {
            session.notify(self);
        }
    }
}

/// An open that may have an oplock: passes breaks on to its client.
#[derive(Debug)]
pub(crate) struct OplockHolder {
    pub(crate) session: Weak<Session>,
    pub(crate) channel: ChannelId,
    pub(crate) encrypt: bool,
    pub(crate) file_id: FileId,
}

impl OplockHolder {
    /// For an open that is about to be made.
    pub(crate) fn new(session: &Arc<Session>, channel: ChannelId, encrypt: bool, file_id: FileId) -> Self {
        Self {
            session: Arc::downgrade(session),
            channel,
            encrypt,
            file_id,
        }
    }
}

impl BreakListener for OplockHolder {
    fn broken(&self, broken: LeaseBreak) {
        let notice = Notice {
            session: Weak::clone(&self.session),
            channel: self.channel,
            encrypt: self.encrypt,
            file_id: self.file_id,
            level: oplock_level(broken.to),
        };
        notice.deliver();
    }
}
