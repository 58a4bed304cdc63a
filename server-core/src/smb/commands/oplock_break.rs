//! OPLOCK_BREAK ([MS-SMB2] 3.3.5.22): a client acknowledges that it caches less.

use super::{Call, Outcome, Reply, as_file};
use crate::smb::state::{oplock_caching, oplock_level};
use crate::smb::status::NtStatus;
use crate::smb::wire::oplock_break::OplockBreak;

/// Takes the acknowledgment of an oplock's break; that of a lease's is malformed, for none is ever granted.
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
