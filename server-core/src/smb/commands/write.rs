//! WRITE ([MS-SMB2] 3.3.5.13): the payload is written straight from the request.

use std::sync::atomic::Ordering;

use super::{Call, Outcome, Reply};
use crate::security::AccessMask;
use crate::smb::state::OpenTarget;
use crate::smb::status::NtStatus;
use crate::smb::wire::write::{WRITE_THROUGH, WriteRequest, WriteResponse};

/// Writes to a file or pipe.
pub(crate) async fn handle(call: &Call<'_>, request: &WriteRequest<'_>, reply: &mut Reply) -> Outcome {
    let (offset, data) = (request.offset, request.data);
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let file = call.file(reply)?;
    call.check_size(length)?;
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
            let through = request.flags & WRITE_THROUGH != 0;
            open.write_at(offset, data, through).await?;
            file.position.store(end.unwrap_or(offset), Ordering::Relaxed);
        }
        OpenTarget::Pipe { pipe, .. } => {
            pipe.lock()
                .write(data, || call.services())
                .map_err(|_| NtStatus::PIPE_BROKEN)?;
        }
    }
    reply.respond(&WriteResponse {
        count: length,
        remaining: 0,
    });
    Ok(NtStatus::SUCCESS)
}
