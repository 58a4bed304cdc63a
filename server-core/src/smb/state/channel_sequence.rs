//! The channel sequence of an open ([MS-SMB2] 3.3.5.2.10): a client that loses a channel counts it up and sends again
//! what was not answered. What still comes late with the old count must not change the file behind its back.
//! All of it is in one atomic number, so that requests count themselves without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::open_file::OpenFile;

/// Numbers that lie no further ahead are newer ([MS-SMB2] 3.3.5.2.10).
const AHEAD: u16 = 0x7FFF;
/// Bits of each count.
const COUNT_BITS: u32 = 24;
/// The most that a count holds: more requests than credits are ever granted for.
const MOST: u32 = (1 << COUNT_BITS) - 1;

/// Open.ChannelSequence and the requests under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Channels {
    /// Open.ChannelSequence.
    sequence: u16,
    /// Open.OutstandingRequestCount: with this sequence.
    requests: u32,
    /// Open.OutstandingPreRequestCount: with older ones.
    before: u32,
}

/// What a request says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequenced {
    /// ChannelSequence of its header.
    pub(crate) sequence: u16,
    /// SMB2_FLAGS_REPLAY_OPERATION: it was sent before.
    pub(crate) is_replay: bool,
    /// WRITE, SET_INFO or IOCTL.
    pub(crate) changes: bool,
}

/// The request comes too late, or too early: STATUS_FILE_NOT_AVAILABLE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAvailable;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It runs, and is counted until it is answered.
    Counted,
    /// It runs, and changes nothing.
    Uncounted,
    /// It is refused.
    Refused,
}

impl Channels {
    /// Lets a request in or not, and counts it.
    fn admit(self, request: Sequenced) -> (Self, Verdict) {
        let refused = if request.changes {
            Verdict::Refused
        } else {
            Verdict::Uncounted
        };
        let ahead = request.sequence.wrapping_sub(self.sequence);
        if ahead > AHEAD {
            return (self, refused);
        }
        let mut now = self;
        if ahead > 0 {
            now.sequence = request.sequence;
            now.before = MOST.min(self.before + self.requests);
            now.requests = 0;
        }
        // The request of before may be at it still.
        if request.is_replay && now.before > 0 {
            return (now, refused);
        }
        now.requests = MOST.min(now.requests + 1);
        (now, Verdict::Counted)
    }

    /// A request that was counted under `sequence` is answered ([MS-SMB2] 3.3.4.1).
    fn answered(mut self, sequence: u16) -> Self {
        let count = if sequence == self.sequence {
            &mut self.requests
        } else {
            &mut self.before
        };
        *count = count.saturating_sub(1);
        self
    }

    fn packed(self) -> u64 {
        u64::from(self.sequence) << (2 * COUNT_BITS)
            | u64::from(self.before) << COUNT_BITS
            | u64::from(self.requests)
    }

    fn unpacked(packed: u64) -> Self {
        let [.., a, b, c, d, e, f, g, h] = packed.to_be_bytes();
        Self {
            sequence: u16::from_be_bytes([a, b]),
            before: u32::from_be_bytes([0, c, d, e]),
            requests: u32::from_be_bytes([0, f, g, h]),
        }
    }
}

/// The channel sequence of one open.
#[derive(Debug)]
pub(super) struct ChannelSequence(AtomicU64);

impl ChannelSequence {
    /// That of the CREATE, and nothing under way.
    pub(super) fn new(sequence: u16) -> Self {
        let channels = Channels {
            sequence,
            requests: 0,
            before: 0,
        };
        Self(AtomicU64::new(channels.packed()))
    }

    fn admit(&self, request: Sequenced) -> Verdict {
        let mut packed = self.0.load(Ordering::Relaxed);
        loop {
            let (now, verdict) = Channels::unpacked(packed).admit(request);
            match self
                .0
                .compare_exchange_weak(packed, now.packed(), Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return verdict,
                Err(other) => packed = other,
            }
        }
    }

    fn answered(&self, sequence: u16) {
        let after = |packed| Some(Channels::unpacked(packed).answered(sequence).packed());
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
    }
}

/// A request that is under way on an open: counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Outstanding {
    file: Arc<OpenFile>,
    sequence: u16,
}

