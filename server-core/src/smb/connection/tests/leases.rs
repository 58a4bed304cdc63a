//! Leases ([MS-SMB2] 3.3.5.9.8, 3.3.5.9.11, 3.3.5.22.2), from one client's side to the other's.

use super::client::{
    Client, Request, Response, close, create, create_leased, delete_on_close, echo, rename, write,
};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::create::{CreateRequest, CreateResponse, oplock_level};
use crate::smb::wire::create_context::{ResponseContext, name};
use crate::smb::wire::header::{Command, HEADER_SIZE};
use crate::smb::wire::ids::{LeaseKey, MessageId};
use crate::smb::wire::lease::{
    LEASE_BREAK_IN_PROGRESS, LEASE_HANDLE, LEASE_READ, LEASE_WRITE, LeaseContext, LeaseVersion2,
};
use crate::smb::wire::oplock_break::{LEASE_ACK_REQUIRED, LeaseBreak, LeaseBreakNotification};

/// FILE_DELETE_ON_CLOSE.
const DELETE_ON_CLOSE: u32 = 0x1000;
const R: u32 = LEASE_READ;
const RH: u32 = LEASE_READ | LEASE_HANDLE;
const RWH: u32 = LEASE_READ | LEASE_HANDLE | LEASE_WRITE;
const FIRST: LeaseKey = LeaseKey([1; 16]);
const SECOND: LeaseKey = LeaseKey([2; 16]);

fn leased(path: &str, key: LeaseKey, state: u32) -> Request {
    create_leased(path, &lease(key, state, None))
}

fn lease(lease_key: LeaseKey, lease_state: u32, epoch: Option<u16>) -> LeaseContext {
    LeaseContext {
        lease_key,
        lease_state,
        lease_flags: 0,
        version_2: epoch.map(|epoch| LeaseVersion2 {
            epoch,
            ..LeaseVersion2::default()
        }),
    }
}

/// What a CREATE response says of its lease.
pub(super) fn granted(response: &Response) -> LeaseContext {
    assert_eq!(response.status(), NtStatus::SUCCESS);
    let message = [vec![0; HEADER_SIZE], response.body.clone()].concat();
    let response: CreateResponse<'_> = crate::smb::wire::body::Body::parse(&message).unwrap();
    assert_eq!(response.oplock_level, oplock_level::LEASE);
    let context = response.contexts.get(name::LEASE).expect("a lease");
    match ResponseContext::parse(context) {
        Ok(ResponseContext::Lease(lease)) => lease,
        other => panic!("{other:?}"),
    }
}

pub(super) fn state(response: &Response) -> u32 {
    granted(response).lease_state
}

async fn receive(client: &mut Client) -> Response {
    client.receive().await.expect("the connection ended").remove(0)
}

/// The next that a client hears, which is the break of a lease: its key, what it was and is, whether it is to be answered.
pub(super) async fn broken(client: &mut Client) -> (LeaseKey, u32, u32, bool) {
    let notification = receive(client).await;
    assert_eq!(notification.header.command, Command::OplockBreak as u16);
    assert_eq!(notification.header.message_id, MessageId::UNSOLICITED);
    let message = [vec![0; HEADER_SIZE], notification.body].concat();
    let told: LeaseBreakNotification = crate::smb::wire::body::Body::parse(&message).unwrap();
    (
        told.lease_key,
        told.current_lease_state,
        told.new_lease_state,
        told.flags & LEASE_ACK_REQUIRED != 0,
    )
}

pub(super) async fn acknowledge(client: &mut Client, lease_key: LeaseKey, lease_state: u32) -> NtStatus {
    let acknowledgment = LeaseBreak {
        flags: 0,
        lease_key,
        lease_state,
    };
    let answer = client.call(Request::of(acknowledgment)).await;
    answer.status()
}

/// Nothing was told to a client: what it hears next is the answer to what it asks.
pub(super) async fn hears_nothing(client: &mut Client) {
    assert_eq!(client.call(echo()).await.header.command, Command::Echo as u16);
}

