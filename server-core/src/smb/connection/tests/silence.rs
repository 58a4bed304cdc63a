//! Clients that say nothing: strangers may for a short while, people for as long as they like. Time passes at once
//! here, whenever nobody has anything to do.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, pause, sleep};

use super::client::{close, echo};
use super::*;
use crate::smb::status::NtStatus;

/// A session request of the NetBIOS session service that names nobody.
const SESSION_REQUEST: [u8; 4] = [0x81, 0, 0, 0];
const DAY: Duration = Duration::from_secs(86_400);

/// How long a connection lasts on which nothing more is said.
async fn lasts(mut client: Client) -> Duration {
    pause();
    let began = Instant::now();
    assert!(client.receive().await.is_none());
    began.elapsed()
}

#[test]
fn a_stranger_is_shown_the_door_after_the_grace_for_logging_in() {
    run(async {
        let house = House::new();
        let grace = SmbSettings::default().login_grace;
        let silent = lasts(house.connect()).await;
        assert!((grace..grace * 2).contains(&silent), "{silent:?}");
    });
}

#[test]
fn asking_for_a_dialect_alone_buys_no_more_time() {
    run(async {
        let house = House::new();
        let grace = SmbSettings::default().login_grace;
        let mut client = house.connect();
        client.negotiate(&[0x0302]).await;
        let silent = lasts(client).await;
        assert!(silent < grace * 2, "{silent:?}");
    });
}

#[test]
fn a_person_who_has_something_open_may_be_silent_for_days() {
    run(async {
        let house = House::with(SmbSettings {
            idle_timeout: Some(Duration::from_secs(600)),
            ..SmbSettings::default()
        });
        let mut client = house.alice().await;
        let file = client.open("a", false).await;
        pause();
        sleep(3 * DAY).await;
        assert_eq!(client.call(close(file)).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn a_person_who_has_nothing_open_is_kept_as_long_as_is_set() {
    run(async {
        let idle = Duration::from_secs(600);
        let house = House::with(SmbSettings {
            idle_timeout: Some(idle),
            ..SmbSettings::default()
        });
        let mut client = house.alice().await;
        pause();
        for _ in 0..3 {
            sleep(idle - Duration::from_secs(60)).await;
            assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
        }
        let began = Instant::now();
        assert!(client.receive().await.is_none());
        let silent = began.elapsed();
        assert!((idle..idle * 2).contains(&silent), "{silent:?}");
    });
}

/// A client of the session service that asks for a session again and again for ten seconds, and of which there is
/// always more to read meanwhile.
struct Endless(Instant);

impl AsyncRead for Endless {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        // As a socket does it: whoever has read for long lets others have a turn.
        std::task::ready!(tokio::task::coop::poll_proceed(context)).made_progress();
        if self.0.elapsed() < Duration::from_secs(10) {
            for _ in 0..buffer.remaining() / SESSION_REQUEST.len() {
                buffer.put_slice(&SESSION_REQUEST);
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_stranger_that_never_pauses_is_shown_the_door_too() {
    run(async {
        let house = House::with(SmbSettings {
            login_grace: Duration::from_millis(50),
            ..SmbSettings::default()
        });
        let stream = tokio::io::join(Endless(Instant::now()), tokio::io::sink());
        let peer = "127.0.0.1:50000".parse().unwrap();
        let place = Place::of_a_stranger();
        let (context, stop) = (Arc::clone(&house.context), house.stop.clone());
        let began = Instant::now();
        super::super::serve(stream, peer, None, place, Framing::NetBios, context, stop).await;
        assert!(began.elapsed() < Duration::from_secs(5));
    });
}
