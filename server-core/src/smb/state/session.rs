//! Authenticated sessions ([MS-SMB2] 3.3.1.8) and the table of them. A session does not belong to a connection: it is
//! bound to one or more, its channels, and ends with the last.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::channel::{Binding, Channels, NewChannel, NoChannel};
use super::session_opens::{End, SessionOpens};
use super::{Client, NewOpen, Notice, OpenFile, Opens, Tree};
use crate::identity::Principal;
use crate::live::{LimitKind, LimitReached, LiveSession, Taken, WeakTable};
use crate::smb::crypto::{Cipher, CipherKey, SigningKey};
use crate::smb::settings::{Dialect, Encryption, SmbSettings};
use crate::smb::wire::ids::{SessionId, TreeId};
use crate::vfs::Caller;

/// The most trees that one session may connect.
const MAX_TREES: usize = 1024;

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) caller: Arc<Caller>,
    pub(crate) live: Arc<LiveSession>,
    pub(crate) opens: SessionOpens,
    pub(crate) security: SessionSecurity,
    pub(super) channels: Channels,
    /// `None` for 2.0.2, which has no name for a client.
    client: Option<Arc<Client>>,
    trees: Mutex<HashMap<TreeId, Connected>>,
    next_tree: AtomicU32,
    /// Whether its client was sent away, once it has ended.
    ended: OnceLock<bool>,
    /// When the client must prove again who it is; `None` for never.
    expires: Mutex<Option<Instant>>,
}

/// A tree. It is one of the things that its person may have open.
#[derive(Debug)]
struct Connected {
    tree: Arc<Tree>,
    _taken: Taken,
}

/// What an open would have belonged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// The session has ended.
    Session,
    /// The tree was disconnected.
    Tree,
}

/// What a log-in came to: a session that is about to be.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    pub(crate) client: Option<Arc<Client>>,
    pub(crate) caller: Arc<Caller>,
    pub(crate) live: Arc<LiveSession>,
    pub(crate) security: SessionSecurity,
    /// The server's table, where its opens will be.
    pub(crate) opens: Arc<Opens>,
}

/// Keys and demands of a session. What is sent on a channel is signed with the channel's own key.
#[derive(Debug)]
pub(crate) struct SessionSecurity {
    /// What its connections speak.
    pub(crate) dialect: Dialect,
    /// Session.SigningKey: that of the connection that it began on, and of who binds another to it. A guest has none,
    /// and neither signs nor encrypts.
    pub(crate) signing: Option<Arc<SigningKey>>,
    /// What its connections agreed on for encryption.
    pub(crate) cipher: Option<Cipher>,
    pub(crate) signing_required: bool,
    /// Server to client, and client to server; 3.x only.
    pub(crate) ciphers: Option<Arc<SessionCiphers>>,
    /// Everything on this session is encrypted.
    pub(crate) encrypt_data: bool,
}

/// Keys of both directions.
#[derive(Debug)]
pub(crate) struct SessionCiphers {
    pub(crate) encrypt: CipherKey,
    pub(crate) decrypt: CipherKey,
}

impl Session {
    /// A session that nothing is bound to yet.
    pub(crate) fn new(new: NewSession) -> Arc<Self> {
        let session = Arc::new(Self {
            id: new.id,
            caller: new.caller,
            live: new.live,
            opens: SessionOpens::new(new.opens),
            security: new.security,
            channels: Channels::default(),
            client: new.client,
            trees: Mutex::default(),
            next_tree: AtomicU32::new(1),
            ended: OnceLock::new(),
            expires: Mutex::default(),
        });
        if let Some(client) = &session.client {
            client.add(&session);
        }
        session
    }

    /// The client that logged in; `None` for 2.0.2, which has no name for it.
    pub(crate) fn client(&self) -> Option<&Arc<Client>> {
        self.client.as_ref()
    }

    /// Makes a connection a channel of it.
    ///
    /// # Errors
    /// Its last channel has gone, or it has as many as a session may have.
    pub(crate) fn bind(self: &Arc<Self>, new: NewChannel) -> Result<Binding, NoChannel> {
        Ok(Binding {
            channel: self.channels.add(new)?,
            session: Arc::clone(self),
        })
    }

    /// Whether it is as the settings demand of sessions; those that began under others may not be.
    pub(crate) fn meets(&self, settings: &SmbSettings) -> bool {
        let security = &self.security;
        let signs = security.signing_required || security.encrypt_data || security.signing.is_none();
        security.dialect >= settings.minimum_dialect
            && (signs || !settings.require_signing)
            && (security.encrypt_data || settings.encryption != Encryption::Required)
    }

    /// Tells the client, over a channel that lives.
    pub(crate) fn notify(&self, notice: Notice) {
        self.channels.notify(notice);
    }

    /// Tells the client over another channel than that which a notice was told on: it seems not to have got there.
    pub(crate) fn notify_another(&self, notice: Notice) {
        self.channels.notify_another(notice);
    }

    /// Whether it is bound to more than one connection.
    pub(crate) fn has_channels(&self) -> bool {
        self.channels.are_several()
    }