#[test]
fn one_key_has_one_lease_on_all_that_it_opens_and_others_wait_for_what_it_may_have_to_write() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let opened = first.call(leased("a", FIRST, RWH)).await;
        assert_eq!(state(&opened), RWH);
        let again = first.call(leased("a", FIRST, R)).await;
        assert_eq!(state(&again), RWH, "a lease gets no weaker");
        assert_eq!(
            second.begin(leased("a", SECOND, RWH)).await.status(),
            NtStatus::PENDING
        );
        assert_eq!(broken(&mut first).await, (FIRST, RWH, RH, true));
        // Meanwhile it is what it still is.
        let during = granted(&first.call(leased("a", FIRST, RWH)).await);
        assert_eq!(
            (during.lease_state, during.lease_flags),
            (RWH, LEASE_BREAK_IN_PROGRESS)
        );
        let written = first.call(write(opened.file_id(), 0, b"what was cached")).await;
        assert_eq!(written.status(), NtStatus::SUCCESS);
        assert_eq!(acknowledge(&mut first, FIRST, RH).await, NtStatus::SUCCESS);
        assert_eq!(state(&receive(&mut second).await), RH);
    });
}

#[test]
fn a_key_is_for_one_file() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        client.call(leased("a", FIRST, RWH)).await;
        let other = client.call(leased("b", FIRST, R)).await;
        assert_eq!(other.status(), NtStatus::INVALID_PARAMETER);
    });
}

#[test]
fn a_write_tells_the_leases_of_others_and_never_its_own() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let opened = first.call(leased("a", FIRST, R)).await;
        assert_eq!(state(&second.call(leased("a", SECOND, R)).await), R);
        first.call(write(opened.file_id(), 0, b"x")).await;
        assert_eq!(broken(&mut second).await, (SECOND, R, 0, false));
        first.call(write(opened.file_id(), 0, b"y")).await;
        hears_nothing(&mut first).await;
        hears_nothing(&mut second).await;
    });
}

#[test]
fn acknowledgments_of_what_is_not_so_are_refused_each_in_its_way() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let unknown = acknowledge(&mut first, FIRST, 0).await;
        assert_eq!(unknown, NtStatus::OBJECT_NAME_NOT_FOUND);
        first.call(leased("a", FIRST, RWH)).await;
        assert_eq!(acknowledge(&mut first, FIRST, R).await, NtStatus::UNSUCCESSFUL);
        second.begin(leased("a", SECOND, R)).await;
        broken(&mut first).await;
        let too_much = acknowledge(&mut first, FIRST, RWH).await;
        assert_eq!(too_much, NtStatus::REQUEST_NOT_ACCEPTED);
        assert_eq!(acknowledge(&mut first, FIRST, R).await, NtStatus::SUCCESS);
        assert_eq!(state(&receive(&mut second).await), R);
    });
}

#[test]
fn nobody_else_answers_for_a_lease_or_shares_it_by_its_key() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut alice, mut bob) = (house.alice().await, house.connect());
        // The same client by name, which anybody could read on the network.
        bob.negotiate(&[0x0302]).await;
        bob.log_in("bob", PASSWORD).await.unwrap();
        bob.enter("files").await;
        alice.call(leased("a", FIRST, RWH)).await;
        assert_eq!(
            bob.begin(leased("a", FIRST, RWH)).await.status(),
            NtStatus::PENDING
        );
        assert_eq!(broken(&mut alice).await, (FIRST, RWH, RH, true));
        let foreign = acknowledge(&mut bob, FIRST, 0).await;
        assert_eq!(foreign, NtStatus::OBJECT_NAME_NOT_FOUND);
        assert_eq!(acknowledge(&mut alice, FIRST, RH).await, NtStatus::SUCCESS);
        assert_eq!(state(&receive(&mut bob).await), RH);
    });
}

