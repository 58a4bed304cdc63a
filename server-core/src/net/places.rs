//! Who may be here: strangers, who have not logged in, and people have places apart, so that no crowd of the one
//! keeps out the other. A newcomer always gets a place: the oldest stranger of the address that has the most gives
//! up its own. A connection moves from one kind to the other at its first log-in.
//! Lock order: a seat's kind, then the places' state, which is a leaf.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::hash::Hash;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ConnectionLimits;
use super::pacing::Pacing;
use super::penalties::{Offence, Penalties};
use crate::live::{Gauge, LimitKind, Limits, client_network};

/// Strangers who were pushed out and whose threads have not ended yet: over that nobody is taken until some have.
const MOST_LEAVING: usize = 64;
/// Probes of one connection that are counted.
const MOST_PROBES: u32 = 32;

/// Every place there is. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: ConnectionLimits,
    /// Where people see how full it is here.
    gauges: Limits,
    state: Mutex<State>,
    /// Somebody who was pushed out is gone.
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// By age: the oldest has the lowest number.
    strangers: BTreeMap<u64, Stranger>,
    strangers_by_network: HashMap<IpAddr, usize>,
    leaving: usize,
    people: Counts,
    guests: usize,
    penalties: Penalties,
    pacing: Pacing,
}

#[derive(Debug)]
struct Stranger {
    network: IpAddr,
    /// It waits for its turn until then.
    held: Option<Instant>,
    pushed_out: CancellationToken,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
    by_person: HashMap<i64, usize>,
}

impl Counts {
    fn may_have_another(&self, person: i64, limit: usize) -> bool {
        self.by_person.get(&person).is_none_or(|count| *count < limit)
    }
}

/// Why a newcomer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TurnedAway {
    /// Its address came and came, and nobody logged in from there.
    #[error("the address came too often without logging in")]
    Penalised,
    /// Its address comes faster than it is served, and all of its places wait for that.
    #[error("the address comes faster than it is served")]
    TooFast,
}

/// There is no place for one more who has logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no place for one more connection")]
pub(crate) struct NoPlace;

/// Who logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Somebody who proved who they are, by their row.
    Person(i64),
    /// A guest, who had nothing to prove.
    Guest,
}

/// A connection's place, given back when the last clone of it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Place(Arc<Seat>);

#[derive(Debug)]
struct Seat {
    places: Places,
    number: u64,
    network: IpAddr,
    pushed_out: CancellationToken,
    kind: Mutex<Kind>,
    probes: AtomicU32,
    too_slow: AtomicBool,
    /// Somebody has logged in: it is not given away any more.
    is_settled: AtomicBool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stranger,
    Person(i64),
    Guest,
}

impl Places {
    /// Places that are all free; how they are used is told to `gauges`.
    pub fn new(limits: ConnectionLimits, gauges: Limits) -> Self {
        let count = |places| u64::try_from(places).unwrap_or(u64::MAX);
        let strangers = gauges.of(LimitKind::Strangers);
        strangers.set(count(limits.strangers), Some(count(limits.strangers_per_address)));
        let people = gauges.of(LimitKind::Connections);
        people.set(count(limits.people), Some(count(limits.per_person)));
        people.set_address(count(limits.people_per_address));
        Self(Arc::new(Inner {
            limits,
            gauges,
            state: Mutex::default(),
            left: Notify::new(),
        }))
    }

    fn strangers(&self) -> &Gauge {
        self.0.gauges.of(LimitKind::Strangers)
    }

    fn people(&self) -> &Gauge {
        self.0.gauges.of(LimitKind::Connections)
    }

    /// Waits while too many of those who were pushed out have not gone yet: their threads count too.
    pub(super) async fn settled(&self) {
        loop {
            let left = self.0.left.notified();
            if self.0.state.lock().leaving < MOST_LEAVING {
                return;
            }
            left.await;
        }
    }

