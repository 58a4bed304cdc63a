//! Who has which file open, with which access and sharing, what clients cache of it, which names are to be deleted:
//! one machine of values for both protocols. It does no I/O, has no clock, waits for nobody: values and the time go
//! in, decisions come out at once, and what others must be told collects as [`Effect`]s, in the order in which it
//! came to be, for `open_table` to deliver after it let go of the machine. Breaks have a deadline each, which the
//! machine names ([`Machine::next_deadline`]) and is told of ([`Machine::expire`]).
//!
//! A file is a [`FileKey`] with its names (links) and streams. Share modes, caches and locks belong to a stream, a
//! deletion to a name, both of which rename and removal leave where they are. Byte-range locks ([`ranges`]), watches
//! ([`watch`]) and reserved names ([`reservations`]) are machines of their own: nobody who locks a byte of one file
//! keeps others from opening another.
//!
//! Order of locks: the machine's mutex, then a link's place, then the locks of a file; none is held across I/O or
//! `.await`.

mod admission;
pub(crate) mod changes;
mod departure;
mod durable;
mod file_shared;
mod granting;
mod holder;
mod interval_tree;
mod leases;
mod names;
mod path_index;
mod place;
mod ranges;
pub(crate) mod reservations;
mod sharing;
mod silence;
mod strangers;
pub(crate) mod watch;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use crate::live::{Consumer, LiveSessionId};
use crate::security::AccessMask;
use crate::vfs::error::VfsError;
use crate::vfs::info::FileKey;

pub(crate) use self::admission::{Admission, Admitted, Entry};
pub(crate) use self::file_shared::FileShared;
pub(crate) use self::granting::Granted;
pub use self::holder::{
    BreakListener, CachingRequest, ClientGuid, Holder, LeaseBreak, LeaseId, LeaseKey, LeaseRequest,
    LeaseState,
};
pub(crate) use self::leases::{ANSWER_TIME, Cached};
use self::leases::{Leases, NotBreaking};
pub(crate) use self::names::Link;
use self::names::LinkEntry;
use self::path_index::PathIndex;
pub(crate) use self::path_index::PathIndex as Paths;
pub(crate) use self::place::{FoldedPath, Place};
use self::sharing::{Sharers, Sharing};
use self::silence::Silences;

/// Names an open inside the machine.
pub type OpenId = u64;

/// Names something that someone waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(pub(crate) u64);

/// A named stream of a file, in the spelling in which names are compared; the default is the content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct StreamName(Option<Arc<str>>);

impl StreamName {
    /// The stream of this name; the empty one is the content.
    #[cfg_attr(not(test), allow(dead_code, reason = "no protocol opens named streams yet"))]
    pub(crate) fn named(name: &str) -> Self {
        let folded = crate::vfs::namespace::fold(name);
        Self((!folded.is_empty()).then(|| folded.into()))
    }
}

/// A stream of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StreamKey {
    pub(crate) node: FileKey,
    pub(crate) name: StreamName,
}

impl StreamKey {
    /// The content of a file.
    pub(crate) fn content(node: FileKey) -> Self {
        Self {
            node,
            name: StreamName::default(),
        }
    }
}

/// Something to be done outside of the machine, after its mutex was let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A holder is told to cache less.
    Break(LeaseBreak),
    /// A wait is over: what was asked for is worth trying again.
    Wake(Ticket),
    /// An open whose client is away has to go: it is to be closed as its client would.
    Close(OpenId),
    /// A holder is gone, or holds nothing any more that could be broken.
    Ended(Holder),
}

/// What happens to the holders of one stream, before the machine knows whom it concerns.
#[derive(Debug)]
enum Step {
    Break(LeaseBreak),
    Began(LeaseId),
    Ended(Holder),
}

/// Limits on what clients can make the machine keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MachineLimits {
    pub(crate) opens: usize,
    pub(crate) opens_per_owner: usize,
}

/// The machine.
#[derive(Debug)]
pub(crate) struct Machine {
    limits: MachineLimits,
    last_id: u64,
    opens: HashMap<OpenId, OpenState>,
    nodes: HashMap<FileKey, Node>,
    owners: HashMap<LiveSessionId, HashSet<OpenId>>,
    leases: HashMap<LeaseId, LeaseOpens>,
    /// Every link that has a name, by its path.
    paths: PathIndex<(FileKey, Arc<Link>)>,
    due: BTreeSet<(Instant, Due)>,
    tickets: HashMap<Ticket, StreamKey>,
    silences: Silences,
    effects: Vec<Effect>,
}

