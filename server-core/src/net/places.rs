//! Who may be here: strangers, who have not logged in, and people have places apart, so that no crowd of the one
//! keeps out the other. A newcomer always gets a place: the oldest stranger of the address that has the most gives
//! up its own. A connection moves from one kind to the other at its first log-in.
//! Lock order: a seat's kind, then the places' state, which is a leaf.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ConnectionLimits;
use super::penalties::{Offence, Penalties};
use crate::live::network;

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
    most_strangers: usize,
    most_people: usize,
    turned_away: u64,
    pushed_out: u64,
}

#[derive(Debug)]
struct Stranger {
    network: IpAddr,
    pushed_out: CancellationToken,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// How the places are used, for people to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacesUsed {
    /// What there is.
    pub limits: ConnectionLimits,
    /// Strangers who are here now.
    pub strangers: usize,
    /// The most that there have been at once.
    pub most_strangers: usize,
    /// People and guests who are here now.
    pub people: usize,
    /// The most that there have been at once.
    pub most_people: usize,
    /// Connections that were not taken, or whose log-in found no place.
    pub turned_away: u64,
    /// Strangers who gave up their place for a newcomer.
    pub pushed_out: u64,
    /// Addresses from which nobody is taken for a while.
    pub penalised: usize,
}

/// Why a newcomer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TurnedAway {
    /// Its address came and came, and nobody logged in from there.
    #[error("the address came too often without logging in")]
    Penalised,
}

/// There is no place for one more who has logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no place for one more connection")]
pub(crate) struct NoPlace;

/// Who logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Somebody who proved who they are.
    Person,
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stranger,
    Person,
    Guest,
}

impl Default for Places {
    fn default() -> Self {
        Self::new(ConnectionLimits::default())
    }
}

impl Places {
    /// Places that are all free.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self(Arc::new(Inner {
            limits,
            state: Mutex::default(),
            left: Notify::new(),
        }))
    }

    /// How they are used.
    pub fn used(&self) -> PlacesUsed {
        let state = self.0.state.lock();
        PlacesUsed {
            limits: self.0.limits,
            strangers: state.strangers.len(),
            most_strangers: state.most_strangers,
            people: state.people.total,
            most_people: state.most_people,
            turned_away: state.turned_away,
            pushed_out: state.pushed_out,
            penalised: state.penalties.held(Instant::now()),
        }
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
        let network = network(address);
        let limits = self.0.limits;
        let mut state = self.0.state.lock();
        if state.penalties.turn_away(network, now) {
            state.turned_away += 1;
            return Err(TurnedAway::Penalised);
        }
        let most = if state.penalties.is_familiar(network, now) {
            limits.strangers_per_familiar_address
        } else {
            limits.strangers_per_address
        };
        if state.strangers_from(network) >= most {
            state.push_out_from(network);
        } else if state.strangers.len() >= limits.strangers {
            state.push_out(now);
        }
        let number = state.next;
        state.next += 1;
        let pushed_out = CancellationToken::new();
        let stranger = Stranger {
            network,
            pushed_out: pushed_out.clone(),
        };
        state.strangers.insert(number, stranger);
        *state.strangers_by_network.entry(network).or_default() += 1;
        state.most_strangers = state.most_strangers.max(state.strangers.len());
        drop(state);
        Ok(Place(Arc::new(Seat {
            places: self.clone(),
            number,
            network,
            pushed_out,
            kind: Mutex::new(Kind::Stranger),
            probes: AtomicU32::new(0),
            too_slow: AtomicBool::new(false),
        })))
    }
}

impl State {
    fn strangers_from(&self, network: IpAddr) -> usize {
        self.strangers_by_network
            .get(&network)
            .copied()
            .unwrap_or_default()
    }

    /// Who came first from there gives up its place.
    fn push_out_from(&mut self, network: IpAddr) {
        let mut strangers = self.strangers.iter();
        let oldest = strangers.find(|(_, stranger)| stranger.network == network);
        if let Some(number) = oldest.map(|(number, _)| *number) {
            self.tell_to_leave(number);
        }
    }

    /// A stranger gives up a place: of an address that nobody has logged in from, of the one that has the most, and
    /// of those the oldest.
    fn push_out(&mut self, now: Instant) {
        let rank = |(number, stranger): &(&u64, &Stranger)| {
            let network = stranger.network;
            let is_familiar = self.penalties.is_familiar(network, now);
            (is_familiar, Reverse(self.strangers_from(network)), **number)
        };
        if let Some(number) = self.strangers.iter().min_by_key(rank).map(|(number, _)| *number) {
            self.tell_to_leave(number);
        }
    }

    fn tell_to_leave(&mut self, number: u64) {
        if let Some(stranger) = self.remove_stranger(number) {
            stranger.pushed_out.cancel();
            self.leaving += 1;
            self.pushed_out += 1;
        }
    }

    fn remove_stranger(&mut self, number: u64) -> Option<Stranger> {
        let stranger = self.strangers.remove(&number)?;
        subtract(&mut self.strangers_by_network, stranger.network);
        Some(stranger)
    }
}

fn subtract(counts: &mut HashMap<IpAddr, usize>, network: IpAddr) {
    if let Some(count) = counts.get_mut(&network) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&network);
        }
    }
}

impl Place {
    /// A place among others that are free.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn of_a_stranger() -> Self {
        let taken = Places::default().take(std::net::Ipv4Addr::LOCALHOST.into(), Instant::now());
        taken.expect("all are free")
    }

    /// Ready when the place was given to a newcomer: the connection is to end.
    pub(super) async fn pushed_out(&self) {
        self.0.pushed_out.cancelled().await;
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
            (Kind::Person, _) | (Kind::Guest, Visitor::Guest) => return Ok(()),
            (Kind::Guest, Visitor::Person) => {
                state.guests -= 1;
                state.penalties.logged_in(seat.network, Instant::now());
                *kind = Kind::Person;
                return Ok(());
            }
            (Kind::Stranger, _) => {}
        }
        let is_guest = visitor == Visitor::Guest;
        let here = state.people.by_network.get(&seat.network).copied();
        if state.people.total >= limits.people
            || here.unwrap_or_default() >= limits.people_per_address
            || (is_guest && state.guests >= limits.people / 2)
        {
            state.turned_away += 1;
            return Err(NoPlace);
        }
        state.remove_stranger(seat.number).ok_or(NoPlace)?;
        state.people.total += 1;
        *state.people.by_network.entry(seat.network).or_default() += 1;
        state.most_people = state.most_people.max(state.people.total);
        if is_guest {
            state.guests += 1;
            *kind = Kind::Guest;
        } else {
            state.penalties.logged_in(seat.network, Instant::now());
            *kind = Kind::Person;
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
                if state.remove_stranger(self.number).is_none() {
                    state.leaving -= 1;
                    self.places.0.left.notify_waiters();
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
            Kind::Person | Kind::Guest => {
                state.people.total -= 1;
                subtract(&mut state.people.by_network, self.network);
                if kind == Kind::Guest {
                    state.guests -= 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
