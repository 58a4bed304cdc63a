//! What clients can make this server keep: how much of it there is, who has it, and how often more was refused. The
//! storeys that keep something take it here first, in all and for whoever it is charged to; taking and giving back are
//! atomics. The map of consumers is locked only where a session begins or ends, and to be shown; it is a leaf.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::client_network;
use super::work::Room;

/// Something of which there is only so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// Connections of clients that have not logged in.
    Strangers,
    /// Connections of clients that have.
    Connections,
    /// Files and folders that are open, and what listings take besides on systems where they need descriptors of their own.
    Opens,
    /// Byte-range locks held and waited for.
    Locks,
    /// Folders that are watched.
    Watches,
    /// Bytes of changes kept for those who watch.
    WatchedBytes,
    /// Requests that wait for another client or for a disk.
    WaitingRequests,
    /// Bytes of requests that wait.
    WaitingBytes,
    /// Named pipes that are open.
    Pipes,
    /// Bytes of answers that their clients have yet to take.
    UnsentBytes,
}

impl LimitKind {
    /// Each of them, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Strangers,
        Self::Connections,
        Self::Opens,
        Self::Locks,
        Self::Watches,
        Self::WatchedBytes,
        Self::WaitingRequests,
        Self::WaitingBytes,
        Self::Pipes,
        Self::UnsentBytes,
    ];

    /// Whether it counts bytes.
    pub fn is_bytes(self) -> bool {
        matches!(self, Self::WatchedBytes | Self::WaitingBytes | Self::UnsentBytes)
    }
}

const KINDS: usize = LimitKind::ALL.len();

/// How full a limit is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LimitUse {
    /// Of what.
    pub kind: LimitKind,
    /// How much of it is used now.
    pub used: u64,
    /// How much of it there is.
    pub most: u64,
    /// How much of it one person, or one address, may use.
    pub each: Option<u64>,
    /// How much of it all together from one address may use, where that is limited besides.
    pub each_address: Option<u64>,
    /// Who uses the most of it now.
    pub fullest: Option<ConsumerUse>,
    /// How often more was refused since the server started.
    pub refused: u64,
}

/// What somebody uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConsumerUse {
    /// A person's name; the address of guests and of those who have not logged in.
    pub who: String,
    /// How much.
    pub used: u64,
}

/// Whom something is charged to, over all of their sessions and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consumer {
    /// A person, by their row.
    Person(i64),
    /// Guests and strangers, by what one of them controls: an IPv4 address, or an IPv6 network of 64 bits.
    Network(IpAddr),
}

impl Consumer {
    /// Whom a session is charged to; without a person's row, its address.
    pub fn of(user_id: Option<i64>, address: IpAddr) -> Self {
        match user_id {
            Some(id) => Self::Person(id),
            None => Self::of_stranger(address),
        }
    }

    /// Whom something is charged to that comes from an address.
    pub fn of_stranger(address: IpAddr) -> Self {
        Self::Network(client_network(address))
    }
}

/// There is no more of it: none in all, or none for whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much is in use")]
pub struct LimitReached;

/// One limit. A storey that judges by itself only tells here what it let in and what it refused.
#[derive(Debug)]
pub struct Gauge {
    used: AtomicU64,
    most: AtomicU64,
    each: AtomicU64,
    each_address: AtomicU64,
    refused: AtomicU64,
}

impl Default for Gauge {
    fn default() -> Self {
        Self {
            used: AtomicU64::new(0),
            most: AtomicU64::new(u64::MAX),
            each: AtomicU64::new(u64::MAX),
            each_address: AtomicU64::new(u64::MAX),
            refused: AtomicU64::new(0),
        }
    }
}