impl Outstanding {
    /// Counts a request; `None` for one that comes too late to be counted, but may run.
    ///
    /// # Errors
    /// It must not run.
    pub(crate) fn begin(file: &Arc<OpenFile>, request: Sequenced) -> Result<Option<Self>, NotAvailable> {
        match file.channel_sequence.admit(request) {
            Verdict::Counted => Ok(Some(Self {
                file: Arc::clone(file),
                sequence: request.sequence,
            })),
            Verdict::Uncounted => Ok(None),
            Verdict::Refused => Err(NotAvailable),
        }
    }
}

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.file.channel_sequence.answered(self.sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITE: Sequenced = Sequenced {
        sequence: 0,
        is_replay: false,
        changes: true,
    };
    const READ: Sequenced = Sequenced {
        changes: false,
        ..WRITE
    };

    fn with(request: Sequenced, sequence: u16) -> Sequenced {
        Sequenced { sequence, ..request }
    }

    fn replayed(request: Sequenced) -> Sequenced {
        Sequenced {
            is_replay: true,
            ..request
        }
    }

    fn channels(sequence: u16, requests: u32, before: u32) -> Channels {
        Channels {
            sequence,
            requests,
            before,
        }
    }

    #[test]
    fn a_request_of_the_same_sequence_is_counted_until_it_is_answered() {
        let (now, verdict) = channels(5, 1, 2).admit(with(WRITE, 5));
        assert_eq!((now, verdict), (channels(5, 2, 2), Verdict::Counted));
        assert_eq!(now.answered(5), channels(5, 1, 2));
        assert_eq!(now.answered(4), channels(5, 2, 1));
    }

    #[test]
    fn a_newer_sequence_makes_what_is_under_way_older() {
        for ahead in [1, AHEAD] {
            let sequence = 0xFFF0_u16.wrapping_add(ahead);
            let (now, verdict) = channels(0xFFF0, 3, 1).admit(with(READ, sequence));
            assert_eq!((now, verdict), (channels(sequence, 1, 4), Verdict::Counted));
        }
    }

    #[test]
    fn a_stale_sequence_may_look_but_not_change() {
        let now = channels(5, 1, 0);
        for sequence in [4, 0, 5 + AHEAD + 1] {
            for request in [with(WRITE, sequence), replayed(with(WRITE, sequence))] {
                assert_eq!(now.admit(request), (now, Verdict::Refused));
            }
            assert_eq!(now.admit(with(READ, sequence)), (now, Verdict::Uncounted));
        }
    }

    #[test]
    fn a_replay_waits_until_nothing_older_is_under_way() {
        let busy = channels(6, 1, 1);
        assert_eq!(busy.admit(replayed(with(WRITE, 6))), (busy, Verdict::Refused));
        assert_eq!(busy.admit(replayed(with(READ, 6))), (busy, Verdict::Uncounted));
        // Without the flag it is a new request.
        assert_eq!(busy.admit(with(WRITE, 6)).1, Verdict::Counted);
        let (now, verdict) = busy.answered(5).admit(replayed(with(WRITE, 6)));
        assert_eq!((now, verdict), (channels(6, 2, 0), Verdict::Counted));
        // The first sign of the newer sequence.
        let (now, verdict) = channels(6, 2, 0).admit(replayed(with(WRITE, 7)));
        assert_eq!((now, verdict), (channels(7, 0, 2), Verdict::Refused));
        let (now, verdict) = channels(6, 0, 0).admit(replayed(with(WRITE, 7)));
        assert_eq!((now, verdict), (channels(7, 1, 0), Verdict::Counted));
    }

    #[test]
    fn the_counts_never_overflow_into_each_other() {
        let full = channels(u16::MAX, MOST, MOST);
        assert_eq!(Channels::unpacked(full.packed()), full);
        assert_eq!(full.admit(with(WRITE, u16::MAX)).0, full);
        assert_eq!(full.admit(with(WRITE, 0)).0, channels(0, 1, MOST));
        assert_eq!(channels(1, 0, 0).answered(1), channels(1, 0, 0));
        let some = channels(0x0102, 0x03_0405, 0x06_0708);
        assert_eq!(Channels::unpacked(some.packed()), some);
    }
}
