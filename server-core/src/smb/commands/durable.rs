//! Opens that outlive their session: what a CREATE asks for and gets ([MS-SMB2] 3.3.5.9.6, 3.3.5.9.10), and the CREATE by
//! which a client has one again (3.3.5.9.7, 3.3.5.9.12).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::caching::say_what_is_cached;
use super::create::respond;
use super::{Call, Outcome, Refusal, Reply};
use crate::smb::settings::Dialect;
use crate::smb::state::{CacheHolder, Durable, NewOpen, OpenFile, OpenTarget, lease_id};
use crate::smb::status::NtStatus;
use crate::smb::wire::create::CreateRequest;
use crate::smb::wire::create_context::{PERSISTENT, RequestContext, ResponseContext, name};
use crate::smb::wire::create_contexts::CreateContextList;
use crate::smb::wire::ids::{CreateGuid, PersistentId};
use crate::smb::wire::lease::LeaseContext;
use crate::vfs::{CreateAction, LeaseState, Opened, SharePath, ShareView, VfsError};

/// How long an open of version 2 waits whose client leaves that to the server, as on Windows.
const USUAL_PATIENCE: Duration = Duration::from_secs(60);
/// How long an open waits at most, and one of version 1, which has no word in it.
const MOST_PATIENCE: Duration = Duration::from_secs(300);
/// A client that lost its connection may be back before the end of that was noticed here.
const NOTICED_WITHIN: Duration = Duration::from_secs(2);

/// What a CREATE asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// Nothing that outlives the session.
    Nothing,
    /// An open that does, version 1.
    Durable,
    /// The same of version 2, which says how long it should wait, in milliseconds.
    DurableV2 { timeout: u32 },
    /// An open that did.
    Again(Claim),
}

/// Which open a client wants to have again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    persistent: PersistentId,
    /// Version 2 names the CREATE that made it as well.
    created_by: Option<CreateGuid>,
    /// It is said to be persistent, which no open is.
    is_persistent: bool,
}

impl Asked {
    pub(super) fn of(call: &Call<'_>, request: &CreateRequest<'_>) -> Result<Self, Refusal> {
        let is_new = call.negotiated.dialect >= Some(Dialect::Smb300);
        let has = |name| request.context(name).is_some();
        let durable = has(name::DURABLE_HANDLE);
        let again = has(name::DURABLE_RECONNECT);
        let durable_2 = is_new && has(name::DURABLE_HANDLE_V2);
        let again_2 = is_new && has(name::DURABLE_RECONNECT_V2);
        if (again || durable) && (durable_2 || again_2) || durable_2 && again_2 {
            return Err(NtStatus::INVALID_PARAMETER.into());
        }
        let asked = if again {
            request.read_context(name::DURABLE_RECONNECT)?
        } else if again_2 {
            request.read_context(name::DURABLE_RECONNECT_V2)?
        } else if durable_2 {
            request.read_context(name::DURABLE_HANDLE_V2)?
        } else if durable {
            request.read_context(name::DURABLE_HANDLE)?
        } else {
            None
        };
        Ok(match asked {
            Some(RequestContext::DurableReconnect { file_id }) => Self::Again(Claim {
                persistent: file_id.persistent,
                created_by: None,
                is_persistent: false,
            }),
            Some(RequestContext::DurableReconnectV2 {
                file_id,
                create_guid,
                flags,
            }) => Self::Again(Claim {
                persistent: file_id.persistent,
                created_by: Some(create_guid),
                is_persistent: flags & PERSISTENT != 0,
            }),
            Some(RequestContext::DurableHandleV2 { timeout, .. }) => Self::DurableV2 { timeout },
            Some(RequestContext::DurableHandle) => Self::Durable,
            _ => Self::Nothing,
        })
    }

    /// What an open gets: only what its client keeps open for itself can wait for it, and only a person can come back.
    pub(super) fn granted(self, call: &Call<'_>, opened: &Opened) -> Option<Durable> {
        let keeps = opened.caching.contains(LeaseState::HANDLE) && !opened.open.is_directory();
        if !keeps || call.session.principal().user.is_none() {
            return None;
        }
        match self {
            Self::Nothing | Self::Again(_) => None,
            Self::Durable => Some(Durable {
                patience: MOST_PATIENCE,
                is_version_2: false,
            }),
            Self::DurableV2 { timeout } => Some(Durable {
                patience: match timeout {
                    0 => USUAL_PATIENCE,
                    timeout => Duration::from_millis(timeout.into()).min(MOST_PATIENCE),
                },
                is_version_2: true,
            }),
        }
    }
}