impl Gauge {
    /// Says how much there is in all, and for each consumer.
    pub fn set(&self, most: u64, each: Option<u64>) {
        self.most.store(most, Ordering::Relaxed);
        self.each.store(each.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Says how much there is for all together from one address.
    pub fn set_address(&self, each: u64) {
        self.each_address.store(each, Ordering::Relaxed);
    }

    /// How much is used.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// How much there is in all.
    pub fn most(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }

    /// Counts what was let in elsewhere.
    pub fn took(&self, amount: u64) {
        self.used.fetch_add(amount, Ordering::Relaxed);
    }

    /// Counts what has gone.
    pub fn gave_back(&self, amount: u64) {
        self.used.fetch_sub(amount, Ordering::Relaxed);
    }

    /// Counts a refusal.
    pub fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes some, if there is so much.
    ///
    /// # Errors
    /// There is not; that is counted.
    pub fn take(&self, amount: u64) -> Result<(), LimitReached> {
        let taken = add_up_to(&self.used, amount, self.most());
        if taken.is_err() {
            self.refuse();
        }
        taken
    }
}

fn add_up_to(used: &AtomicU64, amount: u64, most: u64) -> Result<(), LimitReached> {
    let more = |used: u64| used.checked_add(amount).filter(|used| *used <= most);
    let added = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    added.map(drop).map_err(|_| LimitReached)
}

/// Every limit, and who uses how much of it. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Limits(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    gauges: [Gauge; KINDS],
    consumers: Mutex<HashMap<Consumer, Weak<Usage>>>,
    room: Room,
}

impl Limits {
    /// The limit of something.
    pub fn of(&self, kind: LimitKind) -> &Gauge {
        &self.0.gauges[kind as usize]
    }

    /// What somebody uses; `name` is what they are shown as.
    pub fn usage(&self, consumer: Consumer, name: &str) -> Arc<Usage> {
        let mut consumers = self.0.consumers.lock();
        if let Some(known) = consumers.get(&consumer).and_then(Weak::upgrade) {
            return known;
        }
        let usage = Arc::new(Usage {
            consumer,
            name: match consumer {
                Consumer::Person(_) => name.to_owned(),
                Consumer::Network(address) => address.to_string(),
            },
            used: std::array::from_fn(|_| AtomicU64::new(0)),
            limits: self.clone(),
        });
        consumers.insert(consumer, Arc::downgrade(&usage));
        usage
    }

    /// How full each of them is that has been said to be one.
    pub fn list(&self) -> Vec<LimitUse> {
        // Upgraded outside of the lock: the last of a consumer locks the map again when it is dropped.
        let consumers: Vec<_> = self.0.consumers.lock().values().cloned().collect();
        let consumers: Vec<_> = consumers.iter().filter_map(Weak::upgrade).collect();
        let all = LimitKind::ALL.into_iter();
        let set = all.filter(|kind| self.of(*kind).most() != u64::MAX);
        set.map(|kind| {
            let gauge = self.of(kind);
            let limit =
                |limit: &AtomicU64| Some(limit.load(Ordering::Relaxed)).filter(|most| *most != u64::MAX);
            let fullest = consumers.iter().max_by_key(|usage| usage.used(kind));
            let fullest = fullest.filter(|usage| usage.used(kind) > 0);
            LimitUse {
                kind,
                used: gauge.used(),
                most: gauge.most(),
                each: limit(&gauge.each),
                each_address: limit(&gauge.each_address),
                fullest: fullest.map(|usage| ConsumerUse {
                    who: usage.name.clone(),
                    used: usage.used(kind),
                }),
                refused: gauge.refused.load(Ordering::Relaxed),
            }
        })
        .collect()
    }
}

/// What one consumer uses, over all of their sessions; each of those holds it.
#[derive(Debug)]
pub struct Usage {
    consumer: Consumer,
    name: String,
    used: [AtomicU64; KINDS],
    limits: Limits,
}

impl Usage {
    /// Whose it is.
    pub fn consumer(&self) -> Consumer {
        self.consumer
    }

    /// How much of something they use.
    pub fn used(&self, kind: LimitKind) -> u64 {
        self.used[kind as usize].load(Ordering::Relaxed)
    }

