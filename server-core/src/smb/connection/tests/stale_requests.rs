//! Requests that come late, with a channel sequence that the client has counted up since.

use super::client::{Client, Request, create, read, write};
use super::*;
use crate::smb::status::NtStatus;

async fn status(client: &mut Client, sequence: u16, request: Request) -> NtStatus {
    client.channel_sequence = sequence;
    client.call(request).await.status()
}

#[test]
fn a_stale_request_may_read_but_not_write() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let file = client.open("a", false).await;
        assert_eq!(
            status(&mut client, 0, write(file, 0, b"x")).await,
            NtStatus::SUCCESS
        );
        // A read is enough to make the newer count known.
        assert_eq!(status(&mut client, 1, read(file, 1)).await, NtStatus::SUCCESS);
        let late = status(&mut client, 0, write(file, 0, b"y")).await;
        assert_eq!(late, NtStatus::FILE_NOT_AVAILABLE);
        assert_eq!(status(&mut client, 0, read(file, 1)).await, NtStatus::SUCCESS);
        assert_eq!(
            status(&mut client, 1, write(file, 0, b"z")).await,
            NtStatus::SUCCESS
        );
    });
}

#[test]
fn an_open_begins_with_the_sequence_of_its_create() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client.channel_sequence = 0x9000;
        let file = client.call(create("a", false)).await.file_id();
        assert_eq!(
            status(&mut client, 0x9000, write(file, 0, b"x")).await,
            NtStatus::SUCCESS
        );
        let late = status(&mut client, 0x8FFF, write(file, 0, b"y")).await;
        assert_eq!(late, NtStatus::FILE_NOT_AVAILABLE);
    });
}

#[test]
fn before_3_0_the_field_means_nothing() {
    run(async {
        let house = House::new();
        let mut client = house.connect();
        client.negotiate(&[0x0210]).await;
        client.log_in("alice", PASSWORD).await.unwrap();
        client.enter("files").await;
        let file = client.open("a", false).await;
        for sequence in [1, 0, 0x9000] {
            let written = status(&mut client, sequence, write(file, 0, b"x")).await;
            assert_eq!(written, NtStatus::SUCCESS);
        }
    });
}
