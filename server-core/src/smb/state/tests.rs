//! Sessions, channels and opens together, with pipes for files: nothing here touches a disk.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::*;
use crate::identity::{Principal, UserId};
use crate::live::{Events, LimitKind, Protocol, SessionSecurity as Shown, Sessions};
use crate::security::Sid;
use crate::smb::rpc::Pipe;
use crate::smb::settings::Dialect;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ids::{ClientGuid, CreateGuid, SessionId, TreeId};
use crate::vfs::{BreakListener, Caller, Holder, LeaseBreak, LeaseState};

struct House {
    opens: Arc<Opens>,
    clients: Clients,
    live: Sessions,
}

impl House {
    fn new() -> Self {
        Self {
            opens: Arc::new(Opens::new()),
            clients: Clients::default(),
            live: Sessions::new(Events::new()),
        }
    }

    fn session(&self, id: u64) -> Arc<Session> {
        self.session_of(id, Some(1))
    }

    fn session_of(&self, id: u64, user: Option<i64>) -> Arc<Session> {
        let peer = "127.0.0.1:50000".parse().unwrap();
        let shown = Shown {
            dialect: String::new(),
            signing: None,
            cipher: None,
            authentication: String::new(),
            client: None,
            key: None,
        };
        let live = self.live.register(Protocol::Smb, "alice", user, peer, shown);
        Session::new(NewSession {
            id: SessionId(id),
            client: Some(self.clients.get(ClientGuid([1; 16]))),
            caller: Arc::new(Caller {
                principal: principal(user),
                session: Arc::clone(&live),
            }),
            live,
            security: SessionSecurity {
                dialect: Dialect::Smb302,
                signing: None,
                cipher: None,
                signing_required: false,
                ciphers: None,
                encrypt_data: false,
            },
            opens: Arc::clone(&self.opens),
        })
    }
}

fn principal(user: Option<i64>) -> Principal {
    Principal {
        user: user.map(UserId),
        name: "alice".to_owned(),
        display_name: String::new(),
        sid: "S-1-5-21-1-2-3-501".parse().unwrap(),
        group_sids: Vec::<Sid>::new(),
        uid: 1,
        gid: 1,
    }
}

fn tree(session: &Session) -> TreeId {
    let tree = session.connect_tree(|id| Tree {
        id,
        target: TreeTarget::Pipes,
    });
    tree.unwrap().id
}

fn pipe(session: &Session, tree_id: TreeId, create: Option<u8>) -> NewOpen {
    NewOpen {
        id: session.opens.fresh_id(),
        tree_id,
        target: OpenTarget::Pipe {
            pipe: Mutex::new(Pipe::open("srvsvc").unwrap()),
            _taken: session.live.usage().take(LimitKind::Pipes, 1).unwrap(),
        },
        created_by: create.map(create_name),
        lease: None,
        durable: None,
        app_instance: None,
        create_action: 1,
        channel_sequence: 0,
    }
}

fn create_name(number: u8) -> CreateName {
    CreateName {
        client: ClientGuid([1; 16]),
        create: CreateGuid([number; 16]),
    }
}

/// A connection that the session gets bound to: its side of it, and what it is told.
fn bind(session: &Arc<Session>) -> (Binding, mpsc::UnboundedReceiver<Notice>) {
    let (notices, noticed) = mpsc::unbounded_channel();
    let channel = NewChannel {
        signing: None,
        notices,
        peer: "127.0.0.1:50000".parse().unwrap(),
    };
    (session.bind(channel).unwrap(), noticed)
}

fn notice(binding: &Binding) -> Notice {
    Notice {
        session: Arc::downgrade(&binding.session),
        channel: binding.channel.id,
        encrypt: false,
        file_id: FileId::RELATED,
        news: News::Oplock { level: 0 },
        again: false,
    }
}

#[test]
fn a_session_ends_with_its_last_channel_only() {
    let house = House::new();
    let session = house.session(1);
    let client = house.clients.get(ClientGuid([1; 16]));
    let ((first, _), (second, _)) = (bind(&session), bind(&session));
    let tree = tree(&session);
    let open = session.open(pipe(&session, tree, None)).unwrap();
    assert!(!first.unbind());
    assert!(!session.has_ended() && !open.closed.is_cancelled());
    assert!(client.has(session.id));
    assert!(second.unbind());
    assert!(session.has_ended() && open.closed.is_cancelled());
    assert!(!client.has(session.id));
    // Once only, and nobody comes after.
    assert!(!second.unbind());
    let (notices, _) = mpsc::unbounded_channel();
    let late = NewChannel {
        signing: None,
        notices,
        peer: "127.0.0.1:50000".parse().unwrap(),
    };
    assert_eq!(session.bind(late).err(), Some(NoChannel::Over));
}

#[test]
fn a_notice_goes_where_the_open_was_made_and_to_another_channel_when_that_is_gone() {
    let house = House::new();
    let session = house.session(1);
    let (_first, mut heard_by_first) = bind(&session);
    let (second, mut heard_by_second) = bind(&session);
    notice(&second).deliver();
    assert!(heard_by_first.try_recv().is_err());
    let unsent = heard_by_second.try_recv().unwrap();
    // The connection broke: it was not unbound yet.
    heard_by_second.close();
    notice(&second).deliver();
    assert!(heard_by_first.try_recv().is_ok());
    // It hands on what it did not send.
    second.unbind();
    unsent.deliver();
    assert!(heard_by_first.try_recv().is_ok());
}

