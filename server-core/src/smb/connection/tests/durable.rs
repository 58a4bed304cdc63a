//! Opens that outlive their session ([MS-SMB2] 3.3.5.9.6 to 3.3.5.9.12).

use super::client::{Client, Request, Response, create, create_with_contexts, lock, read, rename, write};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::create::CreateResponse;
use crate::smb::wire::create_context::{PERSISTENT, RequestContext, ResponseContext, name};
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::header::{Command, HEADER_SIZE};
use crate::smb::wire::ids::{CreateGuid, LeaseKey};
use crate::smb::wire::lease::{LEASE_HANDLE, LEASE_READ, LEASE_WRITE, LeaseContext};

const GUID: CreateGuid = CreateGuid([9; 16]);

/// What an open asks for that is to wait for its client so long, in milliseconds.
fn durable(timeout: u32) -> RequestContext<'static> {
    RequestContext::DurableHandleV2 {
        timeout,
        flags: 0,
        create_guid: GUID,
    }
}

fn persistent(file: [u8; 16]) -> RequestContext<'static> {
    RequestContext::DurableReconnectV2 {
        file_id: FileId::parse(&file, 0).unwrap(),
        create_guid: GUID,
        flags: PERSISTENT,
    }
}

fn again(file: [u8; 16], create_guid: CreateGuid) -> RequestContext<'static> {
    RequestContext::DurableReconnectV2 {
        file_id: FileId::parse(&file, 0).unwrap(),
        create_guid,
        flags: 0,
    }
}

const RWH: u32 = LEASE_READ | LEASE_HANDLE | LEASE_WRITE;

fn lease(key: u8) -> RequestContext<'static> {
    lease_of(key, RWH)
}

fn lease_of(key: u8, lease_state: u32) -> RequestContext<'static> {
    RequestContext::Lease(LeaseContext {
        lease_key: LeaseKey([key; 16]),
        lease_state,
        lease_flags: 0,
        version_2: None,
    })
}

/// How long the server says that an open waits, in milliseconds; `None` if it does not.
fn granted(response: &Response) -> Option<u32> {
    assert_eq!(response.status(), NtStatus::SUCCESS);
    let message = [vec![0; HEADER_SIZE], response.body.clone()].concat();
    let response = CreateResponse::parse(&message).unwrap();
    let context = response.contexts.get(name::DURABLE_HANDLE_V2)?;
    match ResponseContext::parse(context) {
        Ok(ResponseContext::DurableHandleV2 { timeout, .. }) => Some(timeout),
        other => panic!("{other:?}"),
    }
}

async fn client_of(house: &House, name: &str) -> Client {
    let mut client = house.connect();
    client.negotiate(&[0x0302]).await;
    client.log_in(name, PASSWORD).await.unwrap();
    client.enter("files").await;
    client
}

