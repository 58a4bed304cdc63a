//! The channels of a session ([MS-SMB2] 3.3.1.14): the connections that it is bound to. A connection holds a
//! `Binding` for each of its sessions; the session knows its channels, so that what the client is to be told finds
//! one that lives. The list is a leaf in the order of locks.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc::error::SendError;

use super::notices::{Notice, Notices};
use super::session::Session;
use super::session_opens::End;
use crate::smb::crypto::SigningKey;

/// As many as Windows takes.
const MAX_CHANNELS: usize = 32;

/// A channel of a session; unique in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ChannelId(u32);

/// A connection, as a session that is bound to it sees it.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: ChannelId,
    /// Channel.SigningKey: signs on this connection alone. `None` for guests, who have no key.
    pub(crate) signing: Option<Arc<SigningKey>>,
    /// Where the connection takes what the client is told unasked.
    notices: Notices,
    peer: SocketAddr,
}

/// A connection that asks to become a channel.
#[derive(Debug)]
pub(crate) struct NewChannel {
    pub(crate) signing: Option<Arc<SigningKey>>,
    pub(crate) notices: Notices,
    pub(crate) peer: SocketAddr,
}

/// Why a connection becomes no channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoChannel {
    /// The session's last channel has gone.
    Over,
    /// It has as many as a session may have.
    TooMany,
}

/// A session as a connection that it is bound to holds it.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) session: Arc<Session>,
    pub(crate) channel: Arc<Channel>,
}

impl Binding {
    /// Takes the connection from the session. With its last channel the session ends, which is what true says.
    pub(crate) fn unbind(&self) -> bool {
        let last = self.session.channels.remove(self.channel.id);
        if last {
            self.session.end(End::Left);
        }
        last
    }
}

/// The channels of one session.
#[derive(Debug, Default)]
pub(super) struct Channels(Mutex<Bound>);

#[derive(Debug, Default)]
struct Bound {
    channels: Vec<Arc<Channel>>,
    next: u32,
    /// The last one is gone, and none comes any more.
    over: bool,
}

impl Channels {
    /// Adds one, unless the last has gone already.
    pub(super) fn add(&self, new: NewChannel) -> Result<Arc<Channel>, NoChannel> {
        let mut bound = self.0.lock();
        if bound.over {
            return Err(NoChannel::Over);
        }
        if bound.channels.len() >= MAX_CHANNELS {
            return Err(NoChannel::TooMany);
        }
        let channel = Arc::new(Channel {
            id: ChannelId(bound.next),
            signing: new.signing,
            notices: new.notices,
            peer: new.peer,
        });
        bound.next += 1;
        bound.channels.push(Arc::clone(&channel));
        Ok(channel)
    }

    /// Removes one; true when it was the last.
    fn remove(&self, id: ChannelId) -> bool {
        let mut bound = self.0.lock();
        bound.channels.retain(|channel| channel.id != id);
        let last = bound.channels.is_empty() && !bound.over;
        bound.over |= last;
        last
    }

    /// Whether there is more than one.
    pub(super) fn are_several(&self) -> bool {
        self.0.lock().channels.len() > 1
    }

    /// Hands a notice to the channel behind that which it was told on, if there is another.
    pub(super) fn notify_another(&self, mut notice: Notice) {
        let bound = self.0.lock();
        let told = bound
            .channels
            .iter()
            .position(|channel| channel.id == notice.channel);
        let next = told.map_or(0, |told| (told + 1) % bound.channels.len());
        let next = bound.channels.get(next).filter(|next| next.id != notice.channel);
        if let Some(next) = next {
            notice.channel = next.id;
            // If that has gone as well, those who wait do so until the client's time is over.
            let _ = next.notices.send(notice);
        }
    }

    /// Hands a notice to the channel that the open came by: there it can't overtake the answer to its CREATE. When
    /// that connection is gone, to the next that takes it. Nothing reaches a channel after it was removed.
    pub(super) fn notify(&self, mut notice: Notice) {
        let bound = self.0.lock();
        let channels = &bound.channels;
        let own = channels.iter().position(|channel| channel.id == notice.channel);
        let (others, first) = channels.split_at(own.unwrap_or(0));
        for channel in first.iter().chain(others) {
            notice.channel = channel.id;
            match channel.notices.send(notice) {
                Ok(()) => return,
                Err(SendError(back)) => {
                    tracing::debug!(peer = %channel.peer, "a notice found its connection gone");
                    notice = back;
                }
            }
        }
    }
}