#[test]
fn a_notice_to_nobody_is_dropped() {
    let house = House::new();
    let session = house.session(1);
    let (binding, _heard) = bind(&session);
    let lost = notice(&binding);
    binding.unbind();
    lost.clone().deliver();
    drop((binding, session));
    lost.deliver();
}

#[test]
fn a_session_is_replaced_by_its_own_user_only_and_a_guest_s_by_nobody() {
    let house = House::new();
    let session = house.session(1);
    assert!(session.may_be_replaced_by(&principal(Some(1))));
    assert!(!session.may_be_replaced_by(&principal(Some(2))));
    assert!(!session.may_be_replaced_by(&principal(None)));
}

#[test]
fn persistent_ids_are_unique_in_the_server_and_find_their_opens() {
    let house = House::new();
    let sessions = [house.session(1), house.session(2)];
    let mut ids = HashSet::new();
    for session in &sessions {
        let tree = tree(session);
        for _ in 0..10 {
            let open = session.open(pipe(session, tree, None)).unwrap();
            assert!(ids.insert(open.id.persistent));
            let found = house.opens.find(open.id.persistent).unwrap();
            assert!(Arc::ptr_eq(&found, &open));
        }
    }
    assert_eq!(house.opens.len(), 20);
}

#[tokio::test]
async fn an_open_is_found_by_the_guid_of_its_create_until_it_is_closed() {
    let house = House::new();
    let session = house.session(1);
    let tree = tree(&session);
    let open = session.open(pipe(&session, tree, Some(7))).unwrap();
    let found = house.opens.created_by(create_name(7)).unwrap();
    assert!(Arc::ptr_eq(&found, &open) && found.is_replay_eligible());
    found.note_use();
    assert!(!open.is_replay_eligible());
    let other_client = CreateName {
        client: ClientGuid([2; 16]),
        ..create_name(7)
    };
    assert!(house.opens.created_by(other_client).is_none());
    // The name passes to the newer open, and closing the older doesn't take it away.
    let newer = session.open(pipe(&session, tree, Some(7))).unwrap();
    session.opens.close(&open).await.unwrap();
    let found = house.opens.created_by(create_name(7)).unwrap();
    assert!(Arc::ptr_eq(&found, &newer));
    session.opens.close(&newer).await.unwrap();
    assert!(house.opens.created_by(create_name(7)).is_none());
}

#[test]
fn the_end_of_a_tree_and_of_a_session_leave_nothing_in_any_table() {
    let house = House::new();
    let session = house.session(1);
    let (one, other) = (tree(&session), tree(&session));
    let gone = session.open(pipe(&session, one, Some(1))).unwrap();
    let stays = session.open(pipe(&session, other, Some(2))).unwrap();
    assert!(session.disconnect_tree(one));
    assert_eq!((house.opens.len(), session.opens.len()), (1, 1));
    assert!(gone.closed.is_cancelled() && !stays.closed.is_cancelled());
    assert!(!session.disconnect_tree(one));
    session.end(End::Left);
    session.end(End::Left);
    assert_eq!((house.opens.len(), session.opens.len()), (0, 0));
    assert!(stays.closed.is_cancelled());
    // The tables held it: nothing does now.
    assert_eq!(Arc::strong_count(&stays), 1);
}

#[test]
fn what_a_create_opens_after_its_tree_or_session_ended_is_closed_at_once() {
    let house = House::new();
    let session = house.session(1);
    let (one, other) = (tree(&session), tree(&session));
    session.disconnect_tree(one);
    let late = session.open(pipe(&session, one, None));
    assert_eq!(late.unwrap_err(), Gone::Tree);
    session.end(End::Left);
    let late = session.open(pipe(&session, other, None));
    assert_eq!(late.unwrap_err(), Gone::Session);
    assert_eq!((house.opens.len(), session.opens.len()), (0, 0));
}

#[test]
fn the_break_of_a_lease_finds_another_session_of_its_owner_and_nobody_elses() {
    let house = House::new();
    let (guest, other) = (house.session_of(1, None), house.session(2));
    let (_guest, mut heard_by_guest) = bind(&guest);
    let (_other, mut heard_by_other) = bind(&other);
    let lost = house.session(3);
    let holder = CacheHolder::new(&lost, ChannelId::default(), false, FileId::RELATED);
    let lease = lease_id(&lost, crate::smb::wire::ids::LeaseKey([7; 16])).unwrap();
    // Its connection ended, and nothing holds it any more.
    drop(lost);
    holder.broken(LeaseBreak {
        holder: Holder::Lease(lease),
        from: LeaseState::READ,
        to: LeaseState::empty(),
        epoch: 0,
        ack_required: false,
    });
    let told = heard_by_other.try_recv().unwrap();
    assert!(matches!(told.news, News::Lease(_)));
    assert!(heard_by_guest.try_recv().is_err());
}
