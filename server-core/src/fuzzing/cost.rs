//! What an input may cost: how often memory is asked for, how much of it is held at a time, and how long the processor
//! works. Each is so much at all and so much for each byte of the input, so that a short input that makes the server work
//! long is found like one that makes it panic. Time is measured against calm work done beside it, which makes it the same
//! for slow machines, debug builds and instrumented ones.

use std::cell::RefCell;
use std::collections::HashSet;
use std::time::Duration;

use allocation_counter::AllocationInfo;

use super::Target;
use crate::smb::wire::body::Body;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::header::HEADER_SIZE;
use crate::smb::wire::message::Request;
use crate::smb::wire::write::WriteRequest;
use crate::smb::wire::writer::Writer;

/// So much at all, and so much for each byte.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    /// At all.
    pub at_all: u64,
    /// For each byte of the input.
    pub per_byte: u64,
}

impl Allowed {
    const fn new(at_all: u64, per_byte: u64) -> Self {
        Self { at_all, per_byte }
    }

    fn of(self, length: usize) -> u64 {
        self.at_all + self.per_byte * length as u64
    }
}

/// What an input may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// How often memory may be asked for.
    pub allocations: Allowed,
    /// Bytes that may be held at a time.
    pub held: Allowed,
    /// Calm requests that could be read and written in the same time.
    pub work: Allowed,
}

impl Budget {
    /// For what reads a message and does nothing else.
    pub const PARSER: Self = Self {
        allocations: Allowed::new(500, 8),
        held: Allowed::new(32 * 1024, 64),
        work: Allowed::new(1000, 5),
    };
    /// For what reads a stream, which has a buffer of its own.
    pub const STREAM: Self = Self {
        held: Allowed::new(256 * 1024, 64),
        ..Self::PARSER
    };
    /// For a log-in, whose proof costs rounds of hashing.
    pub const LOG_IN: Self = Self {
        allocations: Allowed::new(1000, 8),
        work: Allowed::new(5000, 20),
        ..Self::PARSER
    };
    /// For a machine around parsers, which a client drives by requests of a few bytes: it may ask for as much as a
    /// connection may keep.
    pub const MACHINE: Self = Self {
        allocations: Allowed::new(10_000, 50),
        held: Allowed::new(40 << 20, 64),
        work: Allowed::new(40_000, 500),
    };
}

/// What an input did cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    allocations: u64,
    held: u64,
    time: Duration,
}

/// Runs a target, and panics where it costs more than it may.
pub(super) fn run_within_budget(target: &Target, input: &[u8]) {
    warm_up(target);
    let calm = calm_request();
    let mut cost = measure(target, input);
    // What else the machine does may get between; it never makes an input cheaper.
    for _ in 0..2 {
        if work(cost, calm) <= target.budget.work.of(input.len()) {
            break;
        }
        cost.time = cost.time.min(measure(target, input).time);
    }
    let (name, length, budget) = (target.name, input.len(), target.budget);
    for (what, cost, allowed) in [
        ("allocations", cost.allocations, budget.allocations),
        ("bytes held", cost.held, budget.held),
        ("calm requests' time", work(cost, calm), budget.work),
    ] {
        let allowed = allowed.of(length);
        assert!(
            cost <= allowed,
            "{name} took {cost} {what} for {length} bytes, and may take {allowed}"
        );
    }
}

/// What is made once for all inputs is no input's cost.
fn warm_up(target: &Target) {
    thread_local! {
        static WARM: RefCell<HashSet<&'static str>> = RefCell::default();
    }
    if WARM.with_borrow_mut(|warm| warm.insert(target.name)) {
        (target.run)(&[]);
    }
}

fn measure(target: &Target, input: &[u8]) -> Cost {
    let began = processor_time();
    let AllocationInfo {
        count_total,
        bytes_max,
        ..
    } = allocation_counter::measure(|| (target.run)(input));
    Cost {
        allocations: count_total,
        held: bytes_max,
        time: processor_time().saturating_sub(began),
    }
}

fn work(cost: Cost, calm: Duration) -> u64 {
    u64::try_from(cost.time.as_nanos() / calm.as_nanos().max(1)).unwrap_or(u64::MAX)
}

/// How long it takes to read and write a small request.
fn calm_request() -> Duration {
    const TIMES: u32 = 256;
    thread_local! {
        static CALM: Duration = {
            let once = || {
                let began = processor_time();
                (0..TIMES).for_each(|_| read_and_write());
                processor_time().saturating_sub(began) / TIMES
            };
            (0..5).map(|_| once()).min().unwrap_or_default()
        };
    }
    CALM.with(|calm| *calm)
}

fn read_and_write() {
    let mut message = vec![0; HEADER_SIZE];
    let request = WriteRequest::new(FileId::RELATED, 0, &[7; 64]);
    request.encode(&mut Writer::new(&mut message, 0));
    let request = Request::from(request);
    assert_eq!(Request::parse(request.command(), &message), Ok(request));
}

/// What this thread has used of the processor.
#[cfg(unix)]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Nothing, where it can't be told: only memory is counted there.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    Duration::ZERO
}
