//! OPLOCK_BREAK ([MS-SMB2] 3.3.5.22): a client acknowledges that it caches less.

use super::{Call, Outcome, Reply, as_file};
use crate::smb::state::{lease_id, lease_state, oplock_caching, oplock_level};
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::cursor::u16_at;
use crate::smb::wire::header::HEADER_SIZE;
use crate::smb::wire::oplock_break::{LeaseBreak, OplockBreak};
use crate::vfs::VfsError;

/// Whether a message acknowledges the break of a lease, and not of an oplock: the size of the structure tells.
pub(crate) fn is_of_lease(message: &[u8]) -> bool {
    u16_at(message, HEADER_SIZE).is_ok_and(|size| size == LeaseBreak::STRUCTURE_SIZE)
}

/// Takes the acknowledgment of an oplock's break ([MS-SMB2] 3.3.5.22.1).
pub(crate) fn handle(call: &Call<'_>, request: &OplockBreak, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let caching = oplock_caching(request.oplock_level).ok_or(NtStatus::INVALID_PARAMETER)?;
    let caching = as_file(file)?.acknowledge_break(caching)?;
    reply.respond(&OplockBreak {
        oplock_level: oplock_level(caching),
        file_id: file.id,
    });
    Ok(NtStatus::SUCCESS)
}

/// Takes the acknowledgment of a lease's break ([MS-SMB2] 3.3.5.22.2).
pub(crate) fn acknowledge_lease(call: &Call<'_>, request: &LeaseBreak, reply: &mut Reply) -> Outcome {
    let id = lease_id(call.session, request.lease_key).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let state = lease_state(request.lease_state);
    let state = match call.context.engine.acknowledge_lease_break(id, state) {
        Err(VfsError::NotBreaking) => return Err(NtStatus::UNSUCCESSFUL.into()),
        outcome => outcome?,
    };
    reply.respond(&LeaseBreak {
        flags: 0,
        lease_key: request.lease_key,
        lease_state: state.bits().into(),
    });
    Ok(NtStatus::SUCCESS)
}
