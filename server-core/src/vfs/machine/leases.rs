//! What clients cache of one stream, and what they must give up when others come ([MS-FSA] 2.1.4.12, 2.1.5.18;
//! [MS-SMB2] 3.3.4.6, 3.3.4.7). Values in, decisions out.
//!
//! An oplock goes from what it is to level II or nothing in one step. A lease loses what is in the way and keeps the
//! rest; when more must go while its client has yet to answer, the client is asked for that when it answered, a step
//! at a time, and those who wait do so until the last.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Step;
use super::holder::{Holder, LeaseBreak, LeaseId, LeaseState};

/// How long a client may take to give up what it caches, as on Windows.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(35);

/// Opens and leases that cache one stream at most: each is looked at when another comes or goes.
pub(super) const MAX_HOLDERS: usize = 256;

/// How someone who comes later touches what others cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It doesn't share what others have open, or changes the name: perhaps they only keep it open.
    Conflicting,
    /// It replaces the content.
    Replacing,
    /// It reads or writes beside the others.
    Sharing,
    /// It reads the security descriptor: oplocks are in its way as if it read the content, leases are not.
    Inspecting,
}

/// What is wrong with the acknowledgment of a break.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotBreaking {
    /// Nobody asked for it.
    Unasked,
    /// The client would keep more than it was left.
    TooMuch,
}

/// What a holder's own opens look at without asking: whether what it has read counts among the stale.
#[derive(Debug, Default)]
pub(crate) struct Cached {
    pub(super) reads: AtomicBool,
}

/// The oplocks and leases on one stream.
#[derive(Debug, Default)]
pub(super) struct Leases {
    pub(super) held: Vec<Held>,
}

/// One of them. A lease stays, caching nothing, while its key has opens; an oplock ends.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) holder: Holder,
    pub(super) state: LeaseState,
    pub(super) breaking: Option<Breaking>,
    /// The opens under it.
    pub(super) opens: usize,
    /// Those whose client is away.
    pub(super) away: usize,
    /// Those that do more than look, or than inspect if it is a lease.
    pub(super) active: usize,
    /// Of a lease of version 2.
    pub(super) epoch: Option<u16>,
    pub(super) cached: Arc<Cached>,
}

/// A break that its client has yet to acknowledge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Breaking {
    /// What it was asked to go down to.
    pub(super) requested: LeaseState,
    /// What it will have to go down to.
    pub(super) required: LeaseState,
    pub(super) until: Instant,
}

impl Arrival {
    /// What others can't go on caching.
    fn ends(self) -> LeaseState {
        match self {
            Self::Conflicting => LeaseState::HANDLE,
            Self::Replacing => LeaseState::all(),
            Self::Sharing => LeaseState::WRITE,
            Self::Inspecting => LeaseState::empty(),
        }
    }

    /// What others must have given up before it goes on; the rest they are only told of.
    fn waits_for(self) -> LeaseState {
        match self {
            Self::Conflicting => LeaseState::HANDLE,
            Self::Replacing | Self::Sharing | Self::Inspecting => LeaseState::WRITE,
        }
    }
}

impl Held {
    fn is_oplock(&self) -> bool {
        matches!(self.holder, Holder::Oplock(_))
    }

    pub(super) fn is_lease(&self, lease: LeaseId) -> bool {
        self.holder == Holder::Lease(lease)
    }

    /// Everyone who could answer is away.
    pub(super) fn is_away(&self) -> bool {
        self.opens > 0 && self.away == self.opens
    }

    /// What it has read goes stale when the content changes, and it has not been told to forget it.
    fn is_reader(&self) -> bool {
        match self.breaking {
            None if self.is_oplock() => self.state == LeaseState::READ,
            Some(_) if self.is_oplock() => false,
            None => self.state.contains(LeaseState::READ),
            Some(breaking) => breaking.required.contains(LeaseState::READ),
        }
    }

    fn notice(&self, from: LeaseState, to: LeaseState) -> Step {
        Step::Break(LeaseBreak {
            holder: self.holder,
            from,
            to,
            epoch: self.epoch.unwrap_or(0),
            ack_required: from.needs_answer(),
        })
    }

