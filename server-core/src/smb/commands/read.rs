//! READ ([MS-SMB2] 3.3.5.12): the file's bytes go straight into the response.

use std::sync::atomic::Ordering;

use super::{Call, Outcome, Reply};
use crate::smb::state::OpenTarget;
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{u32_at, u64_at};
use crate::smb::wire::header::HEADER_SIZE;

/// Bytes of the response before the data.
const RESPONSE: usize = 16;

/// Reads from a file or pipe.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(49)?;
    let length = u32_at(call.message, HEADER_SIZE + 4)?;
    let offset = u64_at(call.message, HEADER_SIZE + 8)?;
    let minimum = u32_at(call.message, HEADER_SIZE + 32)?;
    let file = call.file(reply)?;
    call.check_size(length)?;
    let body = reply.buffer.len();
    reply.buffer.reserve_exact(RESPONSE + length as usize);
    reply.put_u16(17);
    let data_offset = u8::try_from(body - reply.start + RESPONSE).unwrap_or(0);
    reply.put(&[data_offset, 0]);
    reply.put(&[0; 12]);
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
            if count < minimum as usize || count == 0 && length > 0 {
                return Err(NtStatus::END_OF_FILE.into());
            }
            file.position.store(offset + count as u64, Ordering::Relaxed);
            (count, NtStatus::SUCCESS)
        }
        OpenTarget::Pipe(pipe) => {
            let read = pipe.lock().read(length as usize);
            reply.put(&read.data);
            (
                read.data.len(),
                if read.more {
                    NtStatus::BUFFER_OVERFLOW
                } else {
                    NtStatus::SUCCESS
                },
            )
        }
    };
    let count = u32::try_from(count).unwrap_or(0);
    reply.buffer[body + 4..body + 8].copy_from_slice(&count.to_le_bytes());
    if count == 0 {
        // The variable part of the structure is never empty.
        reply.put(&[0]);
    }
    Ok(status)
}
