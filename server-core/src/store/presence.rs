//! A Bloom filter of the keys that have file metadata, so that looking up a file without any costs no
//! query. A "no" is certain; a "maybe" is settled by the query. Removed keys stay until the next rebuild.

use crate::live::Current;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::FileMetadataKey;

/// The smallest filter: 16 KiB, good for 10,000 keys.
const SMALLEST: usize = 10_000;
/// Bits for each key, and bits set for each: under 1 % of "maybe" for absent keys.
const BITS_PER_KEY: usize = 12;
const PROBES: u64 = 4;

/// Which keys may have a row. Changed only under the store's writer lock.
#[derive(Debug)]
pub(super) struct Presence {
    filter: Current<Filter>,
    // Random, so that clients can't choose inode patterns that collide.
    hasher: RandomState,
}

#[derive(Debug)]
struct Filter {
    words: Vec<AtomicU64>,
    capacity: usize,
    used: AtomicUsize,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            filter: Current::new(Filter::for_keys(0)),
            hasher: RandomState::new(),
        }
    }
}

impl Presence {
    /// False when the key certainly has no row.
    pub(super) fn may_have(&self, key: FileMetadataKey) -> bool {
        self.filter.with(|filter| {
            filter.used.load(Ordering::Acquire) > 0 && filter.contains(self.hasher.hash_one(key))
        })
    }

    /// Notes a key, before its row becomes visible. True when the filter is full and wants a `rebuild`.
    pub(super) fn insert(&self, key: FileMetadataKey) -> bool {
        self.filter.with(|filter| {
            filter.insert(self.hasher.hash_one(key));
            filter.used.load(Ordering::Relaxed) > filter.capacity
        })
    }

    /// Replaces the filter by one of just these keys, with room for as many again.
    pub(super) fn rebuild(&self, keys: &[FileMetadataKey]) {
        let filter = Filter::for_keys(keys.len() * 2);
        for &key in keys {
            filter.insert(self.hasher.hash_one(key));
        }
        self.filter.set(filter);
    }
}

impl Filter {
    fn for_keys(keys: usize) -> Self {
        let capacity = keys.max(SMALLEST);
        let words = (capacity * BITS_PER_KEY).div_ceil(64).next_power_of_two();
        Self {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
            capacity,
            used: AtomicUsize::new(0),
        }
    }

    fn contains(&self, hash: u64) -> bool {
        self.bits(hash)
            .all(|(word, bit)| word.load(Ordering::Acquire) & bit != 0)
    }

    fn insert(&self, hash: u64) {
        let mut fresh = false;
        for (word, bit) in self.bits(hash) {
            fresh |= word.fetch_or(bit, Ordering::AcqRel) & bit == 0;
        }
        // A key set again and again fills nothing.
        if fresh {
            self.used.fetch_add(1, Ordering::Release);
        }
    }

    fn bits(&self, hash: u64) -> impl Iterator<Item = (&AtomicU64, u64)> {
        // Double hashing: the second hash is the first with its halves exchanged, made odd.
        let step = hash.rotate_left(32) | 1;
        let mask = self.words.len() as u64 * 64 - 1;
        (0..PROBES).map(move |probe| {
            let at = hash.wrapping_add(step.wrapping_mul(probe)) & mask;
            (&self.words[(at / 64) as usize], 1 << (at % 64))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(file: u64) -> FileMetadataKey {
        FileMetadataKey {
            volume: 1,
            file,
            birth: 0,
        }
    }

    #[test]
    fn keys_that_were_noted_are_never_denied_and_others_nearly_always_are() {
        let presence = Presence::default();
        assert!(!presence.may_have(key(1)));
        let mut full = false;
        for file in 0..SMALLEST as u64 + 1_000 {
            full |= presence.insert(key(file));
        }
        assert!(full, "more keys than the smallest filter is good for");
        let keys: Vec<_> = (0..50_000).map(key).collect();
        presence.rebuild(&keys);
        assert!(keys.iter().all(|&key| presence.may_have(key)));
        let wrong = (50_000..150_000)
            .filter(|&file| presence.may_have(key(file)))
            .count();
        assert!(wrong < 1_000, "{wrong} of 100,000 absent keys");
    }

    #[test]
    fn noting_one_key_again_fills_nothing() {
        let presence = Presence::default();
        assert!(!(0..2 * SMALLEST).any(|_| presence.insert(key(5))));
    }
}
