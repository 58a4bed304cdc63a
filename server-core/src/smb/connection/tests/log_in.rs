//! Sessions: who gets one, how it is protected, how it ends.

use std::time::Duration;

use super::client::{close, create, echo};
use super::*;
use crate::live::{ActivityKind, Event};
use crate::smb::Encryption;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::Command;
use crate::smb::wire::ids::SessionId;

fn log_off() -> client::Request {
    client::Request::new(Command::Logoff, vec![4, 0, 0, 0])
}

#[test]
fn a_named_person_s_unsigned_request_is_refused() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client.signing = None;
        assert_eq!(
            client.call(create("a", false)).await.status(),
            NtStatus::ACCESS_DENIED
        );
    });
}

#[test]
fn a_wrong_password_is_refused_even_where_guests_are_admitted() {
    run(async {
        let house = House::new();
        house.add_share("open", |share| share.guest = true);
        let mut client = house.connect();
        client.negotiate(&[0x0210]).await;
        assert_eq!(
            client.log_in("alice", "wrong").await,
            Err(NtStatus::LOGON_FAILURE)
        );
    });
}

#[test]
fn an_unknown_name_is_a_guest_only_where_a_share_admits_guests() {
    run(async {
        let house = House::new();
        let mut client = house.connect();
        client.negotiate(&[0x0302]).await;
        assert_eq!(client.log_in("scanner", "").await, Err(NtStatus::LOGON_FAILURE));
        house.add_share("open", |share| share.guest = true);
        let mut client = house.connect();
        client.negotiate(&[0x0302]).await;
        client.log_in("scanner", "").await.unwrap();
        assert!(client.signing.is_none());
        assert_eq!(client.enter("files").await, NtStatus::ACCESS_DENIED);
        assert_eq!(client.enter("open").await, NtStatus::SUCCESS);
        assert_eq!(house.sessions.list()[0].security.authentication, "guest");
    });
}

#[test]
fn a_guest_is_refused_where_everything_is_encrypted() {
    run(async {
        let house = House::with(SmbSettings {
            encryption: Encryption::Required,
            ..SmbSettings::default()
        });
        house.add_share("open", |share| share.guest = true);
        let mut client = house.connect();
        client.negotiate(&[0x0302]).await;
        assert_eq!(client.log_in("scanner", "").await, Err(NtStatus::ACCESS_DENIED));
        let mut client = house.connect();
        client.negotiate(&[0x0302]).await;
        client.log_in("alice", PASSWORD).await.unwrap();
        assert_eq!(client.enter("files").await, NtStatus::ACCESS_DENIED);
        client.encrypts = true;
        assert_eq!(client.enter("files").await, NtStatus::SUCCESS);
    });
}

#[test]
fn a_share_that_wants_encryption_takes_nothing_in_the_clear() {
    run(async {
        let house = House::new();
        house.add_share("secret", |share| share.encrypt = true);
        let mut client = house.alice().await;
        assert_eq!(client.enter("secret").await, NtStatus::SUCCESS);
        assert_eq!(
            client.call(create("a", false)).await.status(),
            NtStatus::ACCESS_DENIED
        );
        client.encrypts = true;
        let response = client.call(create("a", false)).await;
        assert_eq!(response.status(), NtStatus::SUCCESS);
        assert!(response.encrypted);
        let mut old = house.connect();
        old.negotiate(&[0x0210]).await;
        old.log_in("alice", PASSWORD).await.unwrap();
        assert_eq!(old.enter("secret").await, NtStatus::ACCESS_DENIED);
    });
}

#[test]
fn the_connection_outlives_its_last_session() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        client.open("a", false).await;
        assert_eq!(client.call(log_off()).await.status(), NtStatus::SUCCESS);
        let gone = client.call(log_off()).await;
        assert_eq!(gone.status(), NtStatus::USER_SESSION_DELETED);
        assert!(gone.signed);
        assert!(house.sessions.list().is_empty());
        client.signing = None;
        client.session_id = SessionId::NONE;
        assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
        client.log_in("alice", PASSWORD).await.unwrap();
        assert_eq!(client.enter("files").await, NtStatus::SUCCESS);
    });
}