    /// Asks it to go down to `to`. With nothing but READ to lose it needs no answer.
    fn go_down(&mut self, now: Instant, to: LeaseState, steps: &mut Vec<Step>) {
        let from = self.state;
        if let Some(breaking) = &mut self.breaking {
            // Who has to give up more than was asked for will be told when it answered.
            breaking.required &= to;
            return;
        }
        self.epoch = self.epoch.map(|epoch| epoch.wrapping_add(1));
        if from.needs_answer() {
            self.breaking = Some(Breaking {
                requested: to,
                required: to,
                until: now + ANSWER_TIME,
            });
        } else {
            self.state = to;
        }
        // There is nobody to be told where all are away: what waits for them is closed.
        if !self.is_away() {
            steps.push(self.notice(from, to));
        }
    }

    /// Makes room for an arrival; whether that has to wait.
    fn make_room(&mut self, now: Instant, arrival: Arrival, steps: &mut Vec<Step>) -> bool {
        if self.is_oplock() {
            if self.breaking.is_some() {
                return true;
            }
            let in_the_way = match arrival {
                Arrival::Replacing => LeaseState::READ,
                Arrival::Inspecting => LeaseState::WRITE,
                other => other.ends(),
            };
            if !self.state.intersects(in_the_way) {
                return false;
            }
            let to = if arrival == Arrival::Replacing {
                LeaseState::empty()
            } else {
                LeaseState::READ
            };
            self.go_down(now, to, steps);
            return self.breaking.is_some();
        }
        if !self.state.intersects(arrival.ends()) {
            return false;
        }
        let waits = self.state.intersects(arrival.waits_for());
        self.go_down(now, (self.state - arrival.ends()).legal(), steps);
        waits && self.breaking.is_some()
    }

    /// Its client goes down to `to`.
    fn acknowledge(
        &mut self,
        now: Instant,
        to: LeaseState,
        steps: &mut Vec<Step>,
    ) -> Result<LeaseState, NotBreaking> {
        let Some(Breaking {
            requested, required, ..
        }) = self.breaking
        else {
            return Err(NotBreaking::Unasked);
        };
        if !requested.contains(to) {
            if self.is_oplock() {
                self.breaking = None;
                self.state = LeaseState::empty();
            }
            return Err(NotBreaking::TooMuch);
        }
        self.breaking = None;
        self.state = to;
        if required.contains(to) {
            return Ok(to);
        }
        let next = if to.needs_answer() {
            (required | LeaseState::READ) & to
        } else {
            required & to
        };
        steps.push(self.notice(to, next));
        if to.needs_answer() {
            self.breaking = Some(Breaking {
                requested: next,
                required,
                until: now + ANSWER_TIME,
            });
        } else {
            self.state = next;
        }
        Ok(to)
    }
}

impl Leases {
    /// Someone comes: who caches too much for it is told. Those that have to answer first come back. A lease of its
    /// own is never in its way.
    pub(super) fn contend(
        &mut self,
        now: Instant,
        arrival: Arrival,
        mine: Option<LeaseId>,
        steps: &mut Vec<Step>,
    ) -> Vec<Holder> {
        let others = self.held.iter_mut().filter(|held| !is_mine(held, mine));
        others
            .filter_map(|held| held.make_room(now, arrival, steps).then_some(held.holder))
            .collect()
    }

    /// The name changes or goes: those who keep the file open for a program that closed it let go. Oplocks stay as
    /// they are: none that keeps a file open is left when somebody else has it open to do this.
    pub(super) fn give_up_handles(
        &mut self,
        now: Instant,
        mine: Option<LeaseId>,
        steps: &mut Vec<Step>,
    ) -> Vec<Holder> {
        let leases = self
            .held
            .iter_mut()
            .filter(|held| !held.is_oplock() && !is_mine(held, mine));
        leases
            .filter_map(|held| {
                held.make_room(now, Arrival::Conflicting, steps)
                    .then_some(held.holder)
            })
            .collect()
    }

