//! Dialects, and what comes before them.

use super::client::{Request, echo, negotiate_body, validate_negotiate};
use super::*;
use crate::smb::Dialect;
use crate::smb::client::Offer;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::{Command, Header};
use crate::smb::wire::ids::MessageId;

#[test]
fn each_dialect_is_served_to_a_client_that_knows_no_other() {
    run(async {
        let house = House::new();
        for dialect in [Dialect::Smb202, Dialect::Smb210, Dialect::Smb300, Dialect::Smb302] {
            let mut client = house.connect();
            assert_eq!(client.negotiate(&[dialect.code()]).await, dialect);
            client.log_in("alice", PASSWORD).await.unwrap();
            assert_eq!(client.enter("files").await, NtStatus::SUCCESS);
        }
    });
}

#[test]
fn a_small_device_that_lists_five_dialects_without_contexts_gets_3_0_2() {
    run(async {
        let mut client = House::new().connect();
        assert_eq!(
            client.negotiate(&[0x0202, 0x0210, 0x0300, 0x0302, 0x0311]).await,
            Dialect::Smb302
        );
    });
}

#[test]
fn dialects_below_the_set_minimum_are_refused() {
    run(async {
        let settings = SmbSettings {
            minimum_dialect: Dialect::Smb300,
            ..SmbSettings::default()
        };
        let mut client = House::with(settings).connect();
        let response = client
            .call(Request::new(
                Command::Negotiate,
                negotiate_body(&[0x0202, 0x0210]),
            ))
            .await;
        assert_eq!(response.status(), NtStatus::NOT_SUPPORTED);
    });
}

#[test]
fn an_smb1_negotiate_that_offers_smb2_leads_there() {
    run(async {
        let mut client = House::new().connect();
        let mut message = vec![0xFF, b'S', b'M', b'B', 0x72];
        message.resize(33, 0);
        let names = b"\x02NT LM 0.12\0\x02SMB 2.002\0\x02SMB 2.???\0";
        message.extend(u16::try_from(names.len()).unwrap().to_le_bytes());
        message.extend_from_slice(names);
        client.send_raw(&message).await;
        let response = client.receive().await.unwrap().remove(0);
        assert_eq!(response.body[4..6], [0xFF, 0x02]);
        assert_eq!(client.negotiate(&[0x0210]).await, Dialect::Smb210);
        client.log_in("alice", PASSWORD).await.unwrap();
    });
}

#[test]
fn smb1_alone_is_told_that_it_is_not_spoken_and_ends_the_connection() {
    run(async {
        let mut client = House::new().connect();
        let mut message = vec![0xFF, b'S', b'M', b'B', 0x72];
        message.resize(33, 0);
        message.extend(b"\x0C\0\x02NT LM 0.12\0");
        message[9] = 0x18;
        message[26..32].copy_from_slice(&[0x34, 0x12, 0, 0, 7, 0]);
        client.send_raw(&message).await;
        let answer = client.receive_raw().await.unwrap();
        assert_eq!(answer[..9], [0, 0, 0, 37, 0xFF, b'S', b'M', b'B', 0x72]);
        assert_eq!(answer[9..14], [0, 0, 0, 0, 0x98], "a reply that says success");
        assert_eq!(
            answer[30..36],
            [0x34, 0x12, 0, 0, 7, 0],
            "it is known by its request's ids"
        );
        assert_eq!(answer[36..], [1, 0xFF, 0xFF, 0, 0]);
        client.ended().await;
    });
}

#[test]
fn a_downgrade_to_3_0_2_is_noticed_by_who_asks() {
    run(async {
        let all = [0x0202, 0x0210, 0x0300, 0x0302, 0x0311];
        for (dialects, is_right) in [(&all[..], false), (&all[..4], true)] {
            let mut client = House::new().connect();
            // Somebody on the way took the contexts out, without which there is no 3.1.1.
            assert_eq!(client.negotiate(dialects).await, Dialect::Smb302);
            client.log_in("alice", PASSWORD).await.unwrap();
            client.enter("IPC$").await;
            client.send(&[validate_negotiate(dialects)]).await;
            match client.receive().await {
                Some(answers) => assert_eq!((answers[0].status(), is_right), (NtStatus::SUCCESS, true)),
                None => assert!(!is_right),
            }
        }
    });
}

#[test]
fn a_second_negotiate_ends_the_connection() {
    run(async {
        let mut client = House::new().connect();
        client.negotiate(&[0x0210]).await;
        client
            .send(&[Request::new(Command::Negotiate, negotiate_body(&[0x0210]))])
            .await;
        client.ended().await;
    });
}

#[test]
fn a_request_before_negotiate_ends_the_connection() {
    run(async {
        let mut client = House::new().connect();
        client.send(&[echo()]).await;
        client.ended().await;
    });
}

#[test]
fn the_session_request_of_netbios_is_accepted_and_keepalives_are_passed_over() {
    run(async {
        let mut client = House::new().connect();
        client.send_bytes(&[0x81, 0, 0, 4, 1, 2, 3, 4]).await;
        assert_eq!(client.receive_raw().await.unwrap(), [0x82, 0, 0, 0]);
        client.send_bytes(&[0x85, 0, 0, 0]).await;
        assert_eq!(client.negotiate(&[0x0202]).await, Dialect::Smb202);
    });
}

#[test]
fn a_stranger_s_large_frame_ends_the_connection() {
    run(async {
        let mut client = House::new().connect();
        client.send_bytes(&[0, 0x10, 0, 0]).await;
        client.ended().await;
    });
}

#[test]
fn a_message_id_that_was_not_granted_ends_the_connection() {
    run(async {
        let mut client = House::new().connect();
        client.negotiate(&[0x0210]).await;
        let header = Header {
            credit_charge: 1,
            command: Command::Echo as u16,
            credits: 1,
            message_id: MessageId(60_000),
            ..Header::default()
        };
        let mut message = Vec::new();
        header.encode(&mut message);
        message.extend([4, 0, 0, 0]);
        client.send_raw(&message).await;
        client.ended().await;
    });
}

#[test]
fn arbitrary_frames_end_the_connection_or_are_answered_and_never_harm_the_server() {
    use proptest::prelude::*;
    let house = House::new();
    let frames = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..6);
    proptest!(ProptestConfig::with_cases(64), |(frames in frames, smb2: bool)| {
        run(async {
            let mut client = house.connect();
            if smb2 {
                client.negotiate(&[0x0302]).await;
            }
            for frame in &frames {
                let mut message = vec![0xFE, b'S', b'M', b'B', 64, 0];
                message.extend_from_slice(frame);
                client.send_raw(&message).await;
            }
            // The server still serves.
            let mut other = house.connect();
            assert_eq!(other.negotiate(&[0x0210]).await, Dialect::Smb210);
        });
    });
}

#[test]
fn a_client_with_contexts_signs_and_encrypts_by_3_1_1() {
    run(async {
        let house = House::new();
        let mut client = house.connect();
        let offer = Offer {
            contexts: true,
            ..Offer::of(&[0x0302, 0x0311])
        };
        assert_eq!(client.offer(&offer).await, Dialect::Smb311);
        client.log_in("alice", PASSWORD).await.unwrap();
        assert_eq!(client.enter("files").await, NtStatus::SUCCESS);
        assert!(client.call(echo()).await.signed);
        client.encrypts = true;
        let response = client.call(echo()).await;
        assert_eq!(response.status(), NtStatus::SUCCESS);
        assert!(response.encrypted);
    });
}
