//! Sessions bound to several connections ([MS-SMB2] 3.3.5.5.2): who may bind, what a channel does, what ends it.

use super::client::{Client, acknowledge_break, create, create_caching, echo};
use super::*;
use crate::smb::client::Offer;
use crate::smb::status::NtStatus;
use crate::smb::wire::create::oplock_level;
use crate::smb::wire::header::Command;
use crate::smb::wire::ids::SessionId;

/// An offer of 3.1.1 alone.
fn modern() -> Offer {
    Offer {
        contexts: true,
        ..Offer::of(&[0x0311])
    }
}

/// One more connection for a session.
async fn channel(house: &House, session: &Client, offer: &Offer) -> Client {
    let mut channel = house.connect();
    channel.offer(offer).await;
    channel.bind(session);
    channel
}

async fn bound(house: &House, session: &Client) -> Client {
    let mut channel = channel(house, session, &Offer::of(&[0x0302])).await;
    channel.log_in("alice", PASSWORD).await.unwrap();
    channel
}

#[test]
fn a_session_answers_on_each_of_its_channels_and_ends_with_the_last() {
    run(async {
        for offer in [Offer::of(&[0x0300]), modern()] {
            for encrypts in [false, true] {
                let house = House::new();
                let mut first = house.connect();
                first.offer(&offer).await;
                first.log_in("alice", PASSWORD).await.unwrap();
                first.encrypts = encrypts;
                first.enter("files").await;
                let file = first.open("a", false).await;
                let mut second = channel(&house, &first, &offer).await;
                second.log_in("alice", PASSWORD).await.unwrap();
                second.encrypts = encrypts;
                let written = second.call(client::write(file, 0, b"by the second")).await;
                assert_eq!(written.status(), NtStatus::SUCCESS);
                assert_eq!((written.signed, written.encrypted), (!encrypts, encrypts));
                assert_eq!(house.sessions.list().len(), 1);
                // What was opened by the first stays, for the session does.
                first.hang_up().await;
                assert_eq!(house.sessions.list().len(), 1);
                let read = second.call(client::read(file, 100)).await;
                assert_eq!(read.status(), NtStatus::SUCCESS);
                assert!(read.body.ends_with(b"by the second"));
                second.hang_up().await;
                assert!(house.sessions.list().is_empty());
                assert!(house.context.opens.all().is_empty());
            }
        }
    });
}

#[test]
fn each_channel_signs_with_a_key_of_its_own() {
    run(async {
        let house = House::new();
        let mut first = house.alice().await;
        let mut second = bound(&house, &first).await;
        let own = second.signing.replace(first.signing.clone().unwrap());
        assert_eq!(
            second.call(create("a", false)).await.status(),
            NtStatus::ACCESS_DENIED
        );
        second.signing = own;
        assert_eq!(second.call(create("a", false)).await.status(), NtStatus::SUCCESS);
        first.signing.clone_from(&second.signing);
        assert_eq!(
            first.call(create("a", false)).await.status(),
            NtStatus::ACCESS_DENIED
        );
    });
}

