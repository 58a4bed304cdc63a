//! Names that are being created: whoever finds the file meanwhile waits until its creator was let in.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::waking::Wakers;
use super::{FoldedPath, OpenTable, Ticket};
use crate::identity::ShareId;
use crate::vfs::machine::reservations::{Reservations, Reserved};
use crate::vfs::path::SharePath;

/// The names, and who waits for some.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// How many are taken: while none is, nobody asks further.
    count: AtomicUsize,
    taken: Mutex<Reservations>,
    waits: Wakers,
}

/// A name that nobody else creates or opens meanwhile; dropping it lets them.
#[derive(Debug)]
pub(crate) struct Reservation<'t> {
    table: &'t OpenTable,
    name: Reserved,
}

/// Somebody creates that name.
#[derive(Debug)]
pub(crate) struct NameWait<'t> {
    table: &'t OpenTable,
    name: Reserved,
    ticket: Ticket,
    given_back: oneshot::Receiver<()>,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let names = &self.table.core.names;
        let mut taken = names.taken.lock();
        let waiting = taken.give_back(&self.name);
        names.count.store(taken.len(), Ordering::Release);
        drop(taken);
        waiting.into_iter().for_each(|ticket| names.waits.wake(ticket));
    }
}

impl Drop for NameWait<'_> {
    fn drop(&mut self) {
        let names = &self.table.core.names;
        names.taken.lock().stop_waiting(&self.name, self.ticket);
        names.waits.abandon(self.ticket);
    }
}

impl NameWait<'_> {
    /// Ends when its creator was let in, or gave up. Then it is worth looking again.
    pub(crate) async fn over(mut self) {
        // An error would say that the table is gone.
        let _ = (&mut self.given_back).await;
    }
}

impl OpenTable {
    /// Takes a name for someone who is about to create it on the disk, until it was let in. The wait comes back when
    /// somebody else does the same: then it is there, and is to be looked at again.
    pub(crate) fn reserve(&self, share: ShareId, path: &SharePath) -> Result<Reservation<'_>, NameWait<'_>> {
        let name = (share, FoldedPath::of(path));
        let names = &self.core.names;
        let mut taken = names.taken.lock();
        if taken.take(name.clone()) {
            names.count.store(taken.len(), Ordering::Release);
            return Ok(Reservation { table: self, name });
        }
        Err(self.wait_for_name(&mut taken, name))
    }

    /// The wait that an opener of an existing file needs first, because its creator was not let in yet.
    pub(crate) fn is_reserved(&self, share: ShareId, path: &SharePath) -> Option<NameWait<'_>> {
        let names = &self.core.names;
        if names.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let name = (share, FoldedPath::of(path));
        let mut taken = names.taken.lock();
        taken.has(&name).then(|| self.wait_for_name(&mut taken, name))
    }

    fn wait_for_name(&self, taken: &mut Reservations, name: Reserved) -> NameWait<'_> {
        let ticket = Ticket(self.core.last_ticket.fetch_add(1, Ordering::Relaxed) + 1);
        taken.wait(&name, ticket);
        NameWait {
            table: self,
            given_back: self.core.names.waits.register(ticket),
            name,
            ticket,
        }
    }
}
