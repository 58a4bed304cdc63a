//! Settings that are tightened, and the sessions that began before: they end unless they are as is demanded now.

use super::client::echo;
use super::*;
use crate::smb::client::Offer;
use crate::smb::status::NtStatus;
use crate::smb::{Dialect, Encryption};

fn permissive() -> SmbSettings {
    SmbSettings {
        require_signing: false,
        ..SmbSettings::default()
    }
}

async fn alice(house: &House, dialect: Dialect) -> Client {
    let mut client = house.connect();
    let offer = Offer {
        contexts: dialect == Dialect::Smb311,
        ..Offer::of(&[dialect.code()])
    };
    assert_eq!(client.offer(&offer).await, dialect);
    client.log_in("alice", PASSWORD).await.unwrap();
    // As the server asked for at the log-in.
    let sessions = house.sessions.list();
    client.encrypts = sessions
        .last()
        .is_some_and(|session| session.security.cipher.is_some());
    assert_eq!(client.enter("files").await, NtStatus::SUCCESS);
    client
}

async fn stays(mut client: Client) {
    assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
}

#[test]
fn sessions_of_an_older_dialect_end_when_a_newer_one_is_demanded() {
    run(async {
        let house = House::with(permissive());
        let old = alice(&house, Dialect::Smb210).await;
        let new = alice(&house, Dialect::Smb302).await;
        let mut negotiated = house.connect();
        negotiated.negotiate(&[Dialect::Smb210.code()]).await;
        house.context.apply(SmbSettings {
            minimum_dialect: Dialect::Smb300,
            ..permissive()
        });
        old.ended().await;
        stays(new).await;
        // Who had negotiated already does not get in either.
        negotiated.send(&[echo()]).await;
        assert!(negotiated.receive().await.is_some());
        assert!(negotiated.try_log_in("alice", PASSWORD).await.is_err());
        negotiated.ended().await;
        assert_eq!(house.sessions.list().len(), 0);
    });
}

#[test]
fn sessions_that_do_not_sign_end_when_signing_is_demanded() {
    run(async {
        let house = House::with(permissive());
        house.add_share("open", |share| share.guest = true);
        // From 3.0 on it would be encrypted, for its log-in is not protected against being passed on.
        let unsigned = alice(&house, Dialect::Smb210).await;
        let mut guest = house.connect();
        guest.negotiate(&[Dialect::Smb302.code()]).await;
        guest.log_in("nobody", PASSWORD).await.unwrap();
        house.context.apply(SmbSettings {
            require_signing: true,
            ..permissive()
        });
        unsigned.ended().await;
        // Guests have no key to sign with.
        stays(guest).await;
        let signed = alice(&house, Dialect::Smb302).await;
        house.context.apply(SmbSettings::default());
        stays(signed).await;
    });
}

#[test]
fn sessions_in_the_clear_end_when_encryption_is_demanded() {
    run(async {
        let house = House::new();
        let clear = [
            alice(&house, Dialect::Smb210).await,
            alice(&house, Dialect::Smb302).await,
            alice(&house, Dialect::Smb311).await,
        ];
        let required = SmbSettings {
            encryption: Encryption::Required,
            ..SmbSettings::default()
        };
        house.context.apply(required.clone());
        for client in clear {
            client.ended().await;
        }
        let mut encrypted = house.connect();
        encrypted.negotiate(&[Dialect::Smb302.code()]).await;
        encrypted.log_in("alice", PASSWORD).await.unwrap();
        house.context.apply(required);
        encrypted.encrypts = true;
        stays(encrypted).await;
    });
}
