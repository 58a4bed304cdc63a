//! Counts refusals, and the log-ins of guests, before anybody is told of them. A stranger can cause thousands in a second: what is the same within
//! a minute becomes one record with a count, and what is new comes out of a bucket for each address and one for all
//! strangers. Sans-I/O: time comes in as a parameter.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::client_network;
use super::events::{ActivityKind, ActivityRecord};
use super::session_info::Protocol;

/// What is the same within so long is one record.
const MINUTE: Duration = Duration::from_secs(60);
/// Addresses that have a bucket of their own at once.
const MOST_ADDRESSES: usize = 4_096;
/// A record of a refusal is no longer than this many characters: parts of it are a stranger's.
const LONGEST_MESSAGE: usize = 600;

/// Different refusals that one address may cause at once, and how many more in a second: of log-ins, and of what is
/// asked for after one.
const OF_ONE_STRANGER: Rate = Rate {
    burst: 30.0,
    each_second: 0.5,
};
const OF_ONE_CLIENT: Rate = Rate {
    burst: 200.0,
    each_second: 1.0,
};
/// The same for everybody who has not logged in.
const OF_ALL_STRANGERS: Rate = Rate {
    burst: 240.0,
    each_second: 2.0,
};

/// What makes two refusals the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    One {
        kind: ActivityKind,
        protocol: Option<Protocol>,
        address: Option<IpAddr>,
        user: Option<String>,
        share: Option<String>,
        path: Option<String>,
        reason: String,
    },
    /// Whatever else this address causes.
    RestOf(ActivityKind, IpAddr),
    /// Whatever anybody else causes.
    Rest(ActivityKind),
}

/// One record in the making.
#[derive(Debug)]
struct Tally {
    /// As it was told first.
    record: ActivityRecord,
    since: Instant,
    count: u32,
    /// As far as the activity list knows.
    listed: u32,
}

/// The refusals of the last minute.
#[derive(Debug)]
pub(super) struct Refusals {
    tallies: HashMap<Key, Tally>,
    addresses: HashMap<(ActivityKind, IpAddr), Bucket>,
    strangers: Bucket,
    next: u64,
    /// Some were counted and nobody was told.
    untold: bool,
}

impl Refusals {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            tallies: HashMap::new(),
            addresses: HashMap::new(),
            strangers: Bucket::full(OF_ALL_STRANGERS, now),
            next: 1,
            untold: false,
        }
    }

    /// Whether any were counted and not told since this was asked last: what they changed, as who is locked out, is to
    /// be looked at.
    pub(super) fn take_untold(&mut self) -> bool {
        std::mem::take(&mut self.untold)
    }

    /// Takes a refusal; gives what is to be told now: the first of its kind, or nothing because it was only counted.
    /// `reason` tells it from others where the sentence has a number in it that changes.
    pub(super) fn take(
        &mut self,
        mut record: ActivityRecord,
        reason: Option<&str>,
        now: Instant,
    ) -> Vec<ActivityRecord> {
        shorten(&mut record.message);
        let key = Key::One {
            kind: record.kind,
            protocol: record.protocol,
            address: record.address,
            user: record.user.clone(),
            share: record.share.clone(),
            path: record.path.clone(),
            reason: reason.map_or_else(|| record.message.clone(), str::to_owned),
        };
        let key = match self.tallies.contains_key(&key) {
            true => key,
            false => self.affordable(key, &record, now),
        };
        let mut told = Vec::new();
        if let Some(tally) = self.tallies.get_mut(&key) {
            if now.saturating_duration_since(tally.since) < MINUTE {
                tally.count = tally.count.saturating_add(1);
                self.untold = true;
                return told;
            }
            told.extend(self.tallies.remove(&key).and_then(Tally::ended));
        }
        let mut record = match key {
            Key::One { .. } => record,
            Key::RestOf(kind, address) => ActivityRecord {
                address: Some(address),
                protocol: record.protocol,
                ..ActivityRecord::new(kind, the_rest(kind))
            },
            Key::Rest(kind) => ActivityRecord::new(kind, the_rest(kind)),
        };
        record.tally = self.next;
        self.next += 1;
        told.push(record.clone());
        let tally = Tally {
            record,
            since: now,
            count: 1,
            listed: 1,
        };
        self.tallies.insert(key, tally);
        told
    }

    /// What a new kind of refusal is counted as: itself while there are tokens, otherwise with the rest.
    fn affordable(&mut self, key: Key, record: &ActivityRecord, now: Instant) -> Key {
        let kind = record.kind;
        let key = match record.address {
            Some(address) => self.affordable_for(client_network(address), key, kind, now),
            None => key,
        };
        let is_new = !self.tallies.contains_key(&key);
        if is_new && kind == ActivityKind::LogInRefused && !self.strangers.take(now) {
            return Key::Rest(kind);
        }
        key
    }

    fn affordable_for(&mut self, network: IpAddr, key: Key, kind: ActivityKind, now: Instant) -> Key {
        let of = (kind, network);
        if !self.addresses.contains_key(&of) {
            if self.addresses.len() >= MOST_ADDRESSES {
                self.addresses.retain(|_, bucket| !bucket.is_full(now));
            }
            if self.addresses.len() >= MOST_ADDRESSES {
                return Key::Rest(kind);
            }
        }
        let rate = match kind {
            ActivityKind::LogInRefused => OF_ONE_STRANGER,
            _ => OF_ONE_CLIENT,
        };
        let bucket = self.addresses.entry(of);
        let bucket = bucket.or_insert_with(|| Bucket::full(rate, now));
        match bucket.take(now) {
            true => key,
            false => Key::RestOf(kind, network),
        }
    }

    /// When the next minute is over; nothing while nothing is counted.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.tallies.values().map(|tally| tally.since + MINUTE).min()
    }

    /// Ends what is a minute old; gives the records whose count was not told.
    pub(super) fn end(&mut self, now: Instant) -> Vec<ActivityRecord> {
        let over = |_: &Key, tally: &mut Tally| now.saturating_duration_since(tally.since) >= MINUTE;
        let ended = self.tallies.extract_if(over);
        let mut told: Vec<_> = ended.filter_map(|(_, tally)| tally.ended()).collect();
        told.sort_by_key(|record| record.tally);
        told
    }

    /// The records whose count grew since this was asked last; they go on growing.
    pub(super) fn grown(&mut self) -> Vec<ActivityRecord> {
        let grown = self.tallies.values_mut().filter_map(|tally| {
            let has_grown = tally.count > tally.listed;
            tally.listed = tally.count;
            has_grown.then(|| tally.counted())
        });
        grown.collect()
    }
}