#[test]
fn a_lease_of_version_2_counts_its_changes_and_stays_of_its_version() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        let opened = client
            .call(create_leased("a", &lease(FIRST, R, Some(0x41))))
            .await;
        let first = granted(&opened);
        assert_eq!((first.lease_state, first.version_2.unwrap().epoch), (R, 0x42));
        let stronger = granted(&client.call(leased("a", FIRST, RH)).await);
        assert_eq!(
            (stronger.lease_state, stronger.version_2.unwrap().epoch),
            (RH, 0x43)
        );
        client.call(leased("b", SECOND, R)).await;
        let later = granted(&client.call(create_leased("b", &lease(SECOND, RH, Some(7)))).await);
        assert_eq!((later.lease_state, later.version_2), (RH, None));
    });
}

#[test]
fn what_keeps_a_name_from_going_is_let_go_of_before_a_rename_and_a_deletion() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        first.call(leased("a", FIRST, RH)).await;
        let opened = second.call(leased("a", SECOND, RH)).await;
        assert_eq!(
            second.begin(rename(opened.file_id(), "b")).await.status(),
            NtStatus::PENDING
        );
        assert_eq!(broken(&mut first).await, (FIRST, RH, R, true));
        assert_eq!(acknowledge(&mut first, FIRST, R).await, NtStatus::SUCCESS);
        assert_eq!(receive(&mut second).await.status(), NtStatus::SUCCESS);
        assert_eq!(state(&first.call(leased("b", FIRST, RH)).await), RH);
        assert_eq!(
            second.begin(delete_on_close(opened.file_id())).await.status(),
            NtStatus::PENDING
        );
        assert_eq!(broken(&mut first).await, (FIRST, RH, R, true));
        assert_eq!(acknowledge(&mut first, FIRST, R).await, NtStatus::SUCCESS);
        assert_eq!(receive(&mut second).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn what_keeps_a_file_in_a_folder_open_is_let_go_of_before_the_folder_is_renamed() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let folder = second.open("folder", true).await;
        let file = first.call(leased(r"folder\a", FIRST, RH)).await;
        assert_eq!(
            second.begin(rename(folder, "moved")).await.status(),
            NtStatus::PENDING
        );
        assert_eq!(broken(&mut first).await, (FIRST, RH, R, true));
        // What was only kept for a program that closed it is closed first.
        assert_eq!(
            first.call(close(file.file_id())).await.status(),
            NtStatus::SUCCESS
        );
        assert_eq!(receive(&mut second).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn dialects_without_leases_and_old_leases_get_none() {
    run(async {
        let house = House::new().in_memory("files");
        for (dialect, context) in [
            (0x0202, lease(FIRST, RWH, None)),
            (0x0210, lease(FIRST, RWH, Some(1))),
        ] {
            let mut client = house.connect();
            client.negotiate(&[dialect]).await;
            client.log_in("alice", PASSWORD).await.unwrap();
            client.enter("files").await;
            let opened = client.call(create_leased("a", &context)).await;
            assert_eq!((opened.status(), opened.body[2]), (NtStatus::SUCCESS, 0));
        }
        let mut client = house.connect();
        client.negotiate(&[0x0210]).await;
        client.log_in("alice", PASSWORD).await.unwrap();
        client.enter("files").await;
        assert_eq!(state(&client.call(leased("a", FIRST, RWH)).await), RWH);
    });
}

#[test]
fn who_hangs_up_on_a_file_to_be_deleted_still_has_others_let_go_of_it() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let opened = first.call(leased("a", FIRST, RH)).await;
        let temporary = Request::of(CreateRequest {
            create_options: DELETE_ON_CLOSE,
            ..CreateRequest::open_if("a")
        });
        assert_eq!(second.call(temporary).await.status(), NtStatus::SUCCESS);
        second.hang_up().await;
        assert_eq!(broken(&mut first).await, (FIRST, RH, R, true));
        assert_eq!(acknowledge(&mut first, FIRST, R).await, NtStatus::SUCCESS);
        // It is marked a moment later, with nobody there to wait for it.
        loop {
            let again = first.call(create("a", false)).await;
            if again.status() == NtStatus::DELETE_PENDING {
                break;
            }
            first.call(close(again.file_id())).await;
        }
        first.call(close(opened.file_id())).await;
        let next = first.call(create("a", false)).await;
        assert_eq!(next.body[4], 2, "it is a new one");
    });
}