/// A file: its names and its streams.
#[derive(Debug, Default)]
struct Node {
    links: Vec<LinkEntry>,
    content: Stream,
    named: BTreeMap<StreamName, Stream>,
}

/// What is shared, locked and cached by itself.
#[derive(Debug, Default)]
struct Stream {
    shared: Arc<FileShared>,
    sharers: Sharers,
    leases: Leases,
    /// Who waits until these holders have answered.
    waiting: Vec<(Ticket, Vec<Holder>)>,
    /// As it stands in the machine's list.
    due: Option<Instant>,
}

#[derive(Debug)]
struct OpenState {
    /// The session that has it; nobody while its client is away.
    owner: Option<LiveSessionId>,
    /// The computer that it came from.
    client: Consumer,
    stream: StreamKey,
    link: Arc<Link>,
    sharing: Sharing,
    directory: bool,
    granted: AccessMask,
    /// The lease that it came under, whether or not one was granted.
    lease: Option<LeaseId>,
    holder: Option<Holder>,
    /// Until when its client may come back.
    away: Option<Instant>,
}

/// One key, one file ([MS-SMB2] 3.3.5.9.8).
#[derive(Debug)]
struct LeaseOpens {
    stream: StreamKey,
    opens: Vec<OpenId>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Break(StreamKey),
    Return(OpenId),
}

/// An open, as people see it.
#[derive(Debug, Clone)]
pub(crate) struct OpenSummary {
    pub(crate) id: OpenId,
    pub(crate) place: Place,
    pub(crate) directory: bool,
    pub(crate) granted: AccessMask,
    pub(crate) caching: Granted,
    /// It caches under a lease.
    pub(crate) leased: bool,
    /// Ranges that it has locked.
    pub(crate) locks: u32,
}

impl Node {
    fn stream_mut(&mut self, name: &StreamName) -> Option<&mut Stream> {
        if name.0.is_none() {
            Some(&mut self.content)
        } else {
            self.named.get_mut(name)
        }
    }

    fn stream(&self, name: &StreamName) -> Option<&Stream> {
        if name.0.is_none() {
            Some(&self.content)
        } else {
            self.named.get(name)
        }
    }

    fn is_unused(&self) -> bool {
        self.links.is_empty() && self.named.is_empty() && self.content.sharers.opens == 0
    }
}

impl Machine {
    /// An empty machine.
    pub(crate) fn new(limits: MachineLimits) -> Self {
        Self {
            limits,
            last_id: 0,
            opens: HashMap::new(),
            nodes: HashMap::new(),
            owners: HashMap::new(),
            leases: HashMap::new(),
            paths: PathIndex::default(),
            due: BTreeSet::new(),
            tickets: HashMap::new(),
            silences: Silences::default(),
            effects: Vec::new(),
        }
    }

