//! Chains that wait in their middle, and requests that wait so shortly that nobody needs to hear of it.

use std::time::Duration;

use tokio::time::{pause, timeout};

use super::client::{
    RELATED_FILE, Response, acknowledge_break, close, create, create_caching, echo, read, rename,
    tree_connect, watch, write,
};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, HeaderFlags};
use crate::smb::{Bound, WorkLimits};

const LEVEL_II: u8 = 1;
const BATCH: u8 = 9;

async fn receive(client: &mut Client) -> Response {
    client.receive().await.expect("the connection ended").remove(0)
}

fn statuses(responses: &[Response]) -> Vec<NtStatus> {
    responses.iter().map(Response::status).collect()
}

#[test]
fn a_rename_in_the_middle_of_a_chain_waits_for_who_caches_the_target() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let source = first.open("source", false).await;
        first.call(write(source, 0, b"new")).await;
        first.call(close(source)).await;
        let cached = first.call(create_caching("target", BATCH)).await.file_id();
        // As the Linux kernel renames.
        let chain = [
            create("source", false),
            rename(RELATED_FILE, "target").related(),
            close(RELATED_FILE).related(),
        ];
        second.send(&chain).await;
        let notification = receive(&mut first).await;
        assert_eq!(notification.header.command, Command::OplockBreak as u16);
        assert_eq!(second.call(echo()).await.status(), NtStatus::SUCCESS);
        assert_eq!(first.call(close(cached)).await.status(), NtStatus::SUCCESS);
        let answers = second.receive().await.unwrap();
        assert_eq!(statuses(&answers), [NtStatus::SUCCESS; 3]);
        assert!(answers.iter().all(|answer| answer.signed));
        assert!(
            answers
                .iter()
                .all(|answer| !answer.header.flags.contains(HeaderFlags::ASYNC))
        );
        let target = second.open("target", false).await;
        let content = second.call(read(target, 10)).await;
        assert!(content.body.ends_with(b"new"));
    });
}

#[test]
fn a_chain_that_waits_in_its_middle_can_be_cancelled_there_and_goes_on() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        first.call(create_caching("target", BATCH)).await;
        let chain = [
            create("source", false),
            rename(RELATED_FILE, "target").related(),
            close(RELATED_FILE).related(),
        ];
        let message_id = second.send(&chain).await;
        receive(&mut first).await;
        second.cancel_message(message_id.after(1)).await;
        let answers = second.receive().await.unwrap();
        let expected = [NtStatus::SUCCESS, NtStatus::CANCELLED, NtStatus::SUCCESS];
        assert_eq!(statuses(&answers), expected);
    });
}

#[test]
fn a_file_is_known_to_its_client_before_its_oplock_is_broken() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let mut third = house.alice().await;
        let cached = first.call(create_caching("target", BATCH)).await.file_id();
        let chain = [
            create_caching("source", BATCH),
            rename(RELATED_FILE, "target").related(),
            echo(),
        ];
        second.send(&chain).await;
        receive(&mut first).await;
        assert_eq!(
            third.begin(create("source", false)).await.status(),
            NtStatus::PENDING
        );
        assert_eq!(first.call(close(cached)).await.status(), NtStatus::SUCCESS);
        let answers = second.receive().await.unwrap();
        assert_eq!(statuses(&answers), [NtStatus::SUCCESS; 3]);
        let notification = receive(&mut second).await;
        assert_eq!(notification.header.command, Command::OplockBreak as u16);
        assert_eq!(notification.body[8..24], answers[0].file_id());
    });
}

#[test]
fn who_waits_for_an_instant_only_is_not_told_of_it() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let cached = first.call(create_caching("a", BATCH)).await.file_id();
        // No time passes while somebody has something to do.
        pause();
        let message_id = second.send(&[create("a", false)]).await;
        receive(&mut first).await;
        first.send(&[acknowledge_break(cached, LEVEL_II)]).await;
        let opened = receive(&mut second).await;
        assert_eq!(opened.status(), NtStatus::SUCCESS);
        assert_eq!(opened.header.message_id, message_id);
        assert!(!opened.header.flags.contains(HeaderFlags::ASYNC));
        assert!(opened.header.credits > 0);
    });
}

#[test]
fn who_waits_longer_is_told_after_about_a_millisecond() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        first.call(create_caching("a", BATCH)).await;
        pause();
        let began = tokio::time::Instant::now();
        let interim = second.begin(create("a", false)).await;
        assert_eq!(interim.status(), NtStatus::PENDING);
        assert!(
            (1..=2).contains(&began.elapsed().as_millis()),
            "{:?}",
            began.elapsed()
        );
    });
}

#[test]
fn who_takes_the_first_response_for_the_answer_is_told_late() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let source = second.open("source", false).await;
        first.call(create_caching("target", BATCH)).await;
        pause();
        let began = tokio::time::Instant::now();
        second.send(&[rename(source, "target")]).await;
        assert_eq!(receive(&mut second).await.status(), NtStatus::PENDING);
        let waited = began.elapsed().as_millis();
        assert!((1000..=1001).contains(&waited), "{waited} ms");
    });
}

#[test]
fn a_request_can_be_cancelled_before_the_client_is_told_that_it_waits() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        first.call(create_caching("a", BATCH)).await;
        pause();
        let message_id = second.send(&[create("a", false)]).await;
        second.cancel_message(message_id).await;
        let cancelled = receive(&mut second).await;
        assert_eq!(cancelled.status(), NtStatus::CANCELLED);
        assert!(!cancelled.header.flags.contains(HeaderFlags::ASYNC));
    });
}