    /// Takes some, if there is so much in all and for them; it is given back when what comes back is dropped.
    ///
    /// # Errors
    /// There is not; that is counted.
    pub fn take(self: &Arc<Self>, kind: LimitKind, amount: u64) -> Result<Taken, LimitReached> {
        self.take_uncounted(kind, amount)?;
        Ok(Taken {
            usage: Arc::clone(self),
            kind,
            amount,
        })
    }

    fn take_uncounted(&self, kind: LimitKind, amount: u64) -> Result<(), LimitReached> {
        let gauge = self.limits.of(kind);
        let each = gauge.each.load(Ordering::Relaxed);
        let mine = &self.used[kind as usize];
        if add_up_to(mine, amount, each).is_err() {
            gauge.refuse();
            return Err(LimitReached);
        }
        let taken = gauge.take(amount);
        if taken.is_err() {
            mine.fetch_sub(amount, Ordering::Relaxed);
        }
        taken
    }
}

/// Who has no more than this part of what one may have goes on where all there is is taken.
const LITTLE: u64 = 16;

impl Usage {
    /// Counts what ends by itself, over the limit too, and tells whether there was room for it. It has to be given back
    /// by [`discharge`](Self::discharge), either way.
    pub fn charge(&self, kind: LimitKind, amount: u64) -> bool {
        let mine = self.used[kind as usize].fetch_add(amount, Ordering::SeqCst);
        let all = self.limits.of(kind).used.fetch_add(amount, Ordering::SeqCst);
        self.is_within(kind, mine, all)
    }

    /// Counts what has ended of what was charged.
    pub fn discharge(&self, kind: LimitKind, amount: u64) {
        self.used[kind as usize].fetch_sub(amount, Ordering::SeqCst);
        self.limits.of(kind).used.fetch_sub(amount, Ordering::SeqCst);
    }

    /// Whether they may begin more of it. Who has little of it may even where others have taken all there is.
    pub fn has_room(&self, kind: LimitKind) -> bool {
        let mine = self.used[kind as usize].load(Ordering::SeqCst);
        let all = self.limits.of(kind).used.load(Ordering::SeqCst);
        self.is_within(kind, mine, all)
    }

    fn is_within(&self, kind: LimitKind, mine: u64, all: u64) -> bool {
        let gauge = self.limits.of(kind);
        let each = gauge.each.load(Ordering::Relaxed);
        mine < each && (all < gauge.most() || mine < each / LITTLE)
    }

    /// Where those wait whose next work waits for the end of other work.
    pub(super) fn room(&self) -> &Room {
        &self.limits.0.room
    }

    /// Whether not all is taken that there is.
    pub fn is_any_left(&self, kind: LimitKind) -> bool {
        let gauge = self.limits.of(kind);
        gauge.used.load(Ordering::SeqCst) < gauge.most()
    }
}

impl Drop for Usage {
    fn drop(&mut self) {
        let mut consumers = self.limits.0.consumers.lock();
        // They may have come again in the meantime.
        if consumers
            .get(&self.consumer)
            .is_some_and(|known| known.strong_count() == 0)
        {
            consumers.remove(&self.consumer);
        }
    }
}

/// What somebody has taken of something, until this is dropped.
#[derive(Debug)]
pub struct Taken {
    usage: Arc<Usage>,
    kind: LimitKind,
    amount: u64,
}

impl Taken {
    /// How much.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// Takes more.
    ///
    /// # Errors
    /// There is not so much; what was taken stays.
    pub fn add(&mut self, amount: u64) -> Result<(), LimitReached> {
        self.usage.take_uncounted(self.kind, amount)?;
        self.amount += amount;
        Ok(())
    }

