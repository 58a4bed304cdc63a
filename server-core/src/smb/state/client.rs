//! The clients ([MS-SMB2] 3.3.1.16, GlobalClientTable): a machine that names itself the same on each of its
//! connections. Its sessions are its own, and what it caches under lease keys.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::{Notice, Session};
use crate::live::{Consumer, WeakTable};
use crate::smb::wire::ids::{ClientGuid, SessionId};

/// A client that speaks 2.1 or newer. It lives as long as a connection or a session of it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) guid: ClientGuid,
    sessions: Mutex<WeakTable<SessionId, Session>>,
}

impl Client {
    /// Whether it is the one that logged this session in.
    pub(crate) fn has(&self, session: SessionId) -> bool {
        self.sessions.lock().contains_key(&session)
    }

    pub(super) fn add(&self, session: &Arc<Session>) {
        self.sessions.lock().insert(session.id, session);
    }

    pub(super) fn remove(&self, session: SessionId) {
        self.sessions.lock().remove(&session);
    }

    /// Tells of a lease over another session of its owner: the one that the notice is for has ended.
    pub(super) fn notify(&self, owner: Consumer, notice: Notice) {
        let sessions = self.sessions.lock().all();
        let sessions = sessions.iter().filter_map(Weak::upgrade);
        let other = sessions
            .filter(|session| !session.has_ended())
            .find(|session| session.live.usage().consumer() == owner);
        if let Some(session) = other {
            session.notify(notice.to(&session));
        }
    }
}

/// Every client of the server. Nobody is kept: a client is here while something else holds it. The GUID is what a
/// stranger claims to be, so it gives no rights: it only tells one client's connections from another's.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    by_guid: Mutex<WeakTable<ClientGuid, Client>>,
}

impl Clients {
    /// The client of this name, made when it is new.
    pub(crate) fn get(&self, guid: ClientGuid) -> Arc<Client> {
        let mut clients = self.by_guid.lock();
        if let Some(client) = clients.get(&guid) {
            return client;
        }
        let client = Arc::new(Client {
            guid,
            sessions: Mutex::default(),
        });
        clients.insert(guid, &client);
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_of_one_client_share_it_and_the_last_takes_it_along() {
        let clients = Clients::default();
        let one = clients.get(ClientGuid([1; 16]));
        assert!(Arc::ptr_eq(&one, &clients.get(ClientGuid([1; 16]))));
        assert!(!Arc::ptr_eq(&one, &clients.get(ClientGuid([2; 16]))));
        let gone = Arc::downgrade(&one);
        drop(one);
        let _next = clients.get(ClientGuid([1; 16]));
        assert!(gone.upgrade().is_none());
    }
}
