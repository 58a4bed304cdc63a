//! The open table: the [machine](super::machine) behind a mutex. Each call runs the machine, lets go of it, and then
//! delivers what it decided, in the order in which it decided: breaks to listeners, wakes to those who wait, ends to
//! opens whose clients are away. A listener may therefore hear of a break after the one who caused it was told to
//! wait, never before the machine knows of it. Locks of a file and reserved names have a mutex each, so that whoever
//! uses them keeps nobody from opening something else.
//!
//! Lock order: the machine, a link's place, a file's locks, reserved names, who is to be woken. None is held while an
//! effect is delivered, across I/O or `.await`.

mod locking;
mod reserving;
mod timer;
mod waking;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

pub(crate) use self::locking::LockOutcome;
use self::reserving::Names;
use self::timer::Timer;
pub(crate) use self::waking::BreakWait;
use self::waking::Wakers;
pub(crate) use super::machine::{
    Admission, Admitted, Cached, FileShared, FoldedPath, Link, OpenId, OpenSummary, Place, StreamName, Ticket,
};
use super::machine::{
    BreakListener, Entry as MachineEntry, Granted, Holder, LeaseBreak, LeaseId, LeaseState,
};
use super::machine::{Effect, Machine, MachineLimits};
use crate::identity::ShareId;
use crate::live::LiveSessionId;
use crate::security::AccessMask;
use crate::vfs::backend::{HearsOfStrangers, Watch};
use crate::vfs::error::VfsError;
use crate::vfs::info::FileKey;
use crate::vfs::path::SharePath;
use crate::vfs::request::ShareMode;

/// Whether an open is let in now.
pub(crate) type Entry = MachineEntry<BreakWait>;

/// Limits of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableLimits {
    pub(crate) opens: usize,
    pub(crate) opens_per_owner: usize,
    pub(crate) locks_per_open: usize,
    pub(crate) locks_per_file: usize,
}

/// An open that the engine closes by itself: because an administrator says so, or because its client is away and
/// somebody else wants the file.
pub trait CloseUnasked: Send + Sync + std::fmt::Debug {
    /// Closes it, as its client would. Called without locks; must not wait for other clients.
    fn close_unasked(&self);
    /// Who has it, for people to see.
    fn held_by(&self) -> HeldBy;
}

/// Who has something open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBy {
    /// The person's name.
    pub user: String,
    /// It waits for its client when that loses its connection.
    pub durable: bool,
    /// Since when the client is away.
    pub away: Option<SystemTime>,
}

/// The table itself.
#[derive(Debug)]
pub(crate) struct OpenTable {
    core: Arc<Core>,
}

#[derive(Debug)]
struct Core {
    limits: TableLimits,
    state: Mutex<State>,
    timer: Timer,
    breaks: Wakers,
    lock_waits: Wakers,
    last_ticket: AtomicU64,
    names: Names,
    /// A folder is cached, or was once: before, nobody has to be told of what happens in folders.
    caches_folders: AtomicBool,
    handles: Mutex<HashMap<OpenId, Weak<dyn CloseUnasked>>>,
}

#[derive(Debug)]
struct State {
    machine: Machine,
    /// Who hears of breaks, by the open that came with them: of a lease, whoever came first and is still there.
    listeners: HashMap<OpenId, Arc<dyn BreakListener>>,
    /// What is watched for changes by others as long as it is held.
    watches: HashMap<Holder, Arc<dyn Watch>>,
    /// Somebody sees to deadlines.
    timed: bool,
    /// The table is gone.
    over: bool,
}

/// An effect with whom it concerns.
enum Delivery {
    Break(Arc<dyn BreakListener>, LeaseBreak),
    Wake(Ticket),
    Close(OpenId),
    /// It need not be watched for this holder any more, which may end the watch.
    Unwatch(Arc<dyn Watch>),
}

/// The time by which breaks are judged: tests may stop and turn it.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl State {
    /// What the machine decided, addressed.
    fn deliveries(&mut self) -> Vec<Delivery> {
        let effects = self.machine.take_effects();
        let mut deliveries = Vec::with_capacity(effects.len());
        for effect in effects {
            match effect {
                Effect::Break(notice) => {
                    let open = self.machine.first_open_of(notice.holder);
                    let listener = open.and_then(|open| self.listeners.get(&open)).map(Arc::clone);
                    deliveries.extend(listener.map(|listener| Delivery::Break(listener, notice)));
                }
                Effect::Ended(holder) => {
                    let watch = self.watches.remove(&holder);
                    deliveries.extend(watch.map(Delivery::Unwatch));
                }
                Effect::Wake(ticket) => deliveries.push(Delivery::Wake(ticket)),
                Effect::Close(open) => deliveries.push(Delivery::Close(open)),
            }
        }
        deliveries
    }
}