#[test]
fn an_expired_session_may_only_tidy_up_until_it_is_renewed() {
    run(async {
        let house = House::with(SmbSettings::default());
        let mut client = house.alice().await;
        let (kept, closed) = (
            client.open("kept", false).await,
            client.open("closed", false).await,
        );
        let short = SmbSettings {
            session_lifetime: Some(Duration::ZERO),
            ..SmbSettings::default()
        };
        house.context.settings.set(short);
        client.log_in("alice", PASSWORD).await.unwrap();
        let refused = client.call(create("other", false)).await;
        assert_eq!(refused.status(), NtStatus::NETWORK_SESSION_EXPIRED);
        assert!(refused.signed);
        assert_eq!(client.call(close(closed)).await.status(), NtStatus::SUCCESS);
        house.context.settings.set(SmbSettings::default());
        client.log_in("alice", PASSWORD).await.unwrap();
        assert_eq!(
            client.call(create("other", false)).await.status(),
            NtStatus::SUCCESS
        );
        assert_eq!(client.call(close(kept)).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn a_renewal_that_fails_ends_the_session() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        assert_eq!(
            client.log_in("alice", "wrong").await,
            Err(NtStatus::LOGON_FAILURE)
        );
        assert_eq!(client.call(echo()).await.status(), NtStatus::USER_SESSION_DELETED);
        assert!(house.sessions.list().is_empty());
    });
}

#[test]
fn a_session_is_not_renewed_as_somebody_else() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        assert_eq!(client.log_in("bob", PASSWORD).await, Err(NtStatus::ACCESS_DENIED));
        assert_eq!(client.call(echo()).await.status(), NtStatus::USER_SESSION_DELETED);
    });
}

#[test]
fn a_lost_session_is_replaced_by_the_same_person_only() {
    run(async {
        let house = House::new();
        let mut lost = house.alice().await;
        let mut bob = house.connect();
        bob.negotiate(&[0x0302]).await;
        bob.log_in_after("bob", PASSWORD, lost.session_id).await.unwrap();
        assert_eq!(lost.call(echo()).await.status(), NtStatus::SUCCESS);
        let mut again = house.connect();
        again.negotiate(&[0x0302]).await;
        again
            .log_in_after("alice", PASSWORD, lost.session_id)
            .await
            .unwrap();
        let refused = lost.call(create("a", false)).await;
        assert_eq!(refused.status(), NtStatus::USER_SESSION_DELETED);
    });
}

#[test]
fn a_share_that_is_removed_is_gone_for_those_in_it() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let share = house.identity.share("files").unwrap();
        house.context.engine.unmount(share.id);
        assert_eq!(
            client.call(create("a", false)).await.status(),
            NtStatus::NETWORK_NAME_DELETED
        );
    });
}

#[test]
fn a_share_that_is_not_there_is_told_of_by_the_name_that_was_typed() {
    run(async {
        let house = House::new();
        let mut events = house.context.events.subscribe();
        let mut client = house.connect();
        client.negotiate(&[0x0210]).await;
        client.log_in("alice", PASSWORD).await.unwrap();
        assert_eq!(client.enter("Scan\u{7}s").await, NtStatus::BAD_NETWORK_NAME);
        let mut told = Vec::new();
        while let Ok(event) = events.try_recv() {
            if let Event::Activity(record) = event
                && record.kind == ActivityKind::AccessRefused
            {
                told.push((record.user, record.message));
            }
        }
        let message = "refused: there is no share named Scans".to_owned();
        assert_eq!(told, [(Some("alice".to_owned()), message)]);
    });
}

#[test]
fn a_log_in_under_way_gets_one_credit_and_the_end_of_it_what_was_asked_for() {
    run(async {
        let house = House::new();
        let mut client = house.connect();
        client.negotiate(&[0x0210]).await;
        let negotiated = std::mem::replace(&mut client.credits, 64);
        client.log_in("alice", PASSWORD).await.unwrap();
        // Of the most that a client may hold, it holds what NEGOTIATE and the last message of the log-in gave.
        client.credits = u16::MAX;
        let granted = client.call(echo()).await.header.credits;
        assert_eq!(granted, 8192 - (negotiated - 1) - 63);
    });
}