/// Has a response say that an open outlives its session.
pub(super) fn say_that_it_is_durable(durable: Durable, contexts: &mut CreateContextList) {
    let said = match durable.is_version_2 {
        false => ResponseContext::DurableHandle,
        true => ResponseContext::DurableHandleV2 {
            timeout: u32::try_from(durable.patience.as_millis()).unwrap_or(u32::MAX),
            flags: 0,
        },
    };
    said.add_to(contexts);
}

/// Gives a client an open again that outlived its session. Nothing of the request counts but what names it.
pub(super) async fn reopen(
    call: &Call<'_>,
    view: &ShareView,
    request: &CreateRequest<'_>,
    claim: Claim,
    reply: &mut Reply,
) -> Outcome {
    let lease = match request.read_context(name::LEASE)? {
        Some(RequestContext::Lease(lease)) => Some(lease),
        _ => None,
    };
    let file = call.context.opens.find(claim.persistent);
    let file = file.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let durable = what_is_claimed(call, &file, claim, lease)?;
    if claim.is_persistent {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let open = file.file().ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let under = file.lease();
    if under.is_some() {
        let named = SharePath::from_smb(&request.name.to_vec()).ok();
        if named.is_none_or(|named| !named.is_same_as(&open.path())) {
            return Err(NtStatus::INVALID_PARAMETER.into());
        }
    }
    let id = call.session.opens.id_for(claim.persistent);
    let holder = CacheHolder::new(call.session, call.channel, view.settings().encrypt, id);
    let until_known = holder.until_known();
    let holder = Arc::new(holder);
    let listener = Arc::clone(&holder);
    let regained = match open.reconnect(view, under, listener).await {
        Err(VfsError::NotFound) => {
            let ended = tokio::time::timeout(NOTICED_WITHIN, file.closed.cancelled()).await;
            ended.map_err(|_| NtStatus::OBJECT_NAME_NOT_FOUND)?;
            open.reconnect(view, under, holder).await
        }
        outcome => outcome,
    };
    let regained = match regained {
        Err(VfsError::Closed) => return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into()),
        outcome => outcome?,
    };
    let mut contexts = CreateContextList::new();
    let cached = (regained.caching, regained.lease);
    let level = say_what_is_cached(cached, under, lease, &mut contexts);
    let target = OpenTarget::File {
        open: regained.open,
        listing: tokio::sync::Mutex::new(None),
    };
    let before = file;
    let file = call.session.open(NewOpen {
        id,
        tree_id: call.tree.id,
        target,
        created_by: before.created_by(),
        lease: under,
        durable: Some(durable),
        app_instance: before.app_instance(),
        create_action: CreateAction::Opened as u32,
        channel_sequence: call.channel_sequence,
    })?;
    let position = before.position.load(Ordering::Relaxed);
    file.position.store(position, Ordering::Relaxed);
    file.goes_on_from(&before);
    drop(until_known);
    reply.file_id = Some(file.id);
    let action = CreateAction::Opened as u32;
    respond(reply, id, action, level, Some(&regained.info), &contexts);
    Ok(NtStatus::SUCCESS)
}

/// Whether an open is what is claimed: it is durable, made by the CREATE that is named, and under the lease that is named
/// or none.
fn what_is_claimed(
    call: &Call<'_>,
    file: &OpenFile,
    claim: Claim,
    lease: Option<LeaseContext>,
) -> Result<Durable, NtStatus> {
    let durable = file.durable().ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let named = lease.map(|lease| lease_id(call.session, lease.lease_key));
    let same_lease = match (file.lease(), named) {
        (None, None) => true,
        (Some(lease), Some(named)) => {
            // Another person is told that it is not theirs.
            named.is_some_and(|named| (named.client, named.key) == (lease.client, lease.key))
        }
        _ => false,
    };
    // One of version 1 was made by no CREATE of a name: its CreateGuid is zero.
    let made_by = file.created_by().map(|name| name.create).unwrap_or_default();
    let same_create = claim.created_by.is_none_or(|create| made_by == create);
    if same_lease && same_create {
        Ok(durable)
    } else {
        Err(NtStatus::OBJECT_NAME_NOT_FOUND)
    }
}