    /// The content changes: what others (and, with an oplock, the changing open itself) have read is stale.
    pub(super) fn content_changes(&mut self, now: Instant, mine: Option<LeaseId>, steps: &mut Vec<Step>) {
        let stale = self
            .held
            .iter_mut()
            .filter(|held| held.is_reader() && !is_mine(held, mine));
        stale.for_each(|held| held.go_down(now, LeaseState::empty(), steps));
    }

    /// Somebody changed the content who doesn't come through us: whatever anybody caches of it may be wrong. True when
    /// one of them may have something to write that is older.
    pub(super) fn changed_by_stranger(&mut self, now: Instant, steps: &mut Vec<Step>) -> bool {
        let mut writes = false;
        for held in &mut self.held {
            let keeps = held.breaking.map_or(held.state, |breaking| breaking.required);
            writes |= held.state.contains(LeaseState::WRITE);
            if !keeps.is_empty() {
                held.go_down(now, LeaseState::empty(), steps);
            }
        }
        writes
    }

    /// A client answers a break.
    pub(super) fn acknowledge(
        &mut self,
        now: Instant,
        holder: Holder,
        to: LeaseState,
        steps: &mut Vec<Step>,
    ) -> Result<LeaseState, NotBreaking> {
        let held = self.find(holder).ok_or(NotBreaking::Unasked)?;
        held.acknowledge(now, to, steps)
    }

    /// Who was to answer and did not in time caches nothing any more ([MS-SMB2] 3.3.2.1, 3.3.2.5).
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Holder> {
        let mut expired = Vec::new();
        for held in &mut self.held {
            if held.breaking.is_some_and(|breaking| breaking.until <= now) {
                held.breaking = None;
                held.state = LeaseState::empty();
                expired.push(held.holder);
            }
        }
        expired
    }

    pub(super) fn held(&self, holder: Holder) -> Option<&Held> {
        self.held.iter().find(|held| held.holder == holder)
    }

    pub(super) fn find(&mut self, holder: Holder) -> Option<&mut Held> {
        self.held.iter_mut().find(|held| held.holder == holder)
    }

    /// Forgets oplocks that are none any more and leases without opens; tells which.
    pub(super) fn forget_the_empty(&mut self, steps: &mut Vec<Step>) {
        self.held.retain(|held| {
            let empty = held.opens == 0 || held.is_oplock() && held.state.is_empty();
            if empty {
                held.cached.reads.store(false, Ordering::Release);
                steps.push(Step::Ended(held.holder));
            }
            !empty
        });
    }

    /// How many have read what a change of the content makes stale. Each holder learns whether it is among them.
    pub(super) fn readers(&self) -> usize {
        let mut readers = 0;
        for held in &self.held {
            let reads = held.is_reader();
            held.cached.reads.store(reads, Ordering::Release);
            readers += usize::from(reads);
        }
        readers
    }

    /// Holders with opens that can't wait for their clients any longer: nothing keeps them open, or nobody is there who
    /// could answer.
    pub(super) fn abandoned(&self) -> Vec<Holder> {
        let abandoned = self.held.iter().filter(|held| {
            held.away > 0
                && match held.breaking {
                    Some(_) => held.is_away(),
                    None => !held.state.contains(LeaseState::HANDLE),
                }
        });
        abandoned.map(|held| held.holder).collect()
    }

    /// Whether a holder has yet to answer.
    pub(super) fn is_breaking(&self, holder: Holder) -> bool {
        self.held
            .iter()
            .any(|held| held.holder == holder && held.breaking.is_some())
    }

    /// Whether anybody has yet to answer.
    pub(super) fn any_breaking(&self) -> bool {
        self.held.iter().any(|held| held.breaking.is_some())
    }

    /// The first time at which someone has to have answered.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.held
            .iter()
            .filter_map(|held| held.breaking.map(|breaking| breaking.until))
            .min()
    }
}

pub(super) fn is_mine(held: &Held, mine: Option<LeaseId>) -> bool {
    mine.is_some_and(|mine| held.is_lease(mine))
}
