//! Clients that ask for much and take little of it: what they say is heard all the same, and what is kept for them is
//! bounded.

use std::time::Duration;

use tokio::time::{Instant, pause, timeout};

use super::client::{Response, acknowledge_break, create, create_caching, echo, read, watch, write};
use super::*;
use crate::smb::status::NtStatus;

const LEVEL_II: u8 = 1;
const BATCH: u8 = 9;
/// Bytes of the largest READ, and of a file: far more than the stream between them holds.
const LARGE: u32 = 1 << 20;
/// Long before a break expires.
const SOON: Duration = Duration::from_secs(10);

async fn house() -> House {
    let house = House::with(SmbSettings {
        max_io: LARGE,
        ..SmbSettings::default()
    });
    let house = house.in_memory("files");
    let mut client = house.alice().await;
    let large = client.open("large", false).await;
    client.call(write(large, u64::from(LARGE) - 1, &[0])).await;
    client.hang_up().await;
    house
}

/// Bytes that were read from files, for one client.
fn read_by(house: &House) -> u64 {
    house.sessions.list()[0].bytes_out
}

async fn receive(client: &mut Client) -> Response {
    client.receive().await.expect("the connection ended").remove(0)
}

/// A client that asked `times` for all of it and takes none of it.
async fn stalled(house: &House, times: usize) -> Client {
    let mut client = house.alice().await;
    let large = client.open("large", false).await;
    for _ in 0..times {
        client.send(&[read(large, LARGE)]).await;
    }
    while read_by(house) == 0 {
        tokio::task::yield_now().await;
    }
    client
}

#[test]
fn a_reader_that_stalls_still_acknowledges() {
    for reads in [1, 6] {
        run(async {
            let house = house().await;
            let (mut first, mut second) = (house.alice().await, house.alice().await);
            let large = first.open("large", false).await;
            let cached = first.call(create_caching("a", BATCH)).await.file_id();
            assert_eq!(second.begin(create("a", false)).await.status(), NtStatus::PENDING);
            // The notification.
            receive(&mut first).await;
            for _ in 0..reads {
                first.send(&[read(large, LARGE)]).await;
            }
            first.send(&[acknowledge_break(cached, LEVEL_II)]).await;
            let opened = timeout(SOON, receive(&mut second))
                .await
                .expect("it was not heard");
            assert_eq!(opened.status(), NtStatus::SUCCESS);
            let mut lengths = Vec::new();
            for _ in 0..=reads {
                let response = receive(&mut first).await;
                assert_eq!(response.status(), NtStatus::SUCCESS);
                lengths.push(response.body.len());
            }
            assert_eq!(lengths.iter().filter(|length| **length > 1 << 20).count(), reads);
            assert_eq!(first.call(echo()).await.status(), NtStatus::SUCCESS);
        });
    }
}

#[test]
fn a_request_that_has_to_wait_for_room_can_be_cancelled() {
    run(async {
        let house = house().await;
        let mut client = stalled(&house, 4).await;
        let message_id = client
            .send(&[create("folder", true), watch([0xFF; 16]).related()])
            .await
            .after(1);
        client.cancel_message(message_id).await;
        for _ in 0..4 {
            assert!(receive(&mut client).await.body.len() > 1 << 20);
        }
        let last = timeout(SOON, client.receive()).await.unwrap().unwrap();
        let statuses: Vec<_> = last.iter().map(Response::status).collect();
        // What was begun and waits says so; cancelled it is at once.
        assert_eq!(statuses[0], NtStatus::SUCCESS);
        let interim = receive(&mut client).await;
        assert_eq!(interim.status(), NtStatus::PENDING);
        let cancelled = receive(&mut client).await;
        assert_eq!(cancelled.status(), NtStatus::CANCELLED);
    });
}

#[test]
fn what_is_kept_for_a_client_that_takes_nothing_is_bounded() {
    run(async {
        let house = house().await;
        let mut client = house.alice().await;
        let large = client.open("large", false).await;
        for _ in 0..20 {
            client.send(&[read(large, LARGE)]).await;
        }
        // Requests that nobody reads any more: the client can't say more than the stream holds.
        while timeout(Duration::from_millis(100), client.send(&[echo()]))
            .await
            .is_ok()
        {}
        assert!(read_by(&house) <= 3 * u64::from(LARGE), "{}", read_by(&house));
        let mut answered = 0;
        while answered < 20 {
            let response = receive(&mut client).await;
            assert_eq!(response.status(), NtStatus::SUCCESS);
            answered += u32::from(response.body.len() > 1 << 20);
        }
    });
}

#[test]
fn a_client_that_takes_nothing_for_two_minutes_is_gone() {
    run(async {
        let house = house().await;
        let client = stalled(&house, 1).await;
        pause();
        let began = Instant::now();
        client.left().await;
        assert_eq!(began.elapsed().as_secs(), 120);
        assert!(house.sessions.list().is_empty());
    });
}

#[test]
fn a_client_that_takes_nothing_does_not_hold_up_the_server_s_end_or_an_administrator() {
    for stops in [true, false] {
        run(async {
            let house = house().await;
            let client = stalled(&house, 1).await;
            pause();
            let began = Instant::now();
            if stops {
                house.stop.cancel();
            } else {
                assert!(house.sessions.close(house.sessions.list()[0].id));
            }
            client.left().await;
            assert_eq!(began.elapsed().as_secs(), 5);
            assert!(house.sessions.list().is_empty());
        });
    }
}
