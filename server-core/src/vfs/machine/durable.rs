//! Opens that outlive their connection ([MS-SMB2] 3.3.5.9.7, 3.3.5.9.12, 3.3.7.1): they stay as long as nobody else
//! wants the file, and no longer than their client may take to come back.
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Due, Holder, LeaseId, LeaseState, Machine, OpenId};
use crate::identity::ShareId;
use crate::live::LiveSessionId;
use crate::vfs::error::VfsError;

impl Machine {
    /// The client of an open is gone, and may come back until then. False when the open can't wait for it, and is to
    /// be closed: nothing keeps it open, somebody else is already waiting for it, or it may have locks that others would run
    /// into without its being asked to go.
    pub(crate) fn disconnect(&mut self, id: OpenId, until: Instant) -> bool {
        let Some(open) = self.opens.get(&id).filter(|open| open.away.is_none()) else {
            return false;
        };
        let (key, holder, owner) = (open.stream.clone(), open.holder, open.owner);
        if open.link.delete_pending() {
            return false;
        }
        let stream = self.stream_mut(&key);
        let is_locked = stream
            .as_ref()
            .is_some_and(|stream| stream.shared.lock_count.load(Ordering::Acquire) > 0);
        let held = stream.and_then(|stream| stream.leases.find(holder?));
        let Some(held) =
            held.filter(|held| held.state.contains(LeaseState::HANDLE) && held.breaking.is_none())
        else {
            return false;
        };
        // Whoever else opens the file asks a writer to go, and others not.
        if is_locked && !held.state.contains(LeaseState::WRITE) {
            return false;
        }
        held.away += 1;
        if let Some(owner) = owner {
            self.disown(owner, id);
        }
        if let Some(open) = self.opens.get_mut(&id) {
            open.owner = None;
            open.away = Some(until);
            let node = self.nodes.get_mut(&key.node);
            if let Some(entry) = node.and_then(|node| node.entry_of(&open.link)) {
                entry.away += 1;
            }
        }
        self.due.insert((until, Due::Return(id)));
        true
    }

    /// The client of an open is back, in a session and under a lease or none; what it still caches comes back, and how
    /// often that has changed.
    ///
    /// # Errors
    /// NotFound when no such open waits for it; TooManyOpens.
    pub(crate) fn reconnect(
        &mut self,
        id: OpenId,
        owner: LiveSessionId,
        lease: Option<LeaseId>,
    ) -> Result<(LeaseState, Option<u16>), VfsError> {
        let theirs = self.owners.get(&owner).map_or(0, std::collections::HashSet::len);
        if theirs >= self.limits.opens_per_owner {
            return Err(VfsError::TooManyOpens);
        }
        let open = self.opens.get_mut(&id).ok_or(VfsError::NotFound)?;
        let expected = open.holder.and_then(|holder| match holder {
            Holder::Lease(lease) => Some(lease),
            Holder::Oplock(_) => None,
        });
        let until = open.away.ok_or(VfsError::NotFound)?;
        if expected != lease || !self.due.contains(&(until, Due::Return(id))) {
            // Another client's, or already on its way out.
            return Err(VfsError::NotFound);
        }
        let (key, holder) = (open.stream.clone(), open.holder);
        let held = self
            .nodes
            .get_mut(&key.node)
            .and_then(|node| node.stream_mut(&key.name))
            .and_then(|stream| stream.leases.find(holder?))
            .filter(|held| held.breaking.is_none())
            .ok_or(VfsError::NotFound)?;
        held.away = held.away.saturating_sub(1);
        let (state, epoch) = (held.state, held.epoch);
        open.away = None;
        open.owner = Some(owner);
        let node = self.nodes.get_mut(&key.node);
        if let Some(entry) = node.and_then(|node| node.entry_of(&open.link)) {
            entry.away = entry.away.saturating_sub(1);
        }
        self.owners.entry(owner).or_default().insert(id);
        self.due.remove(&(until, Due::Return(id)));
        Ok((state, epoch))
    }

    /// Whether the client of an open is away.
    pub(crate) fn is_away(&self, id: OpenId) -> bool {
        self.opens.get(&id).is_some_and(|open| open.away.is_some())
    }

    /// The opens in a share whose clients are away.
    pub(crate) fn away_in(&self, share: ShareId) -> Vec<OpenId> {
        let away = self.opens.iter().filter(|(_, open)| open.away.is_some());
        away.filter(|(_, open)| open.link.place.lock().share == share)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Nobody has to come back for this open any more.
    pub(super) fn forget_return(&mut self, id: OpenId, until: Option<Instant>) {
        if let Some(until) = until {
            self.due.remove(&(until, Due::Return(id)));
        }
    }
}
