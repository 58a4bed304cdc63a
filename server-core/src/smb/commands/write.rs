//! WRITE ([MS-SMB2] 3.3.5.13): the payload is written straight from the request.

use std::sync::atomic::Ordering;

use super::{Call, Outcome, Reply};
use crate::security::AccessMask;
use crate::smb::state::OpenTarget;
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{bytes_at, u16_at, u32_at, u64_at};
use crate::smb::wire::header::HEADER_SIZE;

/// SMB2_WRITEFLAG_WRITE_THROUGH.
const WRITE_THROUGH: u32 = 1;

/// Writes to a file or pipe.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(49)?;
    let data_offset = usize::from(u16_at(call.message, HEADER_SIZE + 2)?);
    let length = u32_at(call.message, HEADER_SIZE + 4)?;
    let offset = u64_at(call.message, HEADER_SIZE + 8)?;
    let flags = u32_at(call.message, HEADER_SIZE + 44)?;
    let file = call.file(reply)?;
    call.check_size(length)?;
    let data = if length == 0 {
        &[]
    } else {
        bytes_at(call.message, data_offset, length as usize)?
    };
    match &file.target {
        OpenTarget::File { open, .. } => {
            let end = offset
                .checked_add(length.into())
                .filter(|end| *end <= i64::MAX as u64);
            // Only who may do nothing but append writes "at the end".
            let appends = offset == u64::MAX && !open.granted().contains(AccessMask::WRITE_DATA);
            if end.is_none() && !appends {
                return Err(NtStatus::INVALID_PARAMETER.into());
            }
            open.write_at(offset, data, flags & WRITE_THROUGH != 0).await?;
            file.position.store(end.unwrap_or(offset), Ordering::Relaxed);
        }
        OpenTarget::Pipe(pipe) => {
            pipe.lock().write(data).map_err(|_| NtStatus::PIPE_BROKEN)?;
        }
    }
    reply.put_u16(17);
    reply.put_u16(0);
    reply.put_u32(length);
    reply.put_u64(0);
    Ok(NtStatus::SUCCESS)
}
