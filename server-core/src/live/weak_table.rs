//! A table of what others hold: nobody is kept alive by being in it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

/// The fewest entries that are swept.
const FEW: usize = 32;

/// Things by a key, as long as something else holds them.
#[derive(Debug)]
pub(crate) struct WeakTable<K, T> {
    entries: HashMap<K, Weak<T>>,
    /// As soon as there are so many, those are taken out that are gone: a look at all of them whenever as many came
    /// as were there, and not at each that comes.
    sweep_at: usize,
}

impl<K, T> Default for WeakTable<K, T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            sweep_at: FEW,
        }
    }
}

impl<K: Eq + Hash, T> WeakTable<K, T> {
    pub(crate) fn insert(&mut self, key: K, value: &Arc<T>) {
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, entry| entry.strong_count() > 0);
            self.sweep_at = (2 * self.entries.len()).max(FEW);
        }
        self.entries.insert(key, Arc::downgrade(value));
    }

    pub(crate) fn get(&self, key: &K) -> Option<Arc<T>> {
        self.entries.get(key).and_then(Weak::upgrade)
    }

    /// Whether a key is taken, though what it stands for may be gone.
    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    /// Does something with each.
    pub(crate) fn each(&mut self, mut act: impl FnMut(&K, &T)) {
        self.entries.retain(|key, entry| {
            let entry = entry.upgrade();
            entry.inspect(|entry| act(key, entry)).is_some()
        });
    }

    /// All of them, which are better let go of outside of a lock on the table.
    pub(crate) fn all(&self) -> Vec<Weak<T>> {
        self.entries.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_takes_no_more_room_than_what_is_there() {
        let mut table = WeakTable::default();
        let held: Vec<_> = (0..100).map(Arc::new).collect();
        for value in &held {
            table.insert(**value, value);
        }
        for gone in 100..10_000 {
            table.insert(gone, &Arc::new(gone));
            assert!(table.get(&gone).is_none());
            assert!(table.entries.len() <= 2 * (held.len() + 1), "{gone}");
        }
        assert!(held.iter().all(|value| table.get(value).is_some()));
        let mut seen = 0;
        table.each(|key, value| {
            assert_eq!(key, value);
            seen += 1;
        });
        assert_eq!((seen, table.entries.len()), (held.len(), held.len()));
        table.remove(&5);
        assert_eq!((table.get(&5), table.contains_key(&5)), (None, false));
    }
}