impl Tally {
    fn counted(&self) -> ActivityRecord {
        ActivityRecord {
            count: self.count,
            ..self.record.clone()
        }
    }

    /// The record with its count, unless it happened once, as was told.
    fn ended(self) -> Option<ActivityRecord> {
        (self.count > 1).then(|| self.counted())
    }
}

/// What is said of all that is not listed one by one.
fn the_rest(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::LoggedIn => "more guests logged in than are listed one by one",
        _ => "more was refused than is listed one by one",
    }
}

fn shorten(message: &mut String) {
    if let Some((at, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
        message.truncate(at);
        message.push('…');
    }
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: f64,
    each_second: f64,
}

/// A token bucket.
#[derive(Debug)]
struct Bucket {
    rate: Rate,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            tokens: rate.burst,
            at: now,
        }
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate.each_second).min(self.rate.burst);
        self.at = now;
    }

    fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let affordable = self.tokens >= 1.0;
        if affordable {
            self.tokens -= 1.0;
        }
        affordable
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.rate.burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(address: [u8; 4], user: &str) -> ActivityRecord {
        ActivityRecord {
            address: Some(address.into()),
            user: Some(user.to_owned()),
            ..ActivityRecord::new(ActivityKind::LogInRefused, format!("{user} was refused"))
        }
    }

    #[test]
    fn the_same_refusal_is_told_once_in_a_minute_and_then_with_its_count() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        let told: Vec<_> = (0..412)
            .flat_map(|_| refusals.take(refusal([10, 0, 0, 9], "alice"), None, start))
            .collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].count, 1);
        assert!(refusals.take_untold(), "411 of them");
        assert!(!refusals.take_untold());
        assert_eq!(refusals.grown()[0].count, 412);
        assert!(refusals.grown().is_empty());
        assert!(refusals.end(start + MINUTE / 2).is_empty());
        assert_eq!(refusals.next_end(), Some(start + MINUTE));
        let ended = refusals.end(start + MINUTE);
        assert_eq!((ended.len(), ended[0].count), (1, 412));
        assert_eq!(ended[0].tally, told[0].tally);
        assert_eq!(refusals.next_end(), None);
        assert_eq!(
            refusals
                .take(refusal([10, 0, 0, 9], "alice"), None, start + MINUTE)
                .len(),
            1
        );
    }

    #[test]
    fn a_refusal_after_a_minute_begins_anew_even_if_nobody_ended_the_one_before() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        for _ in 0..3 {
            refusals.take(refusal([10, 0, 0, 9], "alice"), None, start);
        }
        let told = refusals.take(refusal([10, 0, 0, 9], "alice"), None, start + MINUTE);
        assert_eq!(told.iter().map(|record| record.count).collect::<Vec<_>>(), [3, 1]);
        assert_ne!(told[0].tally, told[1].tally);
    }

    #[test]
    fn an_address_that_invents_names_gets_a_few_records_and_one_for_the_rest() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        let told: Vec<_> = (0..10_000)
            .flat_map(|n| refusals.take(refusal([10, 0, 0, 9], &format!("name{n}")), None, start))
            .collect();
        assert_eq!(told.len(), 31);
        assert_eq!(refusals.grown()[0].count, 10_000 - 30);
        // Another is heard all the same.
        assert_eq!(refusals.take(refusal([10, 0, 0, 8], "bob"), None, start).len(), 1);
    }

    #[test]
    fn many_addresses_together_get_no_more_than_strangers_may() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        let mut told = 0;
        for n in 0..100_000_u32 {
            let address = n.to_be_bytes();
            told += refusals.take(refusal(address, &n.to_string()), None, start).len();
        }
        assert_eq!(told, 241);
        assert!(refusals.addresses.len() <= MOST_ADDRESSES && refusals.tallies.len() <= 241);
        // What people who are in are refused is not drowned by that.
        let inside = ActivityRecord {
            kind: ActivityKind::AccessRefused,
            ..refusal([10, 0, 0, 7], "alice")
        };
        assert_eq!(refusals.take(inside, None, start).len(), 1);
    }

    #[test]
    fn a_reason_holds_together_what_only_differs_in_a_number() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        let mut told = 0;
        for n in 0..30 {
            let mut record = refusal([10, 0, 0, 9], "alice");
            record.message = format!("alice was refused: wait {n} s");
            told += refusals.take(record, Some("locked"), start).len();
        }
        assert_eq!(told, 1);
    }

    #[test]
    fn what_a_stranger_says_is_cut_short() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        let record = ActivityRecord::new(ActivityKind::LogInRefused, "ü".repeat(40_000));
        let told = refusals.take(record, None, start);
        assert_eq!(told[0].message.chars().count(), LONGEST_MESSAGE + 1);
    }
}