/// An open that outlived its connection.
async fn left_behind(house: &House, contexts: &[RequestContext<'_>]) -> [u8; 16] {
    let mut client = house.alice().await;
    let opened = client.call(create_with_contexts("a", contexts)).await;
    assert!(granted(&opened).is_some());
    let written = client.call(write(opened.file_id(), 0, b"before")).await;
    assert_eq!(written.status(), NtStatus::SUCCESS);
    client.hang_up().await;
    assert!(house.sessions.list().is_empty(), "no session is left for it");
    opened.file_id()
}

#[test]
fn a_client_that_lost_its_connection_has_its_open_again_as_it_was() {
    run(async {
        let house = House::new().in_memory("files");
        let file = left_behind(&house, &[durable(0), lease(1)]).await;
        let mut client = house.alice().await;
        let opened = client
            .call(create_with_contexts("A", &[again(file, GUID), lease(1)]))
            .await;
        assert_eq!(granted(&opened), None, "it is not said again");
        assert_eq!(opened.file_id()[..8], file[..8], "the persistent id stays");
        let content = client.call(read(opened.file_id(), 100)).await;
        assert!(content.body.ends_with(b"before"));
        assert_eq!(house.sessions.list()[0].open_files, 1);
        // And once more.
        client.hang_up().await;
        let mut client = house.alice().await;
        let opened = client
            .call(create_with_contexts("a", &[again(file, GUID), lease(1)]))
            .await;
        assert_eq!(opened.status(), NtStatus::SUCCESS);
        assert_eq!(house.context.opens.len(), 1);
    });
}

#[test]
fn nobody_has_an_open_again_but_whose_it_is() {
    run(async {
        let house = House::new().in_memory("files");
        let file = left_behind(&house, &[durable(0), lease(1)]).await;
        let mut bob = client_of(&house, "bob").await;
        let mut alice = house.alice().await;
        let refused =
            |client: &'static str, name: &'static str, contexts: Vec<RequestContext<'static>>, status| {
                (client, create_with_contexts(name, &contexts), status)
            };
        for (who, request, status) in [
            refused(
                "bob",
                "a",
                vec![again(file, GUID), lease(1)],
                NtStatus::ACCESS_DENIED,
            ),
            refused(
                "alice",
                "a",
                vec![again(file, CreateGuid([8; 16])), lease(1)],
                NtStatus::OBJECT_NAME_NOT_FOUND,
            ),
            refused(
                "alice",
                "a",
                vec![again(file, GUID), lease(2)],
                NtStatus::OBJECT_NAME_NOT_FOUND,
            ),
            refused(
                "alice",
                "a",
                vec![again(file, GUID)],
                NtStatus::OBJECT_NAME_NOT_FOUND,
            ),
            refused(
                "alice",
                "a",
                vec![persistent(file), lease(1)],
                NtStatus::INVALID_PARAMETER,
            ),
            refused(
                "alice",
                "b",
                vec![again(file, GUID), lease(1)],
                NtStatus::INVALID_PARAMETER,
            ),
            refused(
                "alice",
                "a",
                vec![again(file, GUID), durable(0)],
                NtStatus::INVALID_PARAMETER,
            ),
        ] {
            let client = if who == "bob" { &mut bob } else { &mut alice };
            assert_eq!(client.call(request).await.status(), status, "{who}");
        }
        let opened = alice
            .call(create_with_contexts("a", &[again(file, GUID), lease(1)]))
            .await;
        assert_eq!(opened.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn an_open_whose_client_is_away_is_in_nobodys_way() {
    run(async {
        let house = House::new().in_memory("files");
        let file = left_behind(&house, &[durable(0)]).await;
        assert_eq!(house.context.opens.len(), 1);
        let mut bob = client_of(&house, "bob").await;
        let opened = bob.call(create("a", false)).await;
        assert_eq!(opened.status(), NtStatus::SUCCESS);
        assert_eq!(house.context.opens.len(), 1, "bob's");
        let mut alice = house.alice().await;
        let late = alice.call(create_with_contexts("a", &[again(file, GUID)])).await;
        assert_eq!(late.status(), NtStatus::OBJECT_NAME_NOT_FOUND);
    });
}

#[test]
fn an_open_waits_for_its_client_as_long_as_was_said() {
    run(async {
        let house = House::new().in_memory("files");
        left_behind(&house, &[durable(1)]).await;
        while house.context.opens.len() > 0 {
            tokio::task::yield_now().await;
        }
        let mut client = house.alice().await;
        for (asked, said) in [(0, 60_000), (1234, 1234), (u32::MAX, 300_000)] {
            let request = create_with_contexts("b", &[durable(asked)]);
            assert_eq!(granted(&client.call(request).await), Some(said));
            client
                .call(Request::new(Command::TreeDisconnect, vec![4, 0, 0, 0]))
                .await;
            assert_eq!(
                house.context.opens.len(),
                0,
                "who leaves a share leaves nothing there"
            );
            client.enter("files").await;
        }
    });
}

#[test]
fn a_folder_can_be_renamed_though_something_in_it_waits_for_its_client() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        let folder = client.open("folder", true).await;
        let mut other = house.alice().await;
        let opened = other.call(create_with_contexts(r"folder\a", &[durable(0)])).await;
        assert!(granted(&opened).is_some());
        other.call(write(opened.file_id(), 0, b"x")).await;
        let refused = client.call(rename(folder, "moved")).await;
        assert_eq!(refused.status(), NtStatus::ACCESS_DENIED, "its client is there");
        other.hang_up().await;
        assert_eq!(house.context.opens.len(), 2);
        let renamed = client.call(rename(folder, "moved")).await;
        assert_eq!(renamed.status(), NtStatus::SUCCESS);
        let mut again = house.alice().await;
        let moved = again.call(create(r"moved\a", false)).await;
        let content = again.call(read(moved.file_id(), 100)).await;
        assert!(content.body.ends_with(b"x"));
    });
}

#[test]
fn nothing_stays_open_when_sharing_stops_or_the_share_goes() {
    run(async {
        let house = House::new().in_memory("files");
        left_behind(&house, &[durable(0)]).await;
        house.context.let_go();
        assert_eq!(house.context.opens.len(), 0);
        left_behind(&house, &[durable(0)]).await;
        house.context.engine.unmount(house.identity.shares()[0].id);
        assert_eq!(house.context.opens.len(), 0);
    });
}

#[test]
fn whose_session_an_administrator_ends_has_nothing_to_come_back_to() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        let opened = client.call(create_with_contexts("a", &[durable(0)])).await;
        assert!(granted(&opened).is_some());
        let session = house.sessions.list()[0].id;
        assert!(house.sessions.close(session));
        client.ended().await;
        assert_eq!(house.context.opens.len(), 0);
    });
}