    /// Opens in all.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.opens.len()
    }

    /// What a session has open, in the order of opening.
    pub(crate) fn opens_of(&self, owner: LiveSessionId) -> Vec<OpenSummary> {
        let theirs = self.owners.get(&owner).into_iter().flatten();
        self.summaries(theirs.copied())
    }

    /// What is open for clients that are away, in the order of opening.
    pub(crate) fn away(&self) -> Vec<OpenSummary> {
        let away = self.opens.iter().filter(|(_, open)| open.away.is_some());
        self.summaries(away.map(|(id, _)| *id))
    }

    fn summaries(&self, opens: impl Iterator<Item = OpenId>) -> Vec<OpenSummary> {
        let mut opens: Vec<_> = opens
            .filter_map(|id| {
                let open = self.opens.get(&id)?;
                let stream = self.nodes.get(&open.stream.node)?.stream(&open.stream.name)?;
                let locks = stream.shared.locks.lock().count_of(id);
                Some(OpenSummary {
                    id,
                    place: open.link.place.lock().clone(),
                    directory: open.directory,
                    granted: open.granted,
                    caching: self.caching_of(id),
                    leased: matches!(open.holder, Some(Holder::Lease(_))),
                    locks: u32::try_from(locks).unwrap_or(u32::MAX),
                })
            })
            .collect();
        opens.sort_unstable_by_key(|open| open.id);
        opens
    }

    /// What is to be done now. To be asked after each call, and delivered in this order.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Ends what was to be answered by now and was not; how many clients that concerned.
    pub(crate) fn expire(&mut self, now: Instant) -> usize {
        let mut expired = 0;
        while let Some((at, _)) = self.due.first()
            && *at <= now
        {
            let Some((_, due)) = self.due.pop_first() else {
                break;
            };
            match due {
                Due::Break(key) => {
                    let stream = self.stream_mut(&key);
                    let silent = stream.map_or_else(Vec::new, |stream| {
                        stream.due = None;
                        stream.leases.expire(now)
                    });
                    expired += silent.len();
                    silent.iter().for_each(|holder| self.was_silent(now, *holder));
                    self.settle(&key, Vec::new());
                }
                Due::Return(open) => {
                    self.effects.push(Effect::Close(open));
                }
            }
        }
        expired
    }

    /// A holder's client did not answer in time.
    fn was_silent(&mut self, now: Instant, holder: Holder) {
        let open = match holder {
            Holder::Oplock(open) => Some(open),
            Holder::Lease(lease) => self
                .leases
                .get(&lease)
                .and_then(|lease| lease.opens.first().copied()),
        };
        if let Some(open) = open.and_then(|open| self.opens.get(&open)) {
            self.silences.note(now, open.owner, open.client);
        }
    }

    /// The content of a file changes through an open: nobody may go on with what they have read.
    pub(crate) fn content_changes(&mut self, now: Instant, open: OpenId) {
        self.with_leases(open, |leases, mine, steps| {
            leases.content_changes(now, mine, steps);
        });
    }

    /// The name of a file changes or goes, by an open of it: those who keep it open for programs that closed it are
    /// asked to let go. The wait that is needed first, if one is.
    pub(crate) fn give_up_handles(&mut self, now: Instant, open: OpenId) -> Option<Ticket> {
        let (key, holders) = self.with_leases(open, |leases, mine, steps| {
            leases.give_up_handles(now, mine, steps)
        })?;
        self.wait(&key, holders)
    }

    /// A client answers a break.
    ///
    /// # Errors
    /// NotFound for a lease that is not there; NotBreaking when nobody asked; BreakNotAccepted for a lease that would keep
    /// more than it was left.
    pub(crate) fn acknowledge(
        &mut self,
        now: Instant,
        holder: Holder,
        to: LeaseState,
    ) -> Result<LeaseState, VfsError> {
        let key = match holder {
            Holder::Oplock(open) => self.opens.get(&open).map(|open| &open.stream),
            Holder::Lease(lease) => Some(&self.leases.get(&lease).ok_or(VfsError::NotFound)?.stream),
        };
        let key = key.cloned().ok_or(VfsError::NotBreaking)?;
        let stream = self.stream_mut(&key).ok_or(VfsError::NotBreaking)?;
        let mut steps = Vec::new();
        let outcome = stream.leases.acknowledge(now, holder, to, &mut steps);
        self.settle(&key, steps);
        outcome.map_err(|wrong| match (wrong, holder) {
            (NotBreaking::TooMuch, Holder::Lease(_)) => VfsError::BreakNotAccepted,
            (NotBreaking::TooMuch, Holder::Oplock(_)) | (NotBreaking::Unasked, _) => VfsError::NotBreaking,
        })
    }

    /// What an open was let cache, as it is now.
    pub(crate) fn caching_of(&self, open: OpenId) -> Granted {
        let held = self.opens.get(&open).and_then(|open| {
            let stream = self.nodes.get(&open.stream.node)?.stream(&open.stream.name)?;
            stream.leases.held(open.holder?)
        });
        held.map(leases::Held::granted).unwrap_or_default()
    }

    /// The open through which a holder is to be told: of a lease, the first that is there and whose client is.
    pub(crate) fn first_open_of(&self, holder: Holder) -> Option<OpenId> {
        match holder {
            Holder::Oplock(open) => Some(open),
            Holder::Lease(lease) => {
                let opens = &self.leases.get(&lease)?.opens;
                let is_here = |open: &OpenId| self.opens.get(open).is_some_and(|open| open.away.is_none());
                opens.iter().copied().find(is_here)
            }
        }
    }

    /// Whether nothing is left of anyone.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.opens.is_empty()
            && self.nodes.is_empty()
            && self.owners.is_empty()
            && self.leases.is_empty()
            && self.paths.is_empty()
            && self.due.is_empty()
            && self.tickets.is_empty()
    }

    /// Gives up a wait for holders to answer.
    pub(crate) fn stop_waiting(&mut self, ticket: Ticket) {
        let Some(key) = self.tickets.remove(&ticket) else {
            return;
        };
        if let Some(stream) = self.stream_mut(&key) {
            stream.waiting.retain(|(waiting, _)| *waiting != ticket);
        }
    }

    /// Waits until these holders have answered; nobody waits for none.
    fn wait(&mut self, key: &StreamKey, holders: Vec<Holder>) -> Option<Ticket> {
        if holders.is_empty() {
            return None;
        }
        let ticket = Ticket(self.next_id());
        self.stream_mut(key)?.waiting.push((ticket, holders));
        self.tickets.insert(ticket, key.clone());
        Some(ticket)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn stream_mut(&mut self, key: &StreamKey) -> Option<&mut Stream> {
        self.nodes.get_mut(&key.node)?.stream_mut(&key.name)
    }

    fn with_leases<T>(
        &mut self,
        open: OpenId,
        change: impl FnOnce(&mut Leases, Option<LeaseId>, &mut Vec<Step>) -> T,
    ) -> Option<(StreamKey, T)> {
        let open = self.opens.get(&open)?;
        let (key, mine) = (open.stream.clone(), open.lease);
        let mut steps = Vec::new();
        let outcome = change(&mut self.stream_mut(&key)?.leases, mine, &mut steps);
        self.settle(&key, steps);
        Some((key, outcome))
    }

    /// After what is cached of a stream may have changed: ends who holds nothing, counts, wakes those who need wait
    /// no longer, and notes when the next answer is due.
    fn settle(&mut self, key: &StreamKey, mut steps: Vec<Step>) {
        let Some(stream) = self.stream_mut(key) else {
            return;
        };
        stream.leases.forget_the_empty(&mut steps);
        stream.shared.count_readers(stream.leases.readers());
        if !stream.leases.any_breaking() {
            // Whoever had something older to write has written it.
            stream.shared.changed_under_writer(false);
        }
        let mut over = Vec::new();
        if !stream.waiting.is_empty() {
            let leases = &stream.leases;
            stream.waiting.retain_mut(|(ticket, holders)| {
                holders.retain(|holder| leases.is_breaking(*holder));
                if holders.is_empty() {
                    over.push(*ticket);
                }
                !holders.is_empty()
            });
        }
        let abandoned = stream.leases.abandoned();
        let (before, due) = (stream.due, stream.leases.deadline());
        stream.due = due;
        if before != due {
            if let Some(before) = before {
                self.due.remove(&(before, Due::Break(key.clone())));
            }
            if let Some(due) = due {
                self.due.insert((due, Due::Break(key.clone())));
            }
        }
        self.carry_out(key, steps);
        for holder in abandoned {
            self.close_away(holder);
        }
        for ticket in over {
            self.tickets.remove(&ticket);
            self.effects.push(Effect::Wake(ticket));
        }
    }

    /// Closes what waits under a holder for clients that are away.
    fn close_away(&mut self, holder: Holder) {
        let opens = match holder {
            Holder::Oplock(open) => vec![open],
            Holder::Lease(lease) => self
                .leases
                .get(&lease)
                .map_or_else(Vec::new, |lease| lease.opens.clone()),
        };
        let away = opens.into_iter().filter(|open| self.is_away(*open));
        let effects: Vec<_> = away.map(Effect::Close).collect();
        self.effects.extend(effects);
    }

    fn carry_out(&mut self, key: &StreamKey, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Break(notice) => self.effects.push(Effect::Break(notice)),
                Step::Began(lease) => {
                    self.leases.insert(
                        lease,
                        LeaseOpens {
                            stream: key.clone(),
                            opens: Vec::new(),
                        },
                    );
                }
                Step::Ended(holder) => {
                    if let Holder::Lease(lease) = holder {
                        self.leases.remove(&lease);
                    }
                    self.effects.push(Effect::Ended(holder));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
