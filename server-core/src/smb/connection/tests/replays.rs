//! CREATEs that come again because their answer was lost ([MS-SMB2] 3.3.5.9.10).

use super::client::{Client, Request, create_caching, create_with_contexts, read};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::create_context::RequestContext;
use crate::smb::wire::ids::{CreateGuid, LeaseKey};
use crate::smb::wire::lease::{LEASE_HANDLE, LEASE_READ, LeaseContext};

const BATCH: u8 = 9;

fn named(guid: u8) -> RequestContext<'static> {
    RequestContext::DurableHandleV2 {
        timeout: 0,
        flags: 0,
        create_guid: CreateGuid([guid; 16]),
    }
}

fn lease(key: u8) -> RequestContext<'static> {
    RequestContext::Lease(LeaseContext {
        lease_key: LeaseKey([key; 16]),
        lease_state: LEASE_READ | LEASE_HANDLE,
        lease_flags: 0,
        version_2: None,
    })
}

async fn repeated(client: &mut Client, request: Request) -> super::client::Response {
    client.replays = true;
    let response = client.call(request).await;
    client.replays = false;
    response
}

#[test]
fn a_create_that_comes_again_is_answered_with_what_it_opened() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        let request = || create_with_contexts("a", &[named(1), lease(1)]);
        let first = client.call(request()).await;
        assert_eq!(first.status(), NtStatus::SUCCESS);
        let again = repeated(&mut client, request()).await;
        assert_eq!(again.body, first.body, "it says what the first said");
        assert_eq!(house.context.opens.len(), 1);
        let unmarked = client.call(request()).await;
        assert_eq!(unmarked.status(), NtStatus::DUPLICATE_OBJECTID);
        let other = create_with_contexts("a", &[named(1), lease(2)]);
        assert_eq!(
            repeated(&mut client, other).await.status(),
            NtStatus::ACCESS_DENIED
        );
        // Whoever has used it has had the answer: what has the name now is something else.
        client.call(read(first.file_id(), 1)).await;
        let new = client.call(request()).await;
        assert_eq!(new.status(), NtStatus::SUCCESS);
        assert_ne!(new.file_id(), first.file_id());
    });
}

#[test]
fn a_create_that_comes_again_while_the_first_waits_is_to_come_later() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut holder, mut client) = (house.alice().await, house.alice().await);
        holder.call(create_caching("a", BATCH)).await;
        let request = || create_with_contexts("a", &[named(1)]);
        assert_eq!(client.begin(request()).await.status(), NtStatus::PENDING);
        let again = repeated(&mut client, request()).await;
        assert_eq!(again.status(), NtStatus::FILE_NOT_AVAILABLE);
        holder.hang_up().await;
        let first = client.receive().await.unwrap().remove(0);
        assert_eq!(first.status(), NtStatus::SUCCESS);
        let again = repeated(&mut client, request()).await;
        assert_eq!(again.file_id(), first.file_id());
    });
}

#[test]
fn another_session_hears_nothing_of_what_a_create_opened() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut client, mut other) = (house.alice().await, house.alice().await);
        let request = || create_with_contexts("a", &[named(1)]);
        client.call(request()).await;
        let again = repeated(&mut other, request()).await;
        assert_eq!(again.status(), NtStatus::DUPLICATE_OBJECTID);
    });
}