    /// Gives some of it back.
    pub fn give_back(&mut self, amount: u64) {
        let amount = amount.min(self.amount);
        self.amount -= amount;
        self.usage.used[self.kind as usize].fetch_sub(amount, Ordering::Relaxed);
        self.usage.limits.of(self.kind).gave_back(amount);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.give_back(self.amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(most: u64, each: u64) -> Limits {
        let limits = Limits::default();
        limits.of(LimitKind::Opens).set(most, Some(each));
        limits
    }

    fn only(limits: &Limits) -> LimitUse {
        let mut list = limits.list();
        assert_eq!(list.len(), 1, "what nobody limits is not listed");
        list.remove(0)
    }

    #[test]
    fn every_kind_has_its_place() {
        for (place, kind) in LimitKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }

    #[test]
    fn all_sessions_of_one_person_have_one_allowance() {
        let limits = limits(10, 3);
        let address = "10.0.0.1".parse().unwrap();
        let [first, second] = [0, 1].map(|_| limits.usage(Consumer::of(Some(7), address), "alice"));
        let mut taken = first.take(LimitKind::Opens, 2).unwrap();
        let more = second.take(LimitKind::Opens, 1).unwrap();
        assert!(second.take(LimitKind::Opens, 1).is_err() && taken.add(1).is_err());
        let other = limits.usage(Consumer::of(Some(8), address), "bob");
        let _theirs = other.take(LimitKind::Opens, 1).unwrap();
        let shown = only(&limits);
        let fullest = shown.fullest.unwrap();
        assert_eq!(
            (shown.used, shown.most, shown.each, shown.refused),
            (4, 10, Some(3), 2)
        );
        assert_eq!((fullest.who.as_str(), fullest.used), ("alice", 3));
        drop(more);
        taken.give_back(1);
        assert!(second.take(LimitKind::Opens, 2).is_ok());
    }

    #[test]
    fn what_is_charged_may_go_over_the_limit_and_leaves_no_room() {
        let limits = limits(64, 32);
        let usage = |id| limits.usage(Consumer::Person(id), "somebody");
        let (one, two, three) = (usage(1), usage(2), usage(3));
        assert!(one.charge(LimitKind::Opens, 31));
        assert!(one.has_room(LimitKind::Opens));
        assert!(one.charge(LimitKind::Opens, 5), "there was room for some of it");
        assert!(!one.charge(LimitKind::Opens, 5));
        assert!(!one.has_room(LimitKind::Opens) && two.has_room(LimitKind::Opens));
        assert!(two.charge(LimitKind::Opens, 30));
        assert!(!two.has_room(LimitKind::Opens) && three.has_room(LimitKind::Opens));
        one.discharge(LimitKind::Opens, 41);
        assert!(one.has_room(LimitKind::Opens) && two.has_room(LimitKind::Opens));
        two.discharge(LimitKind::Opens, 30);
        assert_eq!(only(&limits).used, 0);
    }

    #[test]
    fn what_is_refused_in_all_costs_nobody_anything() {
        let limits = limits(2, 2);
        let usage = |id| limits.usage(Consumer::Person(id), "somebody");
        let (one, two) = (usage(1), usage(2));
        let held = one.take(LimitKind::Opens, 2).unwrap();
        assert!(two.take(LimitKind::Opens, 1).is_err());
        assert_eq!(two.used(LimitKind::Opens), 0);
        drop(held);
        assert!(two.take(LimitKind::Opens, 2).is_ok());
        assert!(two.take(LimitKind::Opens, u64::MAX).is_err());
    }

    #[test]
    fn strangers_of_one_network_are_one_and_the_gone_are_forgotten() {
        let of = |address: &str| Consumer::of(None, address.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        let limits = limits(2, 2);
        let usage = limits.usage(of("10.0.0.1"), "guest");
        let taken = usage.take(LimitKind::Opens, 1).unwrap();
        drop(usage);
        assert_eq!(only(&limits).fullest.unwrap().who, "10.0.0.1");
        drop(taken);
        assert!(limits.0.consumers.lock().is_empty());
        assert_eq!(only(&limits).used, 0);
    }
}
