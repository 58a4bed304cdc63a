//! READ ([MS-SMB2] 3.3.5.12): the file's bytes go straight into the response.

use std::sync::atomic::Ordering;

use super::{Call, Outcome, Reply};
use crate::smb::state::OpenTarget;
use crate::smb::status::NtStatus;
use crate::smb::wire::read::{ReadHead, ReadRequest};

/// Reads from a file or pipe.
pub(crate) async fn handle(call: &Call<'_>, request: &ReadRequest<'_>, reply: &mut Reply) -> Outcome {
    let (offset, length) = (request.offset, request.length);
    let file = call.file(reply)?;
    call.check_size(length)?;
    reply.buffer.reserve_exact(ReadHead::SIZE + length as usize);
    let head = ReadHead::begin(&mut reply.writer(), 0, 0);
    let (count, status) = match &file.target {
        OpenTarget::File { open, .. } => {
            if offset > i64::MAX as u64
                || offset
                    .checked_add(length.into())
                    .is_none_or(|end| end > i64::MAX as u64)
            {
                return Err(NtStatus::INVALID_PARAMETER.into());
            }
            if open.is_directory() {
                return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
            }
            let count = open.read_into(offset, length as usize, &mut reply.buffer).await?;
            if count < request.minimum_count as usize || count == 0 && length > 0 {
                return Err(NtStatus::END_OF_FILE.into());
            }
            file.position.store(offset + count as u64, Ordering::Relaxed);
            (count, NtStatus::SUCCESS)
        }
        OpenTarget::Pipe { pipe, .. } => {
            let read = pipe.lock().read(length as usize);
            reply.buffer.extend_from_slice(&read.data);
            let status = if read.more {
                NtStatus::BUFFER_OVERFLOW
            } else {
                NtStatus::SUCCESS
            };
            (read.data.len(), status)
        }
    };
    head.end(&mut reply.writer(), count);
    Ok(status)
}
