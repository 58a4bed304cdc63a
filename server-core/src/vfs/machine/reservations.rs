//! Names that are being created: the file is on the disk before its creator is let in, and whoever finds it there
//! meanwhile has to wait until it is.

use std::collections::HashMap;

use super::Ticket;
use super::place::FoldedPath;
use crate::identity::ShareId;

/// A name in a share.
pub(crate) type Reserved = (ShareId, FoldedPath);

/// Names taken by those who create them, with who waits for each.
#[derive(Debug, Default)]
pub(crate) struct Reservations {
    names: HashMap<Reserved, Vec<Ticket>>,
}

impl Reservations {
    /// How many names are taken.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Takes a name; false when somebody has it.
    pub(crate) fn take(&mut self, name: Reserved) -> bool {
        use std::collections::hash_map::Entry;
        match self.names.entry(name) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(Vec::new());
                true
            }
        }
    }

    /// Whether somebody has a name.
    pub(crate) fn has(&self, name: &Reserved) -> bool {
        self.names.contains_key(name)
    }

    /// Waits for a name that somebody has.
    pub(crate) fn wait(&mut self, name: &Reserved, ticket: Ticket) {
        if let Some(waiting) = self.names.get_mut(name) {
            waiting.push(ticket);
        }
    }

    /// Gives up waiting.
    pub(crate) fn stop_waiting(&mut self, name: &Reserved, ticket: Ticket) {
        if let Some(waiting) = self.names.get_mut(name) {
            waiting.retain(|other| *other != ticket);
        }
    }

    /// Gives a name back; those who waited for it come back.
    pub(crate) fn give_back(&mut self, name: &Reserved) -> Vec<Ticket> {
        self.names.remove(name).unwrap_or_default()
    }
}