    /// Who it is.
    pub(crate) fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    /// Whether someone who logs in may name it as lost, which ends it ([MS-SMB2] 3.3.5.5.3): the same user alone. Guests
    /// are not each other.
    pub(crate) fn may_be_replaced_by(&self, principal: &Principal) -> bool {
        principal.user.is_some() && self.principal().user == principal.user
    }

    /// Lets the session live for so long from now.
    pub(crate) fn renew(&self, lifetime: Option<Duration>) {
        *self.expires.lock() = lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime));
    }

    /// Whether its time is over.
    pub(crate) fn has_expired(&self) -> bool {
        self.expires
            .lock()
            .is_some_and(|expires| Instant::now() >= expires)
    }

    /// Adds a tree.
    ///
    /// # Errors
    /// There are too many.
    pub(crate) fn connect_tree(&self, make: impl FnOnce(TreeId) -> Tree) -> Result<Arc<Tree>, LimitReached> {
        let taken = self.live.usage().take(LimitKind::Opens, 1)?;
        let mut trees = self.trees.lock();
        if trees.len() >= MAX_TREES {
            return Err(LimitReached);
        }
        let id = TreeId(self.next_tree.fetch_add(1, Ordering::Relaxed));
        let tree = Arc::new(make(id));
        let connected = Connected {
            tree: Arc::clone(&tree),
            _taken: taken,
        };
        trees.insert(id, connected);
        drop(trees);
        self.live.enter_share(tree.name());
        Ok(tree)
    }

    /// A tree by id.
    pub(crate) fn tree(&self, id: TreeId) -> Option<Arc<Tree>> {
        self.trees
            .lock()
            .get(&id)
            .map(|connected| Arc::clone(&connected.tree))
    }

    /// Ends a tree: its opens are closed. False when there is none by that id.
    pub(crate) fn disconnect_tree(&self, id: TreeId) -> bool {
        let Some(Connected { tree, .. }) = self.trees.lock().remove(&id) else {
            return false;
        };
        self.opens.end_tree(id);
        self.live.leave_share(tree.name());
        true
    }

    /// Adds what a CREATE opened.
    ///
    /// # Errors
    /// The session or the tree ended while the CREATE waited: nothing is left open.
    pub(crate) fn open(self: &Arc<Self>, new: NewOpen) -> Result<Arc<OpenFile>, Gone> {
        let file = self.opens.insert(new, Arc::downgrade(self));
        // Looked at after the open is in the table: whoever ends session or tree either finds it there, or is seen here.
        let gone = if self.has_ended() {
            Gone::Session
        } else if !self.trees.lock().contains_key(&file.tree_id) {
            Gone::Tree
        } else {
            return Ok(file);
        };
        self.opens.close_unheard(&file);
        Err(gone)
    }

    /// Ends the session: what it holds is closed, unless its client may come back for it.
    pub(crate) fn end(&self, end: End) {
        // Whoever sends it away says so before it ends.
        let sent_away = self.live.closing().is_cancelled();
        if self.ended.set(sent_away).is_ok() {
            self.opens.end_all(end);
            self.trees.lock().clear();
            if let Some(client) = &self.client {
                client.remove(self.id);
            }
            self.live.end();
            // Its other connections let go of it.
            self.live.closing().cancel();
        }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.get().is_some()
    }

    /// Whether an administrator, or a change of settings, ended it: its client is to leave.
    pub(crate) fn was_sent_away(&self) -> bool {
        self.ended.get() == Some(&true)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end(End::Left);
    }
}

/// Every session of the server by id.
#[derive(Debug)]
pub(crate) struct SessionTable {
    by_id: Mutex<WeakTable<SessionId, Session>>,
    next: AtomicU32,
}

impl Default for SessionTable {
    fn default() -> Self {
        let mut start = [0; 4];
        // Without randomness ids are merely the same after each start.
        let _ = getrandom::fill(&mut start);
        Self {
            by_id: Mutex::default(),
            next: AtomicU32::new(u32::from_le_bytes(start)),
        }
    }
}

impl SessionTable {
    /// A fresh id, never 0 or all ones. Ids fit into 32 bits: there are clients that keep no more of them.
    ///
    /// They are handles that anybody may guess, and so give nothing by themselves. A session answers on connections
    /// that it is bound to only. Binding another is safe because it is signed with the session's own key ([MS-SMB2]
    /// 3.3.5.5.2): whoever names an id without having that key gets nothing, and a guest, who has none, binds none.
    /// Only its own user may replace a session.
    pub(crate) fn fresh_id(&self) -> SessionId {
        let sessions = self.by_id.lock();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let id = SessionId(number.into());
            if number != 0 && number != u32::MAX && !sessions.contains_key(&id) {
                return id;
            }
        }
    }

    pub(crate) fn insert(&self, session: &Arc<Session>) {
        self.by_id.lock().insert(session.id, session);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        // Let go of outside of the lock: a session that ends with its last holder does not need it, but may take long.
        let sessions = self.by_id.lock().all();
        sessions.iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn get(&self, id: SessionId) -> Option<Arc<Session>> {
        self.by_id.lock().get(&id)
    }

    pub(crate) fn remove(&self, id: SessionId) {
        self.by_id.lock().remove(&id);
    }
}