#[test]
fn only_who_has_its_key_and_is_the_same_person_binds_a_session() {
    run(async {
        let house = House::new();
        let mut first = house.alice().await;
        let usual = Offer::of(&[0x0302]);

        let mut other = channel(&house, &first, &usual).await;
        assert_eq!(other.log_in("bob", PASSWORD).await, Err(NtStatus::ACCESS_DENIED));
        let mut unproven = channel(&house, &first, &usual).await;
        let refused = unproven.log_in("alice", "wrong").await;
        assert_eq!(refused, Err(NtStatus::LOGON_FAILURE));
        assert_eq!(
            unproven.call(create("a", false)).await.status(),
            NtStatus::USER_SESSION_DELETED
        );

        let bob = {
            let mut bob = house.connect();
            bob.offer(&usual).await;
            bob.log_in("bob", PASSWORD).await.unwrap();
            bob
        };
        let mut without_key = channel(&house, &first, &usual).await;
        without_key.signing.clone_from(&bob.signing);
        let refused = without_key.log_in("alice", PASSWORD).await;
        assert_eq!(refused, Err(NtStatus::ACCESS_DENIED));
        let mut unsigned = channel(&house, &first, &usual).await;
        unsigned.signing = None;
        let refused = unsigned.log_in("alice", PASSWORD).await;
        assert_eq!(refused, Err(NtStatus::INVALID_PARAMETER));

        house.add_share("open", |share| share.guest = true);
        let mut guest = house.connect();
        guest.negotiate(&[0x0302]).await;
        guest.log_in("scanner", "").await.unwrap();
        guest.signing.clone_from(&first.signing);
        let mut of_guest = channel(&house, &guest, &usual).await;
        let refused = of_guest.log_in("scanner", "").await;
        assert_eq!(refused, Err(NtStatus::NOT_SUPPORTED));

        // None of it did the session any harm.
        assert_eq!(first.call(create("a", false)).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn what_can_not_be_bound_is_refused_as_windows_refuses_it() {
    run(async {
        let house = House::new();
        let mut first = house.alice().await;
        for (offer, status) in [
            (Offer::of(&[0x0210]), NtStatus::REQUEST_NOT_ACCEPTED),
            (Offer::of(&[0x0300]), NtStatus::INVALID_PARAMETER),
            // It signs with AES-GMAC.
            (modern(), NtStatus::NOT_SUPPORTED),
            // It can't encrypt as the session could.
            (
                Offer {
                    encryption: false,
                    ..Offer::of(&[0x0302])
                },
                NtStatus::INVALID_PARAMETER,
            ),
        ] {
            let mut other = channel(&house, &first, &offer).await;
            assert_eq!(other.log_in("alice", PASSWORD).await, Err(status), "{offer:?}");
        }
        let mut modern_session = house.connect();
        modern_session.offer(&modern()).await;
        modern_session.log_in("alice", PASSWORD).await.unwrap();
        let mut older = channel(&house, &modern_session, &Offer::of(&[0x0302])).await;
        let refused = older.log_in("alice", PASSWORD).await;
        assert_eq!(refused, Err(NtStatus::REQUEST_OUT_OF_SEQUENCE));

        let usual = Offer::of(&[0x0302]);
        let mut nobody = channel(&house, &first, &usual).await;
        nobody.session_id = SessionId(first.session_id.0 ^ 0x5555);
        let refused = nobody.log_in("alice", PASSWORD).await;
        assert_eq!(refused, Err(NtStatus::USER_SESSION_DELETED));
        nobody.session_id = SessionId::NONE;
        let refused = nobody.log_in("alice", PASSWORD).await;
        assert_eq!(refused, Err(NtStatus::INVALID_PARAMETER));

        let own = first.signing.clone();
        let mut second = bound(&house, &first).await;
        second.bind(&first);
        second.signing.clone_from(&own);
        assert_eq!(
            second.log_in("alice", PASSWORD).await,
            Err(NtStatus::ACCESS_DENIED)
        );
        first.bind(&second);
        first.signing = own;
        let refused = first.log_in("alice", PASSWORD).await;
        assert_eq!(refused, Err(NtStatus::REQUEST_NOT_ACCEPTED));
    });
}

#[test]
fn no_session_has_more_channels_than_windows_gives_it() {
    run(async {
        let house = House::new();
        let first = house.alice().await;
        let mut channels = Vec::new();
        for _ in 1..32 {
            channels.push(bound(&house, &first).await);
        }
        let mut one_more = channel(&house, &first, &Offer::of(&[0x0302])).await;
        assert_eq!(
            one_more.log_in("alice", PASSWORD).await,
            Err(NtStatus::INSUFFICIENT_RESOURCES)
        );
        channels.remove(0).hang_up().await;
        one_more.bind(&first);
        one_more.log_in("alice", PASSWORD).await.unwrap();
    });
}

#[test]
fn who_is_sent_away_is_sent_away_from_every_channel() {
    run(async {
        let house = House::new();
        let first = house.alice().await;
        let second = bound(&house, &first).await;
        let session = house.sessions.list()[0].id;
        assert!(house.sessions.close(session));
        first.ended().await;
        second.ended().await;
    });
}

#[test]
fn a_renewal_that_fails_and_a_log_off_end_the_session_for_every_channel() {
    run(async {
        for logs_off in [false, true] {
            let house = House::new();
            let mut first = house.alice().await;
            let mut second = bound(&house, &first).await;
            if logs_off {
                let log_off = client::Request::new(Command::Logoff, vec![4, 0, 0, 0]);
                assert_eq!(second.call(log_off).await.status(), NtStatus::SUCCESS);
            } else {
                let refused = second.log_in("alice", "wrong").await;
                assert_eq!(refused, Err(NtStatus::LOGON_FAILURE));
            }
            for channel in [&mut first, &mut second] {
                let gone = channel.call(create("a", false)).await;
                assert_eq!(gone.status(), NtStatus::USER_SESSION_DELETED);
                assert!(gone.signed);
            }
        }
    });
}

#[test]
fn a_break_is_told_on_a_channel_that_lives() {
    run(async {
        let house = House::new().in_memory("files");
        let mut first = house.alice().await;
        let mut second = bound(&house, &first).await;
        let file = first
            .call(create_caching("a", oplock_level::BATCH))
            .await
            .file_id();
        first.hang_up().await;
        let mut other = house.alice().await;
        let opening = other.send(&[create("a", false)]).await;
        let told = second.receive().await.expect("a channel").remove(0);
        assert_eq!(told.header.command, Command::OplockBreak as u16);
        let acknowledged = second.call(acknowledge_break(file, oplock_level::LEVEL_II)).await;
        assert_eq!(acknowledged.status(), NtStatus::SUCCESS);
        loop {
            let response = other.receive().await.unwrap().remove(0);
            if !response.header.is_interim() {
                assert_eq!(response.header.message_id, opening);
                assert_eq!(response.status(), NtStatus::SUCCESS);
                break;
            }
        }
        assert_eq!(second.call(echo()).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn a_break_of_which_nothing_is_heard_is_told_on_another_channel() {
    run(async {
        let house = House::new().in_memory("files");
        let mut first = house.alice().await;
        let mut second = bound(&house, &first).await;
        let mut other = house.alice().await;
        let file = first
            .call(create_caching("a", oplock_level::BATCH))
            .await
            .file_id();
        tokio::time::pause();
        other.send(&[create("a", false)]).await;
        let told = first.receive().await.expect("a channel").remove(0);
        assert_eq!(told.header.command, Command::OplockBreak as u16);
        // The first has it and could not say so: its cable was pulled.
        let began = tokio::time::Instant::now();
        let told = second.receive().await.expect("a channel").remove(0);
        assert_eq!(told.header.command, Command::OplockBreak as u16);
        assert_eq!(began.elapsed().as_secs(), 5);
        let acknowledged = second.call(acknowledge_break(file, oplock_level::LEVEL_II)).await;
        assert_eq!(acknowledged.status(), NtStatus::SUCCESS);
        // Nor is it told once more: it was answered.
        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
        for channel in [&mut first, &mut second] {
            assert_eq!(channel.call(echo()).await.header.command, Command::Echo as u16);
        }
    });
}

#[test]
fn a_break_that_wants_no_answer_is_told_on_one_other_channel_and_no_more() {
    run(async {
        let house = House::new().in_memory("files");
        let mut first = house.alice().await;
        let mut second = bound(&house, &first).await;
        let mut other = house.alice().await;
        first.call(create_caching("a", oplock_level::LEVEL_II)).await;
        let file = other.open("a", false).await;
        tokio::time::pause();
        other.call(client::write(file, 0, b"content")).await;
        for channel in [&mut first, &mut second] {
            let told = channel.receive().await.expect("a channel").remove(0);
            assert_eq!(told.header.command, Command::OplockBreak as u16);
        }
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        for channel in [&mut first, &mut second] {
            assert_eq!(channel.call(echo()).await.header.command, Command::Echo as u16);
        }
    });
}
