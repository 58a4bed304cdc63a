//! How much the clients of this protocol may have under way.

use crate::live::{LimitKind, Limits};

/// How much there is of something: in all, and for one consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// In all.
    pub all: u64,
    /// For a person, or for a network.
    pub each: u64,
}

/// How much clients may have under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLimits {
    /// Requests that wait for what may never happen.
    pub waiting_requests: Bound,
    /// Bytes of requests that wait for others or for a disk.
    pub waiting_bytes: Bound,
    /// Bytes of answers that are not taken.
    pub unsent_bytes: Bound,
    /// Named pipes that are open.
    pub pipes: Bound,
}

impl Default for WorkLimits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            waiting_requests: Bound {
                all: 65_536,
                each: 4096,
            },
            waiting_bytes: Bound {
                all: 1024 * MIB,
                each: 128 * MIB,
            },
            unsent_bytes: Bound {
                all: 1024 * MIB,
                each: 128 * MIB,
            },
            pipes: Bound { all: 4096, each: 32 },
        }
    }
}

impl WorkLimits {
    /// Says them.
    pub(crate) fn set(&self, limits: &Limits) {
        for (kind, bound) in [
            (LimitKind::WaitingRequests, self.waiting_requests),
            (LimitKind::WaitingBytes, self.waiting_bytes),
            (LimitKind::UnsentBytes, self.unsent_bytes),
            (LimitKind::Pipes, self.pipes),
        ] {
            limits.of(kind).set(bound.all, Some(bound.each));
        }
    }
}