#[test]
fn a_watch_is_told_at_once_that_it_waits() {
    run(async {
        let house = House::new().in_memory("files");
        let mut client = house.alice().await;
        let folder = client.open("folder", true).await;
        pause();
        let began = tokio::time::Instant::now();
        assert_eq!(client.call(watch(folder)).await.status(), NtStatus::PENDING);
        assert_eq!(began.elapsed(), Duration::ZERO);
    });
}

#[test]
fn the_chains_of_one_person_keep_no_more_on_many_connections_and_hold_nobody_else_up() {
    const JUNK: usize = 1 << 20;
    const CONNECTIONS: usize = 20;
    run(async {
        let house = House::with(SmbSettings {
            work: WorkLimits {
                waiting_bytes: Bound {
                    all: 1 << 30,
                    each: 8 << 20,
                },
                ..WorkLimits::default()
            },
            ..SmbSettings::default()
        });
        let house = house.in_memory("files");
        let mut first = house.alice().await;
        let cached = first.call(create_caching("a", BATCH)).await.file_id();
        let mut others = Vec::new();
        for _ in 0..CONNECTIONS {
            others.push(house.alice().await);
        }
        let mut bob = house.connect();
        bob.negotiate(&[0x0302]).await;
        bob.log_in("bob", PASSWORD).await.unwrap();
        bob.enter("files").await;
        pause();
        let mut taken = [0; CONNECTIONS];
        for (client, taken) in others.iter_mut().zip(&mut taken) {
            loop {
                let mut long = echo();
                long.body.resize(JUNK, 0);
                let chain = [create("a", false), long];
                let sent = client.send(&chain);
                if timeout(Duration::from_secs(1), sent).await.is_err() {
                    break;
                }
                *taken += 1;
            }
        }
        let all: usize = taken.iter().sum();
        assert!((8..=10).contains(&all), "{taken:?}");
        // Another person's requests are served meanwhile.
        let file = bob.open("b", false).await;
        for _ in 0..10 {
            assert_eq!(
                bob.call(write(file, 0, &[7; 100_000])).await.status(),
                NtStatus::SUCCESS
            );
        }
        assert_eq!(first.call(close(cached)).await.status(), NtStatus::SUCCESS);
        for (client, taken) in others.iter_mut().zip(taken) {
            for _ in 0..taken {
                let answers = client.receive().await.unwrap();
                assert_eq!(statuses(&answers), [NtStatus::SUCCESS; 2]);
            }
        }
    });
}

#[test]
fn what_waits_behind_entering_a_share_counts_as_well() {
    const JUNK: usize = 1 << 20;
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        // Longer than the test takes.
        let shares = house.identity.shares();
        house
            .context
            .engine
            .mount_slowly(&shares[0], Duration::from_secs(600));
        pause();
        let mut taken = 0;
        loop {
            let mut long = echo();
            long.body.resize(JUNK, 0);
            let chain = [tree_connect("files"), long];
            let sent = client.send(&chain);
            if timeout(Duration::from_secs(1), sent).await.is_err() {
                break;
            }
            taken += 1;
            assert!(
                taken <= 17,
                "16 MiB may wait, and one frame that came when there was room"
            );
        }
        assert!(taken >= 16, "{taken}");
    });
}

#[test]
fn waits_that_may_never_end_are_bounded_on_all_connections_of_a_person_together() {
    run(async {
        let house = House::with(SmbSettings {
            work: WorkLimits {
                waiting_requests: Bound { all: 1000, each: 128 },
                ..WorkLimits::default()
            },
            ..SmbSettings::default()
        });
        let mut clients = [house.alice().await, house.alice().await, house.alice().await];
        let mut waiting = 0;
        for client in &mut clients {
            let folder = client.open("folder", true).await;
            for _ in 0..100 {
                match client.call(watch(folder)).await.status() {
                    NtStatus::PENDING => waiting += 1,
                    status => assert_eq!(status, NtStatus::INSUFFICIENT_RESOURCES),
                }
            }
        }
        assert_eq!(waiting, 128);
        let [first, mut second, _] = clients;
        first.hang_up().await;
        let folder = second.open("folder", true).await;
        assert_eq!(second.call(watch(folder)).await.status(), NtStatus::PENDING);
    });
}

#[test]
fn chains_that_wait_in_their_middle_keep_no_more_than_the_limit_allows() {
    const JUNK: usize = 1 << 20;
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let cached = first.call(create_caching("a", BATCH)).await.file_id();
        pause();
        let mut taken = 0;
        loop {
            let mut long = echo();
            long.body.resize(JUNK, 0);
            let chain = [create("a", false), long];
            if timeout(Duration::from_secs(1), second.send(&chain))
                .await
                .is_err()
            {
                break;
            }
            taken += 1;
            assert!(
                taken <= 17,
                "16 MiB may wait, and one frame that came when there was room"
            );
        }
        assert!(taken >= 16, "{taken}");
        assert_eq!(first.call(close(cached)).await.status(), NtStatus::SUCCESS);
        for _ in 0..taken {
            let answers = second.receive().await.unwrap();
            assert_eq!(statuses(&answers), [NtStatus::SUCCESS; 2]);
        }
    });
}
