//! Chains of requests ([MS-SMB2] 3.3.5.2.7).

use super::client::{RELATED_FILE, Request, Response, close, create, echo, read, write};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, Header};
use crate::smb::wire::ids::{MessageId, SessionId};

#[test]
fn a_file_is_created_written_and_closed_in_one_chain() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let chain = [
            create("scan.txt", false),
            write(RELATED_FILE, 0, b"a page").related(),
            close(RELATED_FILE).related(),
        ];
        client.send(&chain).await;
        let responses = client.receive().await.unwrap();
        assert_eq!(responses.len(), 3);
        for response in &responses {
            assert_eq!(response.status(), NtStatus::SUCCESS);
            assert!(response.signed);
        }
        assert_eq!(
            std::fs::read(house.folder.path().join("files/scan.txt")).unwrap(),
            b"a page"
        );
    });
}

#[test]
fn what_depends_on_a_failed_create_fails_as_it_did() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client
            .send(&[
                create("no\\such\\file", false),
                close(RELATED_FILE).related(),
                echo(),
            ])
            .await;
        let statuses: Vec<_> = client
            .receive()
            .await
            .unwrap()
            .iter()
            .map(Response::status)
            .collect();
        let failed = NtStatus::OBJECT_PATH_NOT_FOUND;
        assert_eq!(statuses, [failed, failed, NtStatus::SUCCESS]);
    });
}

#[test]
fn a_chain_that_begins_related_is_refused_up_to_the_first_that_is_not() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client
            .send(&[
                create("a", false).related(),
                close(RELATED_FILE).related(),
                echo(),
            ])
            .await;
        let statuses: Vec<_> = client
            .receive()
            .await
            .unwrap()
            .iter()
            .map(Response::status)
            .collect();
        let refused = NtStatus::INVALID_PARAMETER;
        assert_eq!(statuses, [refused, refused, NtStatus::SUCCESS]);
    });
}

#[test]
fn a_session_that_is_not_there_breaks_the_chain_behind_it() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let stray = Request {
            session_id: Some(SessionId(u64::MAX)),
            ..create("a", false)
        };
        client.send(&[stray, close(RELATED_FILE).related()]).await;
        let responses = client.receive().await.unwrap();
        assert_eq!(responses[0].status(), NtStatus::USER_SESSION_DELETED);
        assert_eq!(responses[1].status(), NtStatus::INVALID_PARAMETER);
        // Clients that sign take a response without the flag for forged, and never see the status.
        assert!(responses.iter().all(Response::has_signed_flag));
    });
}

#[test]
fn a_command_that_does_not_exist_is_refused_with_a_signature_and_the_connection_goes_on() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let bogus = Request {
            command: 0xFF,
            ..echo()
        };
        let response = client.call(bogus).await;
        assert_eq!(response.status(), NtStatus::INVALID_PARAMETER);
        assert!(response.signed);
        assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn answers_that_no_frame_can_hold_are_refused_and_the_frame_stays_whole() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let size = 8 << 20;
        let file = std::fs::File::create(house.folder.path().join("files/large")).unwrap();
        file.set_len(u64::from(size)).unwrap();
        let large = client.open("large", false).await;
        // Three reads are more than the 24 bits of a frame's length can say.
        client
            .send(&[read(large, size), read(large, size), read(large, size)])
            .await;
        let responses = client.receive().await.unwrap();
        assert_eq!(responses[0].status(), NtStatus::SUCCESS);
        assert!(responses[0].body.len() > 8 << 20);
        for response in &responses[1..] {
            assert_eq!(response.status(), NtStatus::INSUFFICIENT_RESOURCES);
            assert!(response.signed);
        }
        assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn a_chain_whose_links_lead_nowhere_ends_the_connection() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client.signing = None;
        let header = Header {
            credit_charge: 1,
            command: Command::Echo as u16,
            credits: 1,
            next_command: 0x7FFF_FFF8,
            message_id: MessageId(4),
            session_id: client.session_id,
            ..Header::default()
        };
        let mut message = Vec::new();
        header.encode(&mut message);
        message.extend([4, 0, 0, 0]);
        client.send_raw(&message).await;
        client.ended().await;
    });
}