#[test]
fn what_has_locks_waits_for_its_client_only_while_others_would_ask_it_to_go() {
    run(async {
        let house = House::new().in_memory("files");
        for (key, state, waits) in [(1, LEASE_READ | LEASE_HANDLE, 0), (2, RWH, 1)] {
            let mut client = house.alice().await;
            let asked = [durable(0), lease_of(key, state)];
            let opened = client.call(create_with_contexts("a", &asked)).await;
            assert!(granted(&opened).is_some());
            let locked = client.call(lock(opened.file_id(), 0, 1)).await;
            assert_eq!(locked.status(), NtStatus::SUCCESS);
            client.hang_up().await;
            assert_eq!(house.context.opens.len(), waits);
        }
    });
}

#[test]
fn people_see_what_is_cached_locked_and_kept_and_can_close_it_in_every_state() {
    run(async {
        let house = House::new().in_memory("files");
        let engine = &house.context.engine;
        let mut client = house.alice().await;
        let opened = client
            .call(create_with_contexts("a", &[durable(0), lease(1)]))
            .await;
        assert_eq!(
            client.call(lock(opened.file_id(), 0, 4)).await.status(),
            NtStatus::SUCCESS
        );
        let session = house.sessions.list()[0].id;
        let shown = engine.open_files(session).remove(0);
        let caching = shown.caching.expect("a lease");
        assert!(caching.lease && caching.reads && caching.writes && caching.handles && !caching.breaking);
        assert_eq!((shown.locks, shown.durable, shown.path.as_str()), (1, true, "a"));
        assert!(engine.waiting_files().is_empty());

        client.hang_up().await;
        let waiting = engine.waiting_files().remove(0);
        assert_eq!((waiting.user.as_str(), &waiting.file), ("alice", &shown));
        assert!(waiting.since.elapsed().unwrap() < std::time::Duration::from_secs(60));
        assert_eq!(engine.close_waiting(shown.id).unwrap(), waiting);
        assert!(engine.close_waiting(shown.id).is_none());
        let mut alice = house.alice().await;
        let gone = alice
            .call(create_with_contexts(
                "a",
                &[again(opened.file_id(), GUID), lease(1)],
            ))
            .await;
        assert_eq!(gone.status(), NtStatus::OBJECT_NAME_NOT_FOUND);
        assert!(house.context.opens.all().is_empty());

        // And one that is back is its session's again.
        let opened = alice
            .call(create_with_contexts("a", &[durable(0), lease(1)]))
            .await;
        alice.hang_up().await;
        let mut alice = house.alice().await;
        let back = alice
            .call(create_with_contexts(
                "a",
                &[again(opened.file_id(), GUID), lease(1)],
            ))
            .await;
        assert_eq!(back.status(), NtStatus::SUCCESS);
        assert!(engine.waiting_files().is_empty());
        let session = house.sessions.list()[0].id;
        let shown = engine.open_files(session).remove(0);
        assert!(shown.durable);
        assert!(engine.close_file(session, shown.id).is_some());
        assert_eq!(
            alice.call(read(back.file_id(), 10)).await.status(),
            NtStatus::FILE_CLOSED
        );
    });
}

/// LOCK of four bytes, the `number`th under an index.
fn numbered_lock(file: [u8; 16], offset: u64, number: u8) -> Request {
    let mut request = lock(file, offset, 4);
    // LockSequenceNumber and LockSequenceIndex.
    request.body[4..8].copy_from_slice(&(u32::from(number) | 3 << 4).to_le_bytes());
    request
}

#[test]
fn a_lock_that_comes_again_after_the_connection_was_lost_is_not_taken_twice() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        let opened = client
            .call(create_with_contexts("a", &[durable(0), lease(1)]))
            .await;
        let first = client.call(numbered_lock(opened.file_id(), 0, 1)).await;
        assert_eq!(first.status(), NtStatus::SUCCESS);
        client.hang_up().await;
        let mut client = house.alice().await;
        let back = client
            .call(create_with_contexts(
                "a",
                &[again(opened.file_id(), GUID), lease(1)],
            ))
            .await;
        let file = back.file_id();
        let same = client.call(numbered_lock(file, 0, 1)).await;
        assert_eq!(same.status(), NtStatus::SUCCESS, "it was done");
        let other = client.call(numbered_lock(file, 0, 2)).await;
        assert_eq!(other.status(), NtStatus::LOCK_NOT_GRANTED, "it is another");
        let next = client.call(numbered_lock(file, 4, 2)).await;
        assert_eq!(next.status(), NtStatus::SUCCESS);
    });
}
