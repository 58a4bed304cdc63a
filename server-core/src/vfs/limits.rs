//! How much clients can make the engine keep, in all and for each person (of guests: each address).

use crate::live::{LimitKind, Limits};

/// Limits on what clients can make the engine keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineLimits {
    /// Opens in all.
    pub opens: usize,
    /// Opens for each person, over all of their sessions.
    pub opens_each: usize,
    /// Byte-range locks held and waited for by each open.
    pub locks_per_open: usize,
    /// By all opens of a file.
    pub locks_per_file: usize,
    /// By each person.
    pub locks_each: usize,
    /// In all.
    pub locks: usize,
    /// Watched folders in all.
    pub watches: usize,
    /// Watched folders for each person.
    pub watches_each: usize,
    /// Bytes of memory for what watchers were not told yet, in all.
    pub watched_bytes: usize,
    /// And for each person.
    pub watched_bytes_each: usize,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            opens: 262_144,
            opens_each: 65_536,
            locks_per_open: 16_384,
            locks_per_file: 32_768,
            locks_each: 65_536,
            locks: 524_288,
            watches: 65_536,
            watches_each: 4096,
            watched_bytes: 64 << 20,
            watched_bytes_each: 16 << 20,
        }
    }
}

/// What connections take of the descriptors: four each, of which there are 256 of strangers and 2,048 of people at most.
const FOR_CONNECTIONS: usize = (256 + 2048) * 4;

impl EngineLimits {
    /// The defaults, or less where the process may not open so many files. Half, or what connections need, is theirs,
    /// and a tenth of the rest is left for accepting them and for the store; nobody takes more than a quarter of what
    /// remains for opens, or half where that would not be enough to work with.
    pub fn for_process(descriptors: Option<u64>) -> Self {
        let default = Self::default();
        let Some(descriptors) = descriptors.and_then(|count| usize::try_from(count).ok()) else {
            return default;
        };
        let rest = descriptors - FOR_CONNECTIONS.min(descriptors / 2);
        let opens = default
            .opens
            .min(rest - (rest / 10).clamp(16, 4096).min(rest / 2));
        let each = (opens / 4).max(256).min(opens / 2);
        Self {
            opens,
            opens_each: default.opens_each.min(each),
            ..default
        }
    }

    /// Has these hold for those who are charged.
    pub fn declare(&self, limits: &Limits) {
        let set = |kind, most: usize, each: usize| limits.of(kind).set(most as u64, Some(each as u64));
        set(LimitKind::Opens, self.opens, self.opens_each);
        set(LimitKind::Locks, self.locks, self.locks_each);
        set(LimitKind::Watches, self.watches, self.watches_each);
        set(
            LimitKind::WatchedBytes,
            self.watched_bytes,
            self.watched_bytes_each,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_leave_descriptors_for_connections_and_the_store_however_few_there_are() {
        for descriptors in [64, 256, 512, 1024, 10_240, 65_536, 524_288, 1 << 30] {
            let limits = EngineLimits::for_process(Some(descriptors));
            let left = descriptors as usize - limits.opens;
            let connections = FOR_CONNECTIONS.min(descriptors as usize / 2);
            assert!(left >= connections + 16, "{descriptors}: {limits:?}");
            assert!(
                limits.opens_each <= limits.opens / 2 && limits.opens_each > 0,
                "{descriptors}"
            );
        }
        let usual = EngineLimits::for_process(Some(524_288));
        assert_eq!((usual.opens, usual.opens_each), (262_144, 65_536));
        assert_eq!(EngineLimits::for_process(None), EngineLimits::default());
    }
}
