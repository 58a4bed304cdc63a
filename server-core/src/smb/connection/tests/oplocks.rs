//! Oplocks, from one client's side to the other's.

use super::client::{Client, Response, acknowledge_break, create, create_caching, echo, write};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, HeaderFlags};
use crate::smb::wire::ids::{MessageId, SessionId};

const LEVEL_II: u8 = 1;
const BATCH: u8 = 9;

/// OplockLevel of a CREATE response or of a notification: both have it at the same place.
fn level(response: &Response) -> u8 {
    response.body[2]
}

async fn receive(client: &mut Client) -> Response {
    client.receive().await.expect("the connection ended").remove(0)
}

#[test]
fn a_second_client_waits_until_the_first_gives_up_its_batch_oplock() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        let opened = first.call(create_caching("a", BATCH)).await;
        assert_eq!(level(&opened), BATCH);
        let interim = second.begin(create_caching("a", BATCH)).await;
        assert_eq!(interim.status(), NtStatus::PENDING);
        let notification = receive(&mut first).await;
        assert_eq!(notification.header.command, Command::OplockBreak as u16);
        assert_eq!(notification.header.message_id, MessageId::UNSOLICITED);
        assert_eq!(notification.header.session_id, SessionId::NONE);
        assert_eq!(level(&notification), LEVEL_II);
        let answer = first.call(acknowledge_break(opened.file_id(), LEVEL_II)).await;
        assert_eq!(answer.status(), NtStatus::SUCCESS);
        let late = receive(&mut second).await;
        assert!(late.header.flags.contains(HeaderFlags::ASYNC));
        assert_eq!((late.status(), level(&late)), (NtStatus::SUCCESS, LEVEL_II));
        let unasked = first.call(acknowledge_break(opened.file_id(), LEVEL_II)).await;
        assert_eq!(unasked.status(), NtStatus::INVALID_OPLOCK_PROTOCOL);
    });
}

#[test]
fn a_write_ends_level_ii_for_everyone_and_waits_for_nobody() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        first.call(create_caching("a", LEVEL_II)).await;
        let opened = second.call(create("a", false)).await;
        let written = second.call(write(opened.file_id(), 0, b"x")).await;
        assert_eq!(written.status(), NtStatus::SUCCESS);
        assert_eq!(level(&receive(&mut first).await), 0);
    });
}

#[test]
fn a_write_of_nothing_ends_no_oplock() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        first.call(create_caching("a", LEVEL_II)).await;
        let opened = second.call(create("a", false)).await;
        let nothing = second.call(write(opened.file_id(), 0, b"")).await;
        assert_eq!(nothing.status(), NtStatus::SUCCESS);
        // What the first client hears next is the answer to its own request, not a break.
        assert_eq!(first.call(echo()).await.header.command, Command::Echo as u16);
    });
}

#[test]
fn a_client_that_goes_gives_up_its_oplock() {
    run(async {
        let house = House::new().in_memory("files");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        first.call(create_caching("a", BATCH)).await;
        let interim = second.begin(create("a", false)).await;
        assert_eq!(interim.status(), NtStatus::PENDING);
        first.hang_up().await;
        assert_eq!(receive(&mut second).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn on_a_share_that_demands_encryption_notifications_are_encrypted() {
    run(async {
        let house = House::new().in_memory("files");
        house.add_share("vault", |share| share.encrypt = true);
        let house = house.in_memory("vault");
        let (mut first, mut second) = (house.alice().await, house.alice().await);
        for client in [&mut first, &mut second] {
            client.encrypts = true;
            client.enter("vault").await;
        }
        first.call(create_caching("a", BATCH)).await;
        let interim = second.begin(create("a", false)).await;
        assert_eq!(interim.status(), NtStatus::PENDING);
        let notification = receive(&mut first).await;
        assert!(notification.encrypted);
        assert_eq!(level(&notification), LEVEL_II);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_appends_to_a_file_breaks_its_batch_oplock() {
    run(async {
        use std::io::Write;
        let house = House::new();
        let mut client = house.alice().await;
        let opened = client.call(create_caching("a", BATCH)).await;
        assert_eq!(level(&opened), BATCH);
        let written = client.call(write(opened.file_id(), 0, b"ours")).await;
        assert_eq!(written.status(), NtStatus::SUCCESS);
        let file = house.folder.path().join("files/a");
        let mut file = std::fs::File::options().append(true).open(file).unwrap();
        file.write_all(b" and theirs").unwrap();
        let notification = receive(&mut client).await;
        assert_eq!(notification.header.command, Command::OplockBreak as u16);
        assert_eq!(level(&notification), 0);
        // What it still had is written before it answers.
        let written = client.call(write(opened.file_id(), 0, b"OURS")).await;
        assert_eq!(written.status(), NtStatus::SUCCESS);
        let answer = client.call(acknowledge_break(opened.file_id(), 0)).await;
        assert_eq!(answer.status(), NtStatus::SUCCESS);
    });
}