    /// A place for a newcomer.
    ///
    /// # Errors
    /// See [`TurnedAway`].
    pub(super) fn take(&self, address: IpAddr, now: Instant) -> Result<Place, TurnedAway> {
        let network = client_network(address);
        let limits = self.0.limits;
        let mut state = self.0.state.lock();
        if state.penalties.turn_away(network, now) {
            self.strangers().refuse();
            return Err(TurnedAway::Penalised);
        }
        let most = if state.penalties.is_familiar(network, now) {
            limits.strangers_per_familiar_address
        } else {
            limits.strangers_per_address
        };
        let oldest = if state.strangers_from(network) >= most {
            // Whoever waits for its turn gets it, or of a crowd that never waits nobody would.
            if state.is_held(network, now) {
                self.strangers().refuse();
                return Err(TurnedAway::TooFast);
            }
            state.oldest_from(network)
        } else if state.strangers.len() >= limits.strangers {
            state.least_welcome(now)
        } else {
            None
        };
        if let Some(stranger) = oldest.and_then(|number| state.remove_stranger(number)) {
            stranger.pushed_out.cancel();
            state.leaving += 1;
            self.strangers().refuse();
            self.strangers().gave_back(1);
        }
        let number = state.next;
        state.next += 1;
        let pushed_out = CancellationToken::new();
        let stranger = Stranger {
            network,
            held: None,
            pushed_out: pushed_out.clone(),
        };
        state.strangers.insert(number, stranger);
        *state.strangers_by_network.entry(network).or_default() += 1;
        self.strangers().took(1);
        drop(state);
        Ok(Place(Arc::new(Seat {
            places: self.clone(),
            number,
            network,
            pushed_out,
            is_settled: AtomicBool::new(false),
            kind: Mutex::new(Kind::Stranger),
            probes: AtomicU32::new(0),
            too_slow: AtomicBool::new(false),
        })))
    }
}

impl State {
    fn is_held(&self, network: IpAddr, now: Instant) -> bool {
        let mut strangers = self.strangers.values();
        strangers.any(|one| one.network == network && one.held.is_some_and(|until| until > now))
    }

    fn strangers_from(&self, network: IpAddr) -> usize {
        self.strangers_by_network
            .get(&network)
            .copied()
            .unwrap_or_default()
    }

    /// Who came first from there.
    fn oldest_from(&self, network: IpAddr) -> Option<u64> {
        let mut strangers = self.strangers.iter();
        let oldest = strangers.find(|(_, stranger)| stranger.network == network);
        oldest.map(|(number, _)| *number)
    }

    /// Who gives up its place first: of an address that nobody has logged in from, of the one that has the most, and
    /// of those the oldest.
    fn least_welcome(&self, now: Instant) -> Option<u64> {
        let rank = |(number, stranger): &(&u64, &Stranger)| {
            let network = stranger.network;
            let is_familiar = self.penalties.is_familiar(network, now);
            (is_familiar, Reverse(self.strangers_from(network)), **number)
        };
        let first = self.strangers.iter().min_by_key(rank);
        first.map(|(number, _)| *number)
    }

    fn remove_stranger(&mut self, number: u64) -> Option<Stranger> {
        let stranger = self.strangers.remove(&number)?;
        subtract(&mut self.strangers_by_network, &stranger.network);
        if stranger.held.is_some() {
            self.pacing.give_back(stranger.network);
        }
        Some(stranger)
    }
}

fn subtract<K: Hash + Eq>(counts: &mut HashMap<K, usize>, of: &K) {
    if let Some(count) = counts.get_mut(of) {
        *count -= 1;
        if *count == 0 {
            counts.remove(of);
        }
    }
}

