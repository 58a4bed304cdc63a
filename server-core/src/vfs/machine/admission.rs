//! Letting opens in ([MS-FSA] 2.1.5.1.2, 2.1.5.1.2.2).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::file_shared::FileShared;
use super::granting::{Company, Granted};
use super::holder::{CachingRequest, Holder};
use super::leases::Arrival;
use super::names::{Link, Way};
use super::place::{FoldedPath, Place};
use super::sharing::Sharing;
use super::{Machine, OpenId, OpenState, StreamKey, StreamName, Ticket};
use crate::live::{Consumer, LiveSessionId};
use crate::security::AccessMask;
use crate::vfs::error::VfsError;
use crate::vfs::info::FileKey;
use crate::vfs::request::ShareMode;

/// What an open asks of the machine.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) key: FileKey,
    pub(crate) stream: StreamName,
    pub(crate) place: Place,
    /// The file has no other name: however it was reached, it is the same link.
    pub(crate) only_name: bool,
    pub(crate) directory: bool,
    /// The session that opens.
    pub(crate) owner: LiveSessionId,
    /// The computer that the session came from, by what one client controls of addresses.
    pub(crate) client: Consumer,
    /// What the open may do, for people to see.
    pub(crate) granted: AccessMask,
    /// What counts in sharing.
    pub(crate) access: AccessMask,
    pub(crate) share_mode: ShareMode,
    /// The content will be replaced.
    pub(crate) replaces: bool,
    pub(crate) caching: Option<CachingRequest>,
}

/// What an open got.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) id: OpenId,
    pub(crate) shared: Arc<FileShared>,
    pub(crate) link: Arc<Link>,
    pub(crate) caching: Granted,
}

/// Whether an open is let in now.
#[derive(Debug)]
pub(crate) enum Entry<W> {
    /// It is.
    Admitted(Admitted),
    /// Others have to give up first what they cache.
    Waits(W),
}

impl Machine {
    /// Whether there is room for one more open of a session.
    ///
    /// # Errors
    /// TooManyOpens.
    pub(crate) fn may_open(&self, owner: LiveSessionId) -> Result<(), VfsError> {
        let theirs = self.owners.get(&owner).map_or(0, std::collections::HashSet::len);
        if self.opens.len() >= self.limits.opens || theirs >= self.limits.opens_per_owner {
            Err(VfsError::TooManyOpens)
        } else {
            Ok(())
        }
    }

    /// Lets an open in, has it wait for what others cache, or says why not. `folded` is its path as paths are
    /// compared.
    ///
    /// # Errors
    /// TooManyOpens; DeletePending; SharingViolation; InvalidParameter for a lease that is another file's.
    pub(crate) fn open(
        &mut self,
        now: Instant,
        ask: Admission,
        folded: FoldedPath,
    ) -> Result<Entry<Ticket>, VfsError> {
        self.may_open(ask.owner)?;
        let key = StreamKey {
            node: ask.key,
            name: ask.stream.clone(),
        };
        let lease = ask.caching.as_ref().and_then(|caching| caching.lease);
        let mine = lease.map(|lease| lease.id);
        if let Some(known) = mine.and_then(|mine| self.leases.get(&mine))
            && known.stream != key
        {
            return Err(VfsError::InvalidParameter);
        }
        let sharing = Sharing {
            access: ask.access,
            share_mode: ask.share_mode,
        };
        let mut way = Way::New(None);
        if let Some(node) = self.nodes.get_mut(&key.node) {
            way = node.way(&ask);
            if way.delete_pending() {
                // A link in deletion stays until it is gone from the disk, also without opens.
                return Err(VfsError::DeletePending);
            }
            if let Some(stream) = node.stream_mut(&key.name) {
                let conflicts = stream.sharers.conflict_with(sharing);
                let arrival = match (conflicts, ask.replaces) {
                    (true, _) => Some(Arrival::Conflicting),
                    (false, true) => Some(Arrival::Replacing),
                    (false, false) if sharing.only_looks() => None,
                    (false, false) if sharing.only_inspects() => Some(Arrival::Inspecting),
                    (false, false) => Some(Arrival::Sharing),
                };
                let mut steps = Vec::new();
                let holders = arrival.map_or_else(Vec::new, |arrival| {
                    stream.leases.contend(now, arrival, mine, &mut steps)
                });
                self.settle(&key, steps);
                if let Some(ticket) = self.wait(&key, holders) {
                    return Ok(Entry::Waits(ticket));
                }
                if conflicts {
                    return Err(VfsError::SharingViolation);
                }
            }
        }
        let link = self.enter(key.node, way, ask.place, folded);
        let id = self.next_id();
        let mut caching = ask.caching;
        if let Some(caching) = &mut caching {
            caching.wanted &= self.silences.trust(now, ask.owner, ask.client);
        }
        let (granted, shared) = self.grant(&key, id, caching.as_ref(), sharing)?;
        self.owners.entry(ask.owner).or_default().insert(id);
        let holder = match mine {
            Some(mine) => granted.cached.as_ref().map(|_| Holder::Lease(mine)),
            None => (!granted.state.is_empty()).then_some(Holder::Oplock(id)),
        };
        if let Some(Holder::Lease(mine)) = holder
            && let Some(lease) = self.leases.get_mut(&mine)
        {
            lease.opens.push(id);
        }
        let open = OpenState {
            owner: Some(ask.owner),
            client: ask.client,
            stream: key,
            link: Arc::clone(&link),
            sharing,
            directory: ask.directory,
            granted: ask.granted,
            lease: mine,
            holder,
            away: None,
        };
        self.opens.insert(id, open);
        Ok(Entry::Admitted(Admitted {
            id,
            shared,
            link,
            caching: granted,
        }))
    }

    /// Counts an open that is let in, and lets it cache what it can beside the others.
    fn grant(
        &mut self,
        key: &StreamKey,
        id: OpenId,
        caching: Option<&CachingRequest>,
        sharing: Sharing,
    ) -> Result<(Granted, Arc<FileShared>), VfsError> {
        let node = self.nodes.get_mut(&key.node).ok_or(VfsError::Closed)?;
        if key.name.0.is_some() {
            node.named.entry(key.name.clone()).or_default();
        }
        let stream = node.stream_mut(&key.name).ok_or(VfsError::Closed)?;
        let company = Company {
            active: stream.sharers.active,
            active_for_leases: stream.sharers.active_for_leases,
            has_locks: stream.shared.lock_count.load(Ordering::Acquire) > 0,
        };
        let mut steps = Vec::new();
        let granted = match caching {
            None => Granted::default(),
            Some(request) => match request.lease {
                None => {
                    let active = !sharing.only_looks();
                    stream.leases.grant_oplock(id, request.wanted, active, company)
                }
                Some(lease) => {
                    let active = !sharing.only_inspects();
                    stream
                        .leases
                        .grant_lease(lease, request.wanted, active, company, &mut steps)
                }
            },
        };
        stream.sharers.add(sharing);
        let shared = Arc::clone(&stream.shared);
        if caching.is_some() {
            self.settle(key, steps);
        }
        Ok((granted, shared))
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
        let sharing = Sharing { access, share_mode };
        let node = self.nodes.get(&key);
        if node.is_some_and(|node| node.content.sharers.conflict_with(sharing)) {
            Err(VfsError::SharingViolation)
        } else {
            Ok(())
        }
    }
}
