//! Those who wait: tickets of the machines, and who is to be woken for each.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{OpenTable, Ticket, now};
use crate::vfs::machine::ANSWER_TIME;

/// Who waits for which ticket. The mutex is a leaf.
#[derive(Debug, Default)]
pub(super) struct Wakers(Mutex<HashMap<Ticket, oneshot::Sender<()>>>);

impl Wakers {
    /// Has someone wait; to be called before the machine that gave the ticket can be asked by others.
    pub(super) fn wait(&self, ticket: Ticket) -> BreakWait {
        let settled = self.register(ticket);
        BreakWait { ticket, settled }
    }

    /// Has someone wait.
    pub(super) fn register(&self, ticket: Ticket) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().insert(ticket, sender);
        receiver
    }

    /// The wait is over.
    pub(super) fn wake(&self, ticket: Ticket) {
        if let Some(waiting) = self.0.lock().remove(&ticket) {
            // Whoever is gone gives back by themselves what they got.
            let _ = waiting.send(());
        }
    }

    /// What was waited for never comes.
    pub(super) fn abandon(&self, ticket: Ticket) {
        self.0.lock().remove(&ticket);
    }
}

/// Waiting for clients that were asked to cache less.
#[derive(Debug)]
pub(crate) struct BreakWait {
    ticket: Ticket,
    settled: oneshot::Receiver<()>,
}

/// Forgets a wait that nobody waits for any more.
struct Waiting<'t> {
    table: &'t OpenTable,
    ticket: Ticket,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.table.core.breaks.abandon(self.ticket);
        let mut state = self.table.core.state.lock();
        state.machine.stop_waiting(self.ticket);
    }
}

impl BreakWait {
    /// The same for what comes to its end though nobody waits for it, on any thread: the table itself sees to it that they
    /// have their time and no more.
    pub(crate) async fn over_unheard(mut self, table: &OpenTable) {
        let ticket = self.ticket;
        let _waiting = Waiting { table, ticket };
        let _ = (&mut self.settled).await;
    }

    /// Ends when they have answered or had their time. Then it is worth trying again.
    pub(crate) async fn over(mut self, table: &OpenTable) {
        let ticket = self.ticket;
        let _waiting = Waiting { table, ticket };
        loop {
            let due = table.core.state.lock().machine.next_deadline();
            let due = due.unwrap_or_else(|| now() + ANSWER_TIME);
            let settled = tokio::time::timeout_at(Instant::from_std(due), &mut self.settled).await;
            if settled.is_ok() {
                return;
            }
            table.expire();
        }
    }
}

impl OpenTable {
    /// Takes away what clients were to give up by now.
    pub(super) fn expire(&self) {
        let expired = self.core.run(|state, now| state.machine.expire(now));
        super::timer::log(expired);
    }
}
