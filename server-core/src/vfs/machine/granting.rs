//! What a client is let cache beside the others ([MS-FSA] 2.1.5.18.1, 2.1.5.18.2; [MS-SMB2] 3.3.5.9.8, 3.3.5.9.11).

use std::sync::Arc;

use super::holder::{Holder, LeaseRequest, LeaseState};
use super::leases::{Cached, Held, Leases, MAX_HOLDERS};
use super::{OpenId, Step};

/// What an open was let cache.
#[derive(Debug, Default, Clone)]
pub(crate) struct Granted {
    pub(crate) state: LeaseState,
    /// Of a lease of version 2.
    pub(crate) epoch: Option<u16>,
    /// The lease is being broken: the state is what it still is ([MS-SMB2] SMB2_LEASE_FLAG_BREAK_IN_PROGRESS).
    pub(crate) breaking: bool,
    /// What the open looks at before it asks who must hear of a change of the content.
    pub(crate) cached: Option<Arc<Cached>>,
}

/// What else there is on the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Company {
    /// Opens that do more than look, the newcomer not counted.
    pub(super) active: usize,
    /// Opens that do more than inspect, likewise.
    pub(super) active_for_leases: usize,
    pub(super) has_locks: bool,
}

impl Held {
    /// What it is, as whoever opens under it is told.
    pub(super) fn granted(&self) -> Granted {
        Granted {
            state: self.state,
            epoch: self.epoch,
            breaking: self.breaking.is_some(),
            cached: matches!(self.holder, Holder::Lease(_)).then(|| Arc::clone(&self.cached)),
        }
    }
}

impl Leases {
    /// Gives an oplock of at most this strength to an open.
    pub(super) fn grant_oplock(
        &mut self,
        open: OpenId,
        wanted: LeaseState,
        active: bool,
        company: Company,
    ) -> Granted {
        let mut state = wanted;
        let in_the_way = |held: &Held| {
            held.state.contains(LeaseState::WRITE)
                || held.breaking.is_some()
                || matches!(held.holder, Holder::Lease(_)) && held.state.contains(LeaseState::HANDLE)
        };
        let crowded = self.held.len() >= MAX_HOLDERS;
        if crowded || company.has_locks || self.held.iter().any(in_the_way) {
            state = LeaseState::empty();
        } else if company.active > 0 || self.held.iter().any(|held| !held.state.is_empty()) {
            state &= LeaseState::READ;
        }
        let state = state.legal();
        if !state.is_empty() {
            self.held.push(Held {
                holder: Holder::Oplock(open),
                state,
                breaking: None,
                opens: 1,
                away: 0,
                active: usize::from(active),
                epoch: None,
                cached: Arc::default(),
            });
        }
        Granted {
            state,
            ..Granted::default()
        }
    }

    /// Puts an open under a lease. A new one gets what can be held beside the others, be it nothing. One that is there
    /// becomes stronger if all of what is asked for can be held, and else stays as it is.
    pub(super) fn grant_lease(
        &mut self,
        request: LeaseRequest,
        wanted: LeaseState,
        active: bool,
        company: Company,
        steps: &mut Vec<Step>,
    ) -> Granted {
        let holder = Holder::Lease(request.id);
        let allowed = self.lease_beside_others(holder, wanted, company);
        if self.find(holder).is_none() {
            if self.held.len() >= MAX_HOLDERS {
                return Granted::default();
            }
            self.held.push(Held {
                holder,
                state: LeaseState::empty(),
                breaking: None,
                opens: 0,
                away: 0,
                active: 0,
                epoch: request.epoch,
                cached: Arc::default(),
            });
            steps.push(Step::Began(request.id));
        }
        let Some(held) = self.find(holder) else {
            return Granted::default();
        };
        held.opens += 1;
        held.active += usize::from(active);
        let is_new = held.opens == 1;
        let whole = is_new || allowed == wanted.legal();
        let upgrades = whole && allowed.contains(held.state) && allowed != held.state;
        if held.breaking.is_none() && upgrades {
            held.state = allowed;
            held.epoch = held.epoch.map(|epoch| epoch.wrapping_add(1));
        }
        held.granted()
    }

    fn lease_beside_others(&self, mine: Holder, wanted: LeaseState, company: Company) -> LeaseState {
        let mut state = wanted.legal();
        let mut active = company.active_for_leases;
        for held in &self.held {
            if held.holder == mine {
                active = active.saturating_sub(held.active);
                continue;
            }
            if held.state.contains(LeaseState::WRITE) {
                return LeaseState::empty();
            }
            if !held.state.is_empty() {
                state -= LeaseState::WRITE;
            }
            if matches!(held.holder, Holder::Oplock(_)) {
                // An oplock's client could not be asked to close what a lease keeps open beside it.
                state -= LeaseState::HANDLE;
            }
        }
        if company.has_locks {
            return LeaseState::empty();
        }
        if active > 0 {
            state -= LeaseState::WRITE;
        }
        state
    }
}
