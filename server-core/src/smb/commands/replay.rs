//! A CREATE that comes again because its client did not hear of it ([MS-SMB2] 3.3.5.9.10): it is answered with what the
//! first one opened.

use std::sync::Arc;

use super::caching::say_what_is_cached;
use super::create::{respond, response_contexts};
use super::durable::say_that_it_is_durable;
use super::{Call, Outcome, Refusal, Reply};
use crate::smb::state::{Beginning, CreateName, OpenFile, lease_id, oplock_caching};
use crate::smb::status::NtStatus;
use crate::smb::wire::create::CreateRequest;
use crate::smb::wire::create_context::{RequestContext, name};
use crate::vfs::{LeaseState, ShareView};

/// What a CREATE of a name is.
pub(super) enum Name {
    /// The first of it.
    New(Option<Beginning>),
    /// A repetition of the one that made this.
    Again(Arc<OpenFile>),
}

/// Whether a CREATE is the first of its name.
pub(super) fn judge(call: &Call<'_>, named: Option<CreateName>) -> Result<Name, Refusal> {
    let Some(named) = named else {
        return Ok(Name::New(None));
    };
    let opens = &call.context.opens;
    let Some(beginning) = opens.begin(named) else {
        // The first is under way: the client is to ask again.
        return Err(match call.is_replay {
            true => NtStatus::FILE_NOT_AVAILABLE.into(),
            false => NtStatus::DUPLICATE_OBJECTID.into(),
        });
    };
    let before = opens.created_by(named).filter(|file| file.is_replay_eligible());
    let Some(before) = before else {
        return Ok(Name::New(Some(beginning)));
    };
    // Only the session that has it hears of it again.
    let is_ours = call.session.opens.find(before.id).is_some();
    match call.is_replay && is_ours {
        true => Ok(Name::Again(before)),
        false => Err(NtStatus::DUPLICATE_OBJECTID.into()),
    }
}

/// Answers a repetition.
pub(super) async fn answer(
    call: &Call<'_>,
    view: &ShareView,
    request: &CreateRequest<'_>,
    file: &OpenFile,
    reply: &mut Reply,
) -> Outcome {
    let open = file.file().ok_or(NtStatus::DUPLICATE_OBJECTID)?;
    let (caching, lease) = open.caching();
    let asked = match request.read_context(name::LEASE)? {
        Some(RequestContext::Lease(asked)) => Some(asked),
        _ => None,
    };
    if let Some(asked) = asked {
        let named = lease_id(call.session, asked.lease_key);
        if lease.is_none() || named.is_none() || named != file.lease() {
            return Err(NtStatus::ACCESS_DENIED.into());
        }
    }
    let info = open.info().await?;
    let mut contexts = response_contexts(request, view, &info);
    // Who repeats it without the oplock is told of none, and of nothing that needs it, as Windows does; it is still there.
    let caching = match lease {
        None => caching & oplock_caching(request.requested_oplock_level).unwrap_or_default(),
        Some(_) => caching,
    };
    let level = say_what_is_cached((caching, lease), file.lease(), asked, &mut contexts);
    if let Some(durable) = file.durable().filter(|_| caching.contains(LeaseState::HANDLE)) {
        say_that_it_is_durable(durable, &mut contexts);
    }
    reply.file_id = Some(file.id);
    respond(reply, file.id, file.create_action, level, Some(&info), &contexts);
    Ok(NtStatus::SUCCESS)
}