impl Core {
    /// Runs the machine and delivers what comes of it.
    fn run<T>(self: &Arc<Self>, deed: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state.lock();
        let before = state.machine.next_deadline();
        let outcome = deed(&mut state, now());
        let deliveries = state.deliveries();
        let starts = self.timer.notice(before, &mut state);
        drop(state);
        if starts {
            Timer::start(self);
        }
        self.deliver(deliveries);
        outcome
    }

    fn deliver(&self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            match delivery {
                Delivery::Break(listener, notice) => listener.broken(notice),
                Delivery::Wake(ticket) => self.breaks.wake(ticket),
                Delivery::Unwatch(watch) => drop(watch),
                Delivery::Close(open) => {
                    let handle = self.handles.lock().get(&open).and_then(Weak::upgrade);
                    if let Some(handle) = handle {
                        handle.close_unasked();
                    }
                }
            }
        }
    }
}

impl HearsOfStrangers for Core {
    fn changed_by_stranger(self: Arc<Self>, file: FileKey) {
        self.run(|state, now| state.machine.changed_by_stranger(now, file));
    }
}

impl Drop for OpenTable {
    fn drop(&mut self) {
        self.core.state.lock().over = true;
        self.core.timer.wake();
    }
}

impl OpenTable {
    /// An empty table.
    pub(crate) fn new(limits: TableLimits) -> Self {
        let machine = Machine::new(MachineLimits {
            opens: limits.opens,
            opens_per_owner: limits.opens_per_owner,
        });
        Self {
            core: Arc::new(Core {
                limits,
                state: Mutex::new(State {
                    machine,
                    listeners: HashMap::new(),
                    watches: HashMap::new(),
                    timed: false,
                    over: false,
                }),
                timer: Timer::default(),
                breaks: Wakers::default(),
                lock_waits: Wakers::default(),
                last_ticket: AtomicU64::new(0),
                names: Names::default(),
                caches_folders: AtomicBool::new(false),
                handles: Mutex::default(),
            }),
        }
    }

