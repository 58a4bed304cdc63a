//! What a CREATE asks to cache, by an oplock or under a lease, and what its response says of that ([MS-SMB2] 3.3.5.9.8,
//! 3.3.5.9.11).

use std::sync::Arc;

use super::{Call, Refusal};
use crate::smb::settings::Dialect;
use crate::smb::state::{CacheHolder, UntilKnown, lease_id, lease_state, oplock_caching, oplock_level};
use crate::smb::wire::create::{CreateRequest, oplock_level as level};
use crate::smb::wire::create_context::{RequestContext, ResponseContext, name};
use crate::smb::wire::create_contexts::CreateContextList;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::ids::LeaseKey;
use crate::smb::wire::lease::{LEASE_BREAK_IN_PROGRESS, LEASE_PARENT_KEY_SET, LeaseContext, LeaseVersion2};
use crate::vfs::{self, CachingRequest, LeaseId, LeaseRequest, LeaseState, Opened, OpenedLease, ShareView};

/// What a CREATE asks for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What the engine is asked.
    pub(super) caching: Option<CachingRequest>,
    /// The lease, as the client asked for it.
    lease: Option<LeaseContext>,
    lease_id: Option<LeaseId>,
    /// Until the CREATE has ended.
    _until_known: Option<UntilKnown>,
}

impl Asked {
    /// What the request asks for; `id` is the open's, if it comes to one.
    pub(super) fn of(
        call: &Call<'_>,
        view: &ShareView,
        request: &CreateRequest<'_>,
        id: FileId,
    ) -> Result<Self, Refusal> {
        let lease = lease_asked_for(call, request)?;
        let wanted = match lease {
            Some((lease, _)) => lease_state(lease.lease_state),
            None => oplock_caching(request.requested_oplock_level).unwrap_or_default(),
        };
        if wanted.is_empty() && lease.is_none() {
            return Ok(Self::default());
        }
        let holder = CacheHolder::new(call.session, call.channel, view.settings().encrypt, id);
        let until_known = holder.until_known();
        Ok(Self {
            caching: Some(CachingRequest {
                wanted,
                lease: lease.map(|(_, asked)| asked),
                listener: Arc::new(holder),
            }),
            lease: lease.map(|(context, _)| context),
            lease_id: lease.map(|(_, asked)| asked.id),
            _until_known: Some(until_known),
        })
    }

    /// The lease that is asked for.
    pub(super) fn lease(&self) -> Option<LeaseId> {
        self.lease_id
    }

    /// The response's OplockLevel; what was granted of a lease goes into `contexts`.
    pub(super) fn granted(&self, opened: &Opened, contexts: &mut CreateContextList) -> u8 {
        let id = self.lease_id.filter(|_| opened.lease.is_some());
        say_what_is_cached((opened.caching, opened.lease), id, self.lease, contexts)
    }
}

/// The OplockLevel of a response to what caches so much, by an oplock or under a lease; what there is to say of the lease
/// goes into `contexts`, with the words of who asked for it.
pub(super) fn say_what_is_cached(
    (caching, lease): (LeaseState, Option<OpenedLease>),
    id: Option<LeaseId>,
    asked: Option<LeaseContext>,
    contexts: &mut CreateContextList,
) -> u8 {
    // A folder may have none: its client does without, as with a server that knows none.
    let (Some(lease), Some(id)) = (lease, id) else {
        return oplock_level(caching);
    };
    let version_2 = lease.epoch.map(|epoch| LeaseVersion2 {
        epoch,
        ..asked.and_then(|asked| asked.version_2).unwrap_or_default()
    });
    let mut lease_flags = if lease.breaking {
        LEASE_BREAK_IN_PROGRESS
    } else {
        0
    };
    if version_2.is_some() {
        lease_flags |= asked.map_or(0, |asked| asked.lease_flags) & LEASE_PARENT_KEY_SET;
    }
    let said = LeaseContext {
        lease_key: LeaseKey(id.key.0),
        lease_state: caching.bits().into(),
        lease_flags,
        version_2,
    };
    ResponseContext::Lease(said).add_to(contexts);
    level::LEASE
}

/// The lease that is asked for, as the client said it and as the engine is asked. Only a CREATE whose oplock level says so
/// asks for one, and only a client of 2.1 has leases; those of version 2 came with 3.0.
fn lease_asked_for(
    call: &Call<'_>,
    request: &CreateRequest<'_>,
) -> Result<Option<(LeaseContext, LeaseRequest)>, Refusal> {
    if request.requested_oplock_level != level::LEASE {
        return Ok(None);
    }
    let Some(RequestContext::Lease(mut context)) = request.read_context(name::LEASE)? else {
        return Ok(None);
    };
    if context.version_2.is_some() && call.negotiated.dialect < Some(Dialect::Smb300) {
        return Ok(None);
    }
    let Some(id) = lease_id(call.session, context.lease_key) else {
        return Ok(None);
    };
    let has_parent = context.lease_flags & LEASE_PARENT_KEY_SET != 0 && context.version_2.is_some();
    if !has_parent {
        context.lease_flags = 0;
        if let Some(version_2) = &mut context.version_2 {
            version_2.parent_lease_key = Default::default();
        }
    }
    let version_2 = context.version_2;
    let asked = LeaseRequest {
        id,
        epoch: version_2.map(|version_2| version_2.epoch),
        parent: version_2
            .filter(|_| has_parent)
            .map(|version_2| vfs::LeaseKey(version_2.parent_lease_key.0)),
    };
    Ok(Some((context, asked)))
}