impl Place {
    /// A place among others that are free.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn of_a_stranger() -> Self {
        let places = Places::new(ConnectionLimits::default(), Limits::default());
        let taken = places.take(std::net::Ipv4Addr::LOCALHOST.into(), Instant::now());
        taken.expect("all are free")
    }

    /// How long the newcomer waits before it is served, so that its address is not served faster than it may be.
    pub(super) fn hold(&self, now: Instant) -> Duration {
        let mut state = self.0.places.0.state.lock();
        let wait = state.pacing.next(self.0.network, now);
        if !wait.is_zero()
            && let Some(stranger) = state.strangers.get_mut(&self.0.number)
        {
            stranger.held = Some(now + wait);
        }
        wait
    }

    /// Its turn has come.
    pub(super) fn served(&self) {
        let mut state = self.0.places.0.state.lock();
        if let Some(stranger) = state.strangers.get_mut(&self.0.number) {
            stranger.held = None;
        }
    }

    /// Ready when the place was given to a newcomer: the connection is to end.
    pub(super) async fn pushed_out(&self) {
        self.0.pushed_out.cancelled().await;
    }

    /// Serves until that ends; `None` when the place was given to a newcomer first. Who has logged in keeps it, and what
    /// wakes them asks no more.
    pub(super) async fn serve<T>(&self, serving: impl Future<Output = T>) -> Option<T> {
        let (mut serving, mut pushed_out) = (pin!(serving), pin!(self.pushed_out()));
        poll_fn(|context| {
            let may_lose = !self.0.is_settled.load(Ordering::Relaxed);
            if may_lose && pushed_out.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            serving.as_mut().poll(context).map(Some)
        })
        .await
    }

    /// Somebody logged in here; later log-ins on the same connection change nothing, but that a person may follow
    /// a guest.
    ///
    /// # Errors
    /// There is no place left, or this one was given to a newcomer a moment ago.
    pub(crate) fn logged_in(&self, visitor: Visitor) -> Result<(), NoPlace> {
        let seat = &*self.0;
        let limits = seat.places.0.limits;
        let mut kind = seat.kind.lock();
        let mut state = seat.places.0.state.lock();
        match (*kind, visitor) {
            (Kind::Person(_), _) | (Kind::Guest, Visitor::Guest) => return Ok(()),
            (Kind::Guest, Visitor::Person(person)) => {
                if !state.people.may_have_another(person, limits.per_person) {
                    seat.places.people().refuse();
                    return Err(NoPlace);
                }
                state.guests -= 1;
                *state.people.by_person.entry(person).or_default() += 1;
                state.penalties.logged_in(seat.network, Instant::now());
                *kind = Kind::Person(person);
                return Ok(());
            }
            (Kind::Stranger, _) => {}
        }
        let is_full = match visitor {
            Visitor::Guest => state.guests >= limits.people / 2,
            Visitor::Person(person) => !state.people.may_have_another(person, limits.per_person),
        };
        let here = state.people.by_network.get(&seat.network).copied();
        if state.people.total >= limits.people
            || here.unwrap_or_default() >= limits.people_per_address
            || is_full
        {
            seat.places.people().refuse();
            return Err(NoPlace);
        }
        state.remove_stranger(seat.number).ok_or(NoPlace)?;
        seat.is_settled.store(true, Ordering::Relaxed);
        state.pacing.give_back(seat.network);
        seat.places.strangers().gave_back(1);
        state.people.total += 1;
        *state.people.by_network.entry(seat.network).or_default() += 1;
        seat.places.people().took(1);
        match visitor {
            Visitor::Guest => {
                state.guests += 1;
                *kind = Kind::Guest;
            }
            Visitor::Person(person) => {
                *state.people.by_person.entry(person).or_default() += 1;
                state.penalties.logged_in(seat.network, Instant::now());
                *kind = Kind::Person(person);
            }
        }
        Ok(())
    }

    /// The client asked whether a name has a key.
    pub(crate) fn probed(&self) {
        self.0.probes.fetch_add(1, Ordering::Relaxed);
    }

    /// The client used up the time that a log-in may take.
    pub(crate) fn too_slow(&self) {
        self.0.too_slow.store(true, Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let kind = *self.kind.get_mut();
        let mut state = self.places.0.state.lock();
        match kind {
            Kind::Stranger => {
                match state.remove_stranger(self.number) {
                    Some(_) => self.places.strangers().gave_back(1),
                    None => {
                        state.leaving -= 1;
                        self.places.0.left.notify_waiters();
                    }
                }
                let now = Instant::now();
                state.penalties.offend(self.network, Offence::NoLogIn, now);
                for _ in 0..(*self.probes.get_mut()).min(MOST_PROBES) {
                    state.penalties.offend(self.network, Offence::Probe, now);
                }
                if *self.too_slow.get_mut() {
                    state.penalties.offend(self.network, Offence::TooSlow, now);
                }
            }
            Kind::Person(_) | Kind::Guest => {
                state.people.total -= 1;
                self.places.people().gave_back(1);
                subtract(&mut state.people.by_network, &self.network);
                match kind {
                    Kind::Person(person) => subtract(&mut state.people.by_person, &person),
                    _ => state.guests -= 1,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
