//! The machine over a simulated clock.

mod interleavings;
mod pair;
mod strangers;

use std::time::Duration;

use super::*;
use crate::identity::ShareId;
use crate::vfs::error::Denial;
use crate::vfs::path::SharePath;
use crate::vfs::request::ShareMode;

const SHARE: ShareId = ShareId(1);
const FILE: FileKey = FileKey { volume: 1, file: 1 };
const OTHER: FileKey = FileKey { volume: 1, file: 2 };
const ALICE: LiveSessionId = LiveSessionId(1);
const BOB: LiveSessionId = LiveSessionId(2);
const CAROL: LiveSessionId = LiveSessionId(3);
/// Opens of one session.
const LIMIT: usize = 12;

const NONE: LeaseState = LeaseState::empty();
const R: LeaseState = LeaseState::READ;
const RH: LeaseState = LeaseState::READ.union(LeaseState::HANDLE);
const RWH: LeaseState = LeaseState::all();

/// Nobody hears anything here: what would be told is looked at.
#[derive(Debug)]
struct Deaf;

impl BreakListener for Deaf {
    fn broken(&self, _: LeaseBreak) {}
}

/// A machine and the time.
struct World {
    machine: Machine,
    now: Instant,
}

impl World {
    fn new() -> Self {
        Self {
            machine: Machine::new(MachineLimits {
                opens: 3 * LIMIT,
                opens_per_owner: LIMIT,
            }),
            now: Instant::now(),
        }
    }

    fn passes(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn open(&mut self, ask: Admission) -> Result<Entry<Ticket>, VfsError> {
        let folded = FoldedPath::of(&ask.place.path);
        self.machine.open(self.now, ask, folded)
    }

    fn admitted(&mut self, ask: Admission) -> Admitted {
        match self.open(ask) {
            Ok(Entry::Admitted(admitted)) => admitted,
            other => panic!("it was to be let in: {other:?}"),
        }
    }

    fn waits(&mut self, ask: Admission) -> Ticket {
        match self.open(ask) {
            Ok(Entry::Waits(ticket)) => ticket,
            other => panic!("it was to wait: {other:?}"),
        }
    }

    fn heard(&mut self) -> Vec<Effect> {
        self.machine.take_effects()
    }
}

fn place(path: &str) -> Place {
    Place {
        share: SHARE,
        path: SharePath::from_sftp(path.as_bytes()).unwrap(),
        disk: path.into(),
    }
}

fn lease(client: u8, key: u8) -> LeaseId {
    LeaseId {
        client: ClientGuid([client; 16]),
        key: LeaseKey([key; 16]),
        owner: crate::live::Consumer::Person(1),
    }
}

/// An open that reads, writes and deletes, and shares everything.
fn ask(owner: LiveSessionId) -> Admission {
    let access = AccessMask::READ_DATA | AccessMask::WRITE_DATA | AccessMask::DELETE;
    Admission {
        key: FILE,
        stream: StreamName::default(),
        place: place("a"),
        only_name: true,
        directory: false,
        owner,
        client: Consumer::Person(owner.0.cast_signed()),
        granted: access,
        access,
        share_mode: ShareMode::all(),
        replaces: false,
        caching: None,
    }
}

impl Admission {
    fn caching(self, wanted: LeaseState, lease: Option<LeaseRequest>) -> Self {
        let listener: Arc<dyn BreakListener> = Arc::new(Deaf);
        let caching = Some(CachingRequest {
            wanted,
            lease,
            listener,
        });
        Self { caching, ..self }
    }

    fn oplock(self, wanted: LeaseState) -> Self {
        self.caching(wanted, None)
    }

    fn lease(self, id: LeaseId, wanted: LeaseState) -> Self {
        let (epoch, parent) = (None, None);
        self.caching(wanted, Some(LeaseRequest { id, epoch, parent }))
    }

    fn lease_v2(self, id: LeaseId, wanted: LeaseState, epoch: u16) -> Self {
        let epoch = Some(epoch);
        let parent = None;
        self.caching(wanted, Some(LeaseRequest { id, epoch, parent }))
    }
}
