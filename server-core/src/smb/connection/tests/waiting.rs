//! Requests that wait: interim responses, CANCEL, limits, and the end of it all.

use super::client::{RELATED_FILE, Response, close, create, echo, watch};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::HeaderFlags;

#[test]
fn a_watch_is_answered_in_between_and_others_go_ahead() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let folder = client.open("folder", true).await;
        let interim = client.call(watch(folder)).await;
        assert_eq!(interim.status(), NtStatus::PENDING);
        assert!(interim.header.flags.contains(HeaderFlags::ASYNC));
        assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
        client.cancel(interim.header.async_id).await;
        let last = client.receive().await.unwrap().remove(0);
        assert_eq!(last.status(), NtStatus::CANCELLED);
        assert_eq!(last.header.async_id, interim.header.async_id);
        assert_eq!(last.header.credits, 0);
        assert!(last.signed);
    });
}

#[test]
fn cancel_arrives_in_an_encrypted_frame_too() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client.encrypts = true;
        let folder = client.open("folder", true).await;
        let interim = client.call(watch(folder)).await;
        assert!(interim.encrypted);
        client.cancel(interim.header.async_id).await;
        let last = client.receive().await.unwrap().remove(0);
        assert_eq!(last.status(), NtStatus::CANCELLED);
        assert!(last.encrypted);
    });
}

#[test]
fn the_answers_before_a_watch_do_not_wait_for_it() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client
            .send(&[create("folder", true), watch(RELATED_FILE).related()])
            .await;
        let created = client.receive().await.unwrap();
        assert_eq!(created.len(), 1);
        assert_eq!(created[0].status(), NtStatus::SUCCESS);
        assert!(created[0].signed);
        let interim = client.receive().await.unwrap().remove(0);
        assert_eq!(interim.status(), NtStatus::PENDING);
        let closed = client.call(close(created[0].file_id())).await;
        assert_eq!(closed.status(), NtStatus::SUCCESS);
        let last = client.receive().await.unwrap().remove(0);
        assert_eq!(last.status(), NtStatus::NOTIFY_CLEANUP);
        assert_eq!(last.header.async_id, interim.header.async_id);
    });
}

#[test]
fn a_watch_in_the_middle_of_a_chain_fails_and_the_rest_runs() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client
            .send(&[
                create("folder", true),
                watch(RELATED_FILE).related(),
                close(RELATED_FILE).related(),
            ])
            .await;
        let statuses: Vec<_> = client
            .receive()
            .await
            .unwrap()
            .iter()
            .map(Response::status)
            .collect();
        assert_eq!(
            statuses,
            [NtStatus::SUCCESS, NtStatus::INTERNAL_ERROR, NtStatus::SUCCESS]
        );
    });
}

#[test]
fn there_is_a_limit_to_what_waits() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let folder = client.open("folder", true).await;
        for _ in 0..512 {
            assert_eq!(client.call(watch(folder)).await.status(), NtStatus::PENDING);
        }
        assert_eq!(
            client.call(watch(folder)).await.status(),
            NtStatus::INSUFFICIENT_RESOURCES
        );
        assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn however_many_watches_wait_there_is_room_for_work() {
    run(async {
        let house = House::with(SmbSettings {
            max_io: 65_536,
            ..SmbSettings::default()
        });
        let mut client = house.alice().await;
        let folder = client.open("folder", true).await;
        for _ in 0..512 {
            assert_eq!(client.call(watch(folder)).await.status(), NtStatus::PENDING);
        }
        client.open("a", false).await;
    });
}

#[test]
fn an_administrator_who_ends_the_session_ends_the_connection() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let folder = client.open("folder", true).await;
        assert_eq!(client.call(watch(folder)).await.status(), NtStatus::PENDING);
        let listed = house.sessions.list();
        assert_eq!((listed.len(), listed[0].open_files), (1, 1));
        assert!(house.sessions.close(listed[0].id));
        client.ended().await;
        assert!(house.sessions.list().is_empty());
    });
}

#[test]
fn the_server_s_end_is_the_end_of_what_waits() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let folder = client.open("folder", true).await;
        assert_eq!(client.call(watch(folder)).await.status(), NtStatus::PENDING);
        house.stop.cancel();
        client.ended().await;
        assert!(house.sessions.list().is_empty());
    });
}
