//! Which lock-outs the user is told of, and when. Strangers choose the names that they guess at, and how often: what
//! they wrote must not stand in a notification in Landfall's name, nor must one follow the other.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use server_core::admin::LockOut;

/// Between two notifications.
const PAUSE: Duration = Duration::from_secs(60);
/// From a refusal to the look at what is locked out: a thousand guesses a second are one look.
const GATHER: Duration = Duration::from_secs(1);

/// Who is locked out, as far as it may be said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Someone who has an account here.
    Person(String),
    /// A computer.
    Address(IpAddr),
    /// Whatever a stranger made up.
    UnknownName,
}

/// A notification's content.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) who: Who,
    pub(crate) minutes: u64,
    /// How many more there are.
    pub(crate) others: usize,
}

type Identity = (Option<String>, Option<IpAddr>);

/// What was told already.
#[derive(Debug, Default)]
pub(crate) struct LockOuts {
    told: HashSet<Identity>,
    last: Option<Instant>,
    due: Option<Instant>,
}

impl LockOuts {
    /// Someone was refused: there may be a new lock-out.
    pub(crate) fn refused(&mut self, now: Instant) {
        let soon = now + GATHER;
        let allowed = self.last.map_or(soon, |last| soon.max(last + PAUSE));
        self.due.get_or_insert(allowed);
    }

    /// When to look at what is locked out.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.due
    }

    /// What is to be told of those that hold now.
    pub(crate) fn look(&mut self, locks: &[LockOut], now: Instant) -> Option<Told> {
        self.due = None;
        let identity = |lock: &LockOut| (lock.name.clone(), lock.address);
        let who = |lock: &LockOut| match (&lock.name, lock.address) {
            (Some(name), _) if !lock.unknown => Who::Person(name.clone()),
            (None, Some(address)) => Who::Address(address),
            _ => Who::UnknownName,
        };
        let new = locks.iter().filter(|lock| !self.told.contains(&identity(lock)));
        let mut new: Vec<_> = new.map(|lock| (who(lock), lock.seconds.div_ceil(60))).collect();
        self.told = locks.iter().map(identity).collect();
        // Those that the user knows first.
        new.sort();
        let others = new.len().saturating_sub(1);
        let (who, minutes) = new.into_iter().next()?;
        self.last = Some(now);
        Some(Told { who, minutes, others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> LockOut {
        LockOut {
            name: Some(name.to_owned()),
            address: None,
            unknown: false,
            failures: 5,
            seconds: 61,
        }
    }

    fn unknown(text: &str) -> LockOut {
        LockOut {
            unknown: true,
            ..name(text)
        }
    }

    fn address(last: u8) -> LockOut {
        LockOut {
            name: None,
            address: Some([10, 0, 0, last].into()),
            ..name("")
        }
    }

    fn told(who: Who, others: usize) -> Option<Told> {
        Some(Told {
            who,
            minutes: 2,
            others,
        })
    }

    #[test]
    fn a_strangers_words_are_not_said() {
        let mut lock_outs = LockOuts::default();
        let locks = [unknown("Call +1 555 0100 about your computer")];
        let first = lock_outs.look(&locks, Instant::now());
        assert_eq!(first, told(Who::UnknownName, 0));
    }

    #[test]
    fn who_is_known_is_named_first_and_the_others_are_counted() {
        let mut lock_outs = LockOuts::default();
        let locks = [unknown("zzz"), address(7), name("alice"), name("bob")];
        let first = lock_outs.look(&locks, Instant::now());
        assert_eq!(first, told(Who::Person("alice".to_owned()), 3));
    }

    #[test]
    fn a_flood_of_guesses_is_one_look_and_one_notification_a_minute() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut lock_outs = LockOuts::default();
        for _ in 0..1_000 {
            lock_outs.refused(start);
        }
        assert_eq!(lock_outs.next(), Some(after(1)));
        let mut locks = vec![unknown("a")];
        assert!(lock_outs.look(&locks, after(1)).is_some());
        assert_eq!(lock_outs.next(), None);
        for second in 2..60 {
            locks.push(unknown(&format!("guess {second}")));
            lock_outs.refused(after(second));
            assert_eq!(lock_outs.next(), Some(after(61)), "{second}");
        }
        // Nothing is lost meanwhile.
        let next = lock_outs.look(&locks, after(61));
        assert_eq!(next, told(Who::UnknownName, 57));
    }

    #[test]
    fn a_lock_out_is_told_once_and_again_when_it_comes_back() {
        let start = Instant::now();
        let mut lock_outs = LockOuts::default();
        assert!(lock_outs.look(&[name("bob")], start).is_some());
        assert_eq!(lock_outs.look(&[name("bob")], start + PAUSE), None);
        assert_eq!(lock_outs.look(&[], start + PAUSE), None);
        assert!(lock_outs.look(&[name("bob")], start + PAUSE * 2).is_some());
    }
}