    /// Opens in all.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.core.state.lock().machine.count()
    }

    /// Who is to be told when somebody changes a file who doesn't come through here.
    pub(crate) fn hears_of_strangers(&self) -> Weak<dyn HearsOfStrangers> {
        let core: Weak<Core> = Arc::downgrade(&self.core);
        core
    }

    /// Lets an open in, has it wait for what others cache, or says why not. While what it is let cache is held, `watch`
    /// is kept.
    ///
    /// # Errors
    /// TooManyOpens; DeletePending; SharingViolation; InvalidParameter for a lease that is another file's.
    pub(crate) fn admit(
        &self,
        admission: Admission,
        watch: Option<&Arc<dyn Watch>>,
    ) -> Result<Entry, VfsError> {
        let folded = FoldedPath::of(&admission.place.path);
        let (caching, directory) = (admission.caching.as_ref(), admission.directory);
        let listener = caching.map(|caching| (caching.lease, Arc::clone(&caching.listener)));
        // Dropping the last of a file ends its watch, for which the mutex is not to be held.
        let mut before = None;
        let outcome = self.core.run(|state, now| {
            let entry = state.machine.open(now, admission, folded)?;
            Ok(match entry {
                MachineEntry::Waits(ticket) => Entry::Waits(self.core.breaks.wait(ticket)),
                MachineEntry::Admitted(admitted) => {
                    if let Some((lease, listener)) = listener {
                        let holder = match lease {
                            Some(lease) => admitted
                                .caching
                                .cached
                                .is_some()
                                .then_some(Holder::Lease(lease.id)),
                            None => {
                                (!admitted.caching.state.is_empty()).then_some(Holder::Oplock(admitted.id))
                            }
                        };
                        if let Some(holder) = holder {
                            if directory {
                                self.core.caches_folders.store(true, Ordering::Release);
                            }
                            state.listeners.insert(admitted.id, listener);
                            if let Some(watch) = watch {
                                admitted.shared.watched_by(watch);
                                before = state.watches.insert(holder, Arc::clone(watch));
                            }
                        }
                    }
                    Entry::Admitted(admitted)
                }
            })
        });
        drop(before);
        outcome
    }

    /// The open that was admitted is there: it can be closed unasked from now on.
    pub(crate) fn attach(&self, id: OpenId, handle: Weak<dyn CloseUnasked>) {
        self.core.handles.lock().insert(id, handle);
    }

    /// There is nothing to be closed any more.
    pub(crate) fn detach(&self, id: OpenId) {
        self.core.handles.lock().remove(&id);
    }

    /// Closes an open whose client is away, if it still is; false when it is not there any more, or not away.
    pub(crate) fn close_if_away(&self, id: OpenId) -> bool {
        let is_away = self.core.state.lock().machine.is_away(id);
        is_away && self.close_unasked(id)
    }

    /// Who has something open.
    pub(crate) fn held_by(&self, id: OpenId) -> Option<HeldBy> {
        let handle = self.core.handles.lock().get(&id).and_then(Weak::upgrade);
        handle.map(|handle| handle.held_by())
    }

    /// Closes an open unasked; false when it is not there.
    pub(crate) fn close_unasked(&self, id: OpenId) -> bool {
        let handle = self.core.handles.lock().get(&id).and_then(Weak::upgrade);
        // Dropping the last reference to an open needs the mutex: it is not held here.
        handle.map(|handle| handle.close_unasked()).is_some()
    }

    /// What a session has open, in the order of opening.
    pub(crate) fn opens_of(&self, owner: LiveSessionId) -> Vec<OpenSummary> {
        self.core.state.lock().machine.opens_of(owner)
    }

    /// What is open for clients that are away, in the order of opening.
    pub(crate) fn away(&self) -> Vec<OpenSummary> {
        self.core.state.lock().machine.away()
    }

    /// Whether an open with this access and sharing would be let in beside those that are there.
    ///
    /// # Errors
    /// SharingViolation.
    pub(crate) fn check_sharing(
        &self,
        key: FileKey,
        access: AccessMask,
        share_mode: ShareMode,
    ) -> Result<(), VfsError> {
        let state = self.core.state.lock();
        state.machine.check_sharing(key, access, share_mode)
    }

    /// Whether a rename may replace this file: when all who have it open share its deletion. Those who only keep it
    /// open are asked to let go, which may take a wait. After the rename, [`replaced`](Self::replaced).
    ///
    /// # Errors
    /// AccessDenied while someone has it open who does not share that.
    pub(crate) fn may_be_replaced(&self, key: FileKey) -> Result<Option<BreakWait>, VfsError> {
        self.core.run(|state, now| {
            let wait = state.machine.may_be_replaced(now, key)?;
            Ok(wait.map(|ticket| self.core.breaks.wait(ticket)))
        })
    }

    /// A rename put another file where this one was: it lives on without a name for those who have it open.
    pub(crate) fn replaced(&self, key: FileKey, place: &Place) {
        self.core.run(|state, _| state.machine.replaced(key, place));
    }

    /// Whether anything strictly below a folder is open. On a disk that minds case, another folder whose name differs by
    /// case alone does not count.
    pub(crate) fn has_opens_below(&self, folder: &Place, minds_case: bool) -> bool {
        self.core.state.lock().machine.has_opens_below(folder, minds_case)
    }

    /// Whether anybody caches folders, as far as one knows without looking.
    pub(crate) fn caches_folders(&self) -> bool {
        self.core.caches_folders.load(Ordering::Acquire)
    }

    /// Something happened to a name in a folder: whoever caches the folder has to list it anew, but for the lease under
    /// which it was done.
    pub(crate) fn folder_changes(&self, share: ShareId, folder: &SharePath, mine: Option<LeaseId>) {
        if !self.caches_folders() {
            return;
        }
        let folded = FoldedPath::of(folder);
        self.core
            .run(|state, now| state.machine.folder_changes(now, share, &folded, mine));
    }

    /// Some of what happened in a share is not known: all its folders are to be listed anew.
    pub(crate) fn folders_are_lost(&self, share: ShareId) {
        if self.caches_folders() {
            self.core
                .run(|state, now| state.machine.folders_are_lost(now, share));
        }
    }

    /// A folder is about to be renamed: leases that keep files below it open are asked to let go. The wait that is
    /// needed first, if one is.
    pub(crate) fn give_up_handles_below(&self, share: ShareId, folder: &SharePath) -> Option<BreakWait> {
        let folded = FoldedPath::of(folder);
        self.core.run(|state, now| {
            let ticket = state.machine.give_up_handles_below(now, share, &folded)?;
            Some(self.core.breaks.wait(ticket))
        })
    }

    /// A file is about to be renamed or marked for deletion by one of its opens: leases that keep it open are asked to
    /// let go. The wait that is needed first, if one is.
    pub(crate) fn give_up_handles(&self, open: OpenId) -> Option<BreakWait> {
        self.core.run(|state, now| {
            let ticket = state.machine.give_up_handles(now, open)?;
            Some(self.core.breaks.wait(ticket))
        })
    }

    /// What a link names was renamed; what is open below it moves along.
    pub(crate) fn moved(&self, link: &Link, to: &Place) {
        self.core.run(|state, _| state.machine.moved(link, to));
    }

    /// The content of a file changes through an open: nobody may go on with what they have read.
    pub(crate) fn content_changes(&self, open: OpenId) {
        self.core
            .run(|state, now| state.machine.content_changes(now, open));
    }

    /// What an open was let cache, as it is now.
    pub(crate) fn caching_of(&self, open: OpenId) -> Granted {
        self.core.state.lock().machine.caching_of(open)
    }

    /// A client answers a break.
    ///
    /// # Errors
    /// NotFound for a lease that is not there; NotBreaking when nobody asked; BreakNotAccepted for a lease that would keep
    /// more than it was left.
    pub(crate) fn acknowledge_break(&self, holder: Holder, to: LeaseState) -> Result<LeaseState, VfsError> {
        self.core
            .run(|state, now| state.machine.acknowledge(now, holder, to))
    }

    /// An open goes, with its locks. True when it was the last one of a name that is to be deleted: the caller
    /// removes it from the disk and then calls [`finish_delete`](Self::finish_delete).
    pub(crate) fn leave(&self, id: OpenId) -> bool {
        self.core.handles.lock().remove(&id);
        let closed = self.core.run(|state, _| {
            let left = state.machine.close(id);
            (left, state.listeners.remove(&id))
        });
        let (Some(left), _listener) = closed else {
            return false;
        };
        self.release_all(&left.shared, id);
        left.delete
    }

    /// The name is off the disk (or could not be removed).
    pub(crate) fn finish_delete(&self, key: FileKey) {
        self.core.run(|state, _| state.machine.finish_delete(key));
    }

    /// Marks or unmarks a name for deletion.
    pub(crate) fn set_delete_pending(&self, link: &Link, delete: bool) {
        // Under the mutex, so that no open is let in between the decision and the mark.
        self.core
            .run(|state, _| state.machine.set_delete_pending(link, delete));
    }

    /// The client of an open is gone and may come back for so long. False when the open can't wait for it: it is to be
    /// closed.
    pub(crate) fn disconnect(&self, open: OpenId, patience: Duration) -> bool {
        self.core
            .run(|state, now| state.machine.disconnect(open, now + patience))
    }

    /// The client of an open is back, in a session and under a lease or none, and hears of breaks; what it still caches,
    /// and how often that has changed.
    ///
    /// # Errors
    /// NotFound when no such open waits for it; TooManyOpens.
    pub(crate) fn reconnect(
        &self,
        open: OpenId,
        owner: LiveSessionId,
        lease: Option<LeaseId>,
        listener: Arc<dyn BreakListener>,
    ) -> Result<(LeaseState, Option<u16>), VfsError> {
        let before = self.core.run(|state, _| {
            let caching = state.machine.reconnect(open, owner, lease)?;
            Ok::<_, VfsError>((caching, state.listeners.insert(open, listener)))
        });
        before.map(|(caching, _)| caching)
    }

    /// A folder is about to be renamed: what waits in it for clients that are away is closed.
    pub(crate) fn close_away_below(&self, share: ShareId, folder: &SharePath) {
        let folded = FoldedPath::of(folder);
        let away = self.core.state.lock().machine.away_below(share, &folded);
        for open in away {
            self.close_if_away(open);
        }
    }

    /// Closes the opens of a share whose clients are away.
    pub(crate) fn close_away(&self, share: ShareId) {
        let away = self.core.state.lock().machine.away_in(share);
        for open in away {
            self.close_if_away(open);
        }
    }
}

#[cfg(test)]
mod shell_tests;
#[cfg(test)]
mod tests;
