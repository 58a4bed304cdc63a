//! What a client is told unasked: that it may cache less of an open or under a lease ([MS-SMB2] 3.3.4.6, 3.3.4.7).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::mpsc;

use super::channel::ChannelId;
use super::{Client, Session, oplock_level};
use crate::live::Consumer;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ids::LeaseKey;
use crate::vfs::{BreakListener, Holder, LeaseBreak, LeaseState};

/// Takes notices to a connection, which sends them.
pub(crate) type Notices = mpsc::UnboundedSender<Notice>;

/// A break to be sent. There are no more of them under way than the client has opens.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) session: Weak<Session>,
    /// The channel that the open was made on.
    pub(crate) channel: ChannelId,
    /// The share demands encryption.
    pub(crate) encrypt: bool,
    /// The open that caches, or the last that came under the lease.
    pub(crate) file_id: FileId,
    pub(crate) news: News,
    /// It was told before, on another channel.
    pub(crate) again: bool,
}

/// What the client is told.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// Its oplock is of this level now.
    Oplock { level: u8 },
    /// A lease is broken.
    Lease(LeaseNews),
}

/// The break of a lease.
#[derive(Debug, Clone)]
pub(crate) struct LeaseNews {
    /// Whose it is: any of the client's sessions of the same person may be told.
    client: Weak<Client>,
    owner: Consumer,
    /// The client knows that there is a lease.
    known: Arc<AtomicBool>,
    pub(crate) key: LeaseKey,
    pub(crate) from: LeaseState,
    pub(crate) to: LeaseState,
    pub(crate) epoch: u16,
    pub(crate) ack_required: bool,
}

impl Notice {
    /// Looks for a channel that lives. A connection that ends hands on this way what it did not send.
    pub(crate) fn deliver(self) {
        // A session that has ended needs no notice of an oplock: its opens are being closed.
        let session = self.session.upgrade();
        let session = session.filter(|session| !session.has_ended());
        match (session, &self.news) {
            (Some(session), _) => session.notify(self),
            (None, News::Lease(news)) => {
                let owner = news.owner;
                if let Some(client) = news.client.upgrade() {
                    client.notify(owner, self);
                }
            }
            (None, News::Oplock { .. }) => {}
        }
    }

    /// The same notice for another session of the client.
    pub(super) fn to(mut self, session: &Arc<Session>) -> Self {
        self.session = Arc::downgrade(session);
        self
    }

    /// Whether it may have to be told again, on another channel, if nothing is heard from the client on this one.
    pub(crate) fn has_other_ways(&self) -> bool {
        self.session
            .upgrade()
            .is_some_and(|session| session.has_channels())
    }

    /// Whether both are about the same open or lease.
    pub(crate) fn is_about_the_same(&self, other: &Self) -> bool {
        match (&self.news, &other.news) {
            (News::Lease(one), News::Lease(other)) => one.key == other.key && one.owner == other.owner,
            (News::Oplock { .. }, News::Oplock { .. }) => self.file_id == other.file_id,
            _ => false,
        }
    }

    /// Tells the client again, on another channel, unless it has answered. What needs no answer is told again once.
    pub(crate) fn tell_again(mut self) {
        let session = self.session.upgrade().filter(|session| !session.has_ended());
        let Some(session) = session else { return };
        let file = session.opens.find(self.file_id);
        let open = file.as_ref().and_then(|file| file.file());
        let is_over = match open {
            None => true,
            Some(open) if self.wants_answer() => !open.is_breaking(),
            Some(_) => self.again,
        };
        if !is_over {
            self.again = true;
            tracing::debug!(session = %session.id, "a break is told on another channel");
            session.notify_another(self);
        }
    }

    fn wants_answer(&self) -> bool {
        match &self.news {
            // Level II goes without an answer, to none.
            News::Oplock { level } => *level != oplock_level(LeaseState::empty()),
            News::Lease(news) => news.ack_required,
        }
    }

    /// Whether the client has not been told yet that it caches anything: the notice would be about nothing that it knows.
    /// What was answered and not yet sent is for its connection to know.
    pub(crate) fn is_early(&self) -> bool {
        match &self.news {
            News::Oplock { .. } => {
                let session = self.session.upgrade();
                session.is_some_and(|session| session.opens.find(self.file_id).is_none())
            }
            News::Lease(news) => !news.known.load(Ordering::Acquire),
        }
    }
}

/// An open that may have an oplock, or come under a lease: passes breaks on to its client.
#[derive(Debug)]
pub(crate) struct CacheHolder {
    pub(crate) session: Weak<Session>,
    pub(crate) channel: ChannelId,
    pub(crate) encrypt: bool,
    pub(crate) file_id: FileId,
    /// Of a lease.
    client: Weak<Client>,
    known: Arc<AtomicBool>,
}

impl CacheHolder {
    /// For an open that is about to be made.
    pub(crate) fn new(session: &Arc<Session>, channel: ChannelId, encrypt: bool, file_id: FileId) -> Self {
        Self {
            session: Arc::downgrade(session),
            channel,
            encrypt,
            file_id,
            client: session.client().map(Arc::downgrade).unwrap_or_default(),
            known: Arc::default(),
        }
    }

    /// To be dropped as soon as the open is in the session's table, and its response on the way, or nothing comes of it:
    /// breaks may be told from then on.
    pub(crate) fn until_known(&self) -> UntilKnown {
        UntilKnown(Arc::clone(&self.known))
    }
}

/// As long as this is there, the client knows nothing yet of what it may cache.
#[derive(Debug)]
pub(crate) struct UntilKnown(Arc<AtomicBool>);

impl Drop for UntilKnown {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl BreakListener for CacheHolder {
    fn broken(&self, broken: LeaseBreak) {
        let news = match broken.holder {
            Holder::Oplock(_) => News::Oplock {
                level: oplock_level(broken.to),
            },
            Holder::Lease(lease) => News::Lease(LeaseNews {
                client: Weak::clone(&self.client),
                owner: lease.owner,
                known: Arc::clone(&self.known),
                key: LeaseKey(lease.key.0),
                from: broken.from,
                to: broken.to,
                epoch: broken.epoch,
                ack_required: broken.ack_required,
            }),
        };
        let notice = Notice {
            session: Weak::clone(&self.session),
            channel: self.channel,
            encrypt: self.encrypt,
            file_id: self.file_id,
            news,
            again: false,
        };
        notice.deliver();
    }
}
