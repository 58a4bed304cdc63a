//! Clients that say nothing: strangers may for a short while, people for as long as they like. Time passes at once
//! here, whenever nobody has anything to do.

use std::time::Duration;

use tokio::time::{Instant, pause, sleep};

use super::client::echo;
use super::*;
use crate::smb::status::NtStatus;

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
fn a_person_may_be_silent_for_a_day() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        pause();
        sleep(DAY).await;
        assert_eq!(client.call(echo()).await.status(), NtStatus::SUCCESS);
    });
}
