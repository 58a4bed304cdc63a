//! Places with strangers from addresses that no network here has.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;

const LIMITS: ConnectionLimits = ConnectionLimits {
    strangers: 8,
    strangers_per_address: 4,
    strangers_per_familiar_address: 6,
    people: 4,
    people_per_address: 3,
    per_person: 4,
};

fn places() -> Places {
    Places::new(LIMITS, Limits::default())
}

/// Strangers and people who are here, and how often each was refused.
fn used(places: &Places) -> [u64; 4] {
    let list = places.0.gauges.list();
    let [strangers, people] = list.as_slice() else {
        panic!("two limits");
    };
    assert_eq!((strangers.most, people.most), (8, 4));
    [strangers.used, people.used, strangers.refused, people.refused]
}

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
}

fn take(places: &Places, from: IpAddr) -> Place {
    places.take(from, Instant::now()).unwrap()
}

fn is_pushed_out(place: &Place) -> bool {
    place.0.pushed_out.is_cancelled()
}

#[test]
fn the_oldest_stranger_of_an_address_gives_up_its_place_for_a_newcomer_from_there() {
    let places = places();
    let other = take(&places, address(2));
    let crowd: Vec<_> = (0..5).map(|_| take(&places, address(1))).collect();
    let gone: Vec<_> = crowd.iter().map(is_pushed_out).collect();
    assert_eq!(gone, [true, false, false, false, false]);
    assert!(!is_pushed_out(&other));
    assert_eq!(used(&places), [5, 0, 1, 0]);
}

#[test]
fn whoever_has_the_most_places_gives_one_up_when_all_are_taken() {
    let places = places();
    let lonely = take(&places, address(9));
    let crowd: Vec<_> = (0..7).map(|at| take(&places, address(at % 2))).collect();
    let newcomer = take(&places, address(3));
    assert!(is_pushed_out(&crowd[0]) && !is_pushed_out(&lonely) && !is_pushed_out(&newcomer));
    assert_eq!(used(&places), [8, 0, 1, 0]);
}

#[test]
fn among_strangers_with_one_place_each_the_oldest_goes() {
    let places = places();
    let crowd: Vec<_> = (0..8).map(|at| take(&places, address(at))).collect();
    let newcomer = take(&places, address(100));
    assert!(is_pushed_out(&crowd[0]) && !crowd[1..].iter().any(is_pushed_out));
    assert!(!is_pushed_out(&newcomer));
}

#[test]
fn strangers_from_where_people_log_in_are_the_last_to_go() {
    let places = places();
    take(&places, address(9)).logged_in(Visitor::Person(1)).unwrap();
    let familiar: Vec<_> = (0..3).map(|_| take(&places, address(9))).collect();
    let crowd: Vec<_> = (0..8).map(|at| take(&places, address(at))).collect();
    assert!(!familiar.iter().any(is_pushed_out));
    assert!(crowd[..3].iter().all(is_pushed_out));
}

#[test]
fn silent_strangers_from_everywhere_leave_people_their_places() {
    let places = places();
    let strangers: Vec<_> = (0..100).map(|at| take(&places, address(at))).collect();
    let person = take(&places, address(200));
    assert_eq!(person.logged_in(Visitor::Person(1)), Ok(()));
    let more: Vec<_> = (0..100).map(|at| take(&places, address(at))).collect();
    assert!(!is_pushed_out(&person));
    assert_eq!(used(&places)[..2], [8, 1]);
    drop((strangers, more, person));
    assert_eq!(used(&places)[..2], [0, 0]);
}

#[test]
fn one_address_can_not_take_all_places_of_people() {
    let places = places();
    let people: Vec<_> = (0..4).map(|_| take(&places, address(1))).collect();
    let logged_in = people.iter().map(|place| place.logged_in(Visitor::Person(1)));
    assert_eq!(
        logged_in.collect::<Vec<_>>(),
        [Ok(()), Ok(()), Ok(()), Err(NoPlace)]
    );
    assert_eq!(take(&places, address(2)).logged_in(Visitor::Person(1)), Ok(()));
    assert_eq!(used(&places), [1, 3, 0, 1]);
}

