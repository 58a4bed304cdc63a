//! Values that are replaced as a whole while many threads read them.
//!
//! A connection has a thread of its own, so that whatever is kept for each thread that reads is kept a thousand times, and
//! found among a thousand: readers share one lock, which they hold for a moment, or [follow](Following) the value with a
//! copy of their own.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

/// A value as it is now.
#[derive(Debug)]
pub struct Current<T> {
    value: RwLock<Arc<T>>,
    /// How often it was replaced.
    version: AtomicU64,
}

impl<T> Current<T> {
    /// One that begins as this.
    pub fn new(value: T) -> Self {
        Self {
            value: RwLock::new(Arc::new(value)),
            version: AtomicU64::new(0),
        }
    }

    /// The value, which stays as it is for who has it.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.value.read())
    }

    /// Looks at the value; others can't replace it meanwhile.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.value.read())
    }

    /// Replaces it; what it was before.
    pub fn set(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        let mut current = self.value.write();
        self.version.fetch_add(1, Ordering::Release);
        std::mem::replace(&mut *current, value)
    }
}

impl<T: Default> Default for Current<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// A value that one reader looks at again and again: nothing that others write to is touched until it was replaced.
#[derive(Debug)]
pub(crate) struct Following<T> {
    value: Arc<T>,
    version: u64,
}

impl<T> Following<T> {
    pub(crate) fn new(current: &Current<T>) -> Self {
        // The version first: what is replaced in between is taken once more.
        let version = current.version.load(Ordering::Acquire);
        Self {
            value: current.get(),
            version,
        }
    }

    /// Whether it was replaced since.
    pub(crate) fn is_behind(&self, current: &Current<T>) -> bool {
        self.version != current.version.load(Ordering::Acquire)
    }
}

impl<T> Deref for Following<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_follows_notices_that_a_value_was_replaced_and_who_has_it_keeps_it() {
        let current = Current::new(1);
        let had = current.get();
        let mut following = Following::new(&current);
        assert!(!following.is_behind(&current));
        current.set(2);
        assert_eq!((*had, *following), (1, 1));
        assert!(following.is_behind(&current));
        following = Following::new(&current);
        assert_eq!((*following, current.with(|value| *value)), (2, 2));
        assert!(!following.is_behind(&current));
    }

    #[test]
    fn readers_never_see_older_values_after_newer_ones() {
        let current = Current::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| (1..=10_000).for_each(|value| drop(current.set(value))));
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut following = Following::new(&current);
                    while *following < 10_000 {
                        let before = *following;
                        if following.is_behind(&current) {
                            following = Following::new(&current);
                        }
                        assert!(*following >= before);
                    }
                });
            }
        });
    }
}
