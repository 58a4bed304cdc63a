//! The lock sequences of an open ([MS-SMB2] 3.3.1.10 LockSequenceArray, 3.3.5.14): a client that did not hear whether a LOCK
//! was done sends it again under the same number, and what was done is not done twice.

use parking_lot::Mutex;

/// LockSequenceIndex goes from 1 to this.
const MOST: usize = 64;
/// Bits of LockSequenceNumber.
const NUMBER_BITS: u32 = 4;

/// Which of a client's LOCKs a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockSequence {
    /// Counts from 0.
    index: usize,
    number: u8,
}

impl LockSequence {
    /// What the field says; `None` for a LOCK that the client would not send again.
    pub(crate) fn of(field: u32) -> Option<Self> {
        let index = (field >> NUMBER_BITS) as usize;
        let [low, ..] = field.to_le_bytes();
        (1..=MOST).contains(&index).then(|| Self {
            index: index - 1,
            number: low & 0xF,
        })
    }
}

/// Those that were done last, by their index.
#[derive(Debug, Default)]
pub(super) struct LockSequences(Mutex<Vec<Option<u8>>>);

impl LockSequences {
    /// Whether this one was done. If not, nothing of its index counts until it is.
    pub(super) fn was_done(&self, sequence: LockSequence) -> bool {
        let mut done = self.0.lock();
        let Some(last) = done.get_mut(sequence.index) else {
            return false;
        };
        if *last == Some(sequence.number) {
            return true;
        }
        *last = None;
        false
    }

    /// What was done through another open was done through this one.
    pub(super) fn copy(&self, before: &Self) {
        let before = before.0.lock().clone();
        *self.0.lock() = before;
    }

    /// It is done.
    pub(super) fn done(&self, sequence: LockSequence) {
        let mut done = self.0.lock();
        if done.is_empty() {
            done.resize(MOST, None);
        }
        if let Some(last) = done.get_mut(sequence.index) {
            *last = Some(sequence.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(index: u32, number: u32) -> Option<LockSequence> {
        LockSequence::of(index << NUMBER_BITS | number)
    }

    #[test]
    fn indexes_from_1_to_64_count() {
        assert_eq!(sequence(0, 3), None);
        assert_eq!(sequence(65, 3), None);
        assert_eq!(sequence(1, 3), Some(LockSequence { index: 0, number: 3 }));
        assert_eq!(
            sequence(64, 15),
            Some(LockSequence {
                index: 63,
                number: 15
            })
        );
    }

    #[test]
    fn what_was_done_last_is_known_by_its_index_and_number() {
        let sequences = LockSequences::default();
        let (one, two) = (sequence(1, 1).unwrap(), sequence(1, 2).unwrap());
        let other = sequence(2, 1).unwrap();
        assert!(!sequences.was_done(one));
        sequences.done(one);
        assert!(sequences.was_done(one));
        assert!(!sequences.was_done(other));
        // Another number is another LOCK: what was done before is forgotten, even if this one fails.
        assert!(!sequences.was_done(two));
        assert!(!sequences.was_done(one));
        sequences.done(two);
        assert!(sequences.was_done(two));
    }
}