#[test]
fn guests_leave_half_of_the_places_to_people() {
    let places = places();
    let guests: Vec<_> = (0..3).map(|at| take(&places, address(at))).collect();
    let logged_in = guests.iter().map(|place| place.logged_in(Visitor::Guest));
    assert_eq!(logged_in.collect::<Vec<_>>(), [Ok(()), Ok(()), Err(NoPlace)]);
    // Who was a guest and then proved who they are makes room for another guest.
    assert_eq!(guests[0].logged_in(Visitor::Person(1)), Ok(()));
    assert_eq!(guests[2].logged_in(Visitor::Guest), Ok(()));
    drop(guests);
    assert_eq!(used(&places)[..2], [0, 0]);
}

#[test]
fn a_log_in_at_the_moment_of_being_pushed_out_fails() {
    let places = places();
    let crowd: Vec<_> = (0..5).map(|_| take(&places, address(1))).collect();
    assert_eq!(crowd[0].logged_in(Visitor::Person(1)), Err(NoPlace));
    assert_eq!(crowd[1].logged_in(Visitor::Person(1)), Ok(()));
}

#[test]
fn an_ipv6_network_counts_as_one_address() {
    let places = places();
    let crowd: Vec<_> = (0..5u16)
        .map(|host| take(&places, format!("2001:db8:0:1::{host:x}").parse().unwrap()))
        .collect();
    assert!(is_pushed_out(&crowd[0]));
    assert!(!is_pushed_out(&take(&places, "2001:db8:0:2::1".parse().unwrap())));
}

#[test]
fn an_address_that_comes_and_goes_without_end_is_turned_away() {
    let places = places();
    let now = Instant::now();
    let taken = (0..1_000).filter(|_| places.take(address(1), now).is_ok());
    assert!(taken.count() < 100);
    assert!(places.take(address(2), now).is_ok());
    assert!(used(&places)[2] > 900);
    assert!(places.take(address(1), now + Duration::from_secs(60)).is_ok());
}

#[test]
fn names_that_are_tried_with_a_key_cost_their_address_more() {
    let places = places();
    let now = Instant::now();
    let taken = (0..1_000).filter_map(|_| places.take(address(1), now).ok());
    let taken = taken.inspect(|place| (0..6).for_each(|_| place.probed()));
    assert!(taken.count() < 10);
}

#[tokio::test]
async fn threads_of_those_who_were_pushed_out_are_waited_for() {
    let places = places();
    let mut crowd: Vec<_> = (0..200).map(|_| take(&places, address(1))).collect();
    let waiting = places.clone();
    let mut settled = Box::pin(async move { waiting.settled().await });
    assert!(futures_util::poll!(&mut settled).is_pending());
    crowd.clear();
    settled.await;
}

#[test]
fn whoever_waits_for_their_turn_is_not_pushed_out_by_those_who_come_after() {
    let places = places();
    let now = Instant::now();
    // Come and gone: the turns are used up.
    for _ in 0..12 {
        assert!(take(&places, address(1)).hold(now).is_zero());
    }
    let held: Vec<_> = (0..4).map(|_| take(&places, address(1))).collect();
    assert!(held.iter().all(|place| !place.hold(now).is_zero()));
    assert_eq!(places.take(address(1), now).unwrap_err(), TurnedAway::TooFast);
    assert!(!held.iter().any(is_pushed_out));
    // Served, they may make room for others.
    held.iter().for_each(Place::served);
    assert!(places.take(address(1), now).is_ok());
    assert!(is_pushed_out(&held[0]));
    assert!(places.take(address(2), now).unwrap().hold(now).is_zero());
}

#[test]
fn one_person_does_not_take_all_places_from_many_addresses() {
    let limits = ConnectionLimits {
        people: 8,
        per_person: 3,
        ..ConnectionLimits::default()
    };
    let places = Places::new(limits, Limits::default());
    let mut crowd: Vec<_> = (0..4).map(|number| take(&places, address(number))).collect();
    let logged_in = crowd.iter().map(|place| place.logged_in(Visitor::Person(1)));
    assert_eq!(logged_in.filter(Result::is_ok).count(), 3);
    // Nor as somebody who came as a guest first.
    let guest = take(&places, address(9));
    assert_eq!(guest.logged_in(Visitor::Guest), Ok(()));
    assert_eq!(guest.logged_in(Visitor::Person(1)), Err(NoPlace));
    assert_eq!(take(&places, address(5)).logged_in(Visitor::Person(2)), Ok(()));
    crowd.remove(0);
    assert_eq!(guest.logged_in(Visitor::Person(1)), Ok(()));
}
