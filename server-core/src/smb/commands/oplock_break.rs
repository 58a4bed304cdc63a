//! OPLOCK_BREAK ([MS-SMB2] 3.3.5.22): a client acknowledges that it caches less.

use super::{Call, Outcome, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::create::{oplock_caching, oplock_level};
use crate::smb::wire::cursor::u8_at;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::header::HEADER_SIZE;

/// Takes the acknowledgment.
pub(crate) fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    // 36 would be the acknowledgment of a lease; none is ever granted.
    call.structure_size(24)?;
    let level = u8_at(call.message, HEADER_SIZE + 2)?;
    let file = call.file(reply)?;
    let caching = oplock_caching(level).ok_or(NtStatus::INVALID_PARAMETER)?;
    let caching = as_file(file)?.acknowledge_break(caching)?;
    put(&mut reply.buffer, oplock_level(caching), file.id);
    Ok(NtStatus::SUCCESS)
}

/// The body that a notification and the answer to an acknowledgment have in common ([MS-SMB2] 2.2.23.1, 2.2.25.1).
pub(crate) fn put(out: &mut Vec<u8>, level: u8, file_id: FileId) {
    out.extend_from_slice(&24u16.to_le_bytes());
    out.extend_from_slice(&[level, 0]);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&file_id.to_bytes());
}
