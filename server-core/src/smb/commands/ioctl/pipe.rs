//! Named pipes ([MS-SMB2] 3.3.5.15.10 and following).

use super::{Call, Request, respond};
use crate::smb::commands::{Outcome, Reply};
use crate::smb::state::OpenTarget;
use crate::smb::status::NtStatus;

/// FSCTL_PIPE_TRANSCEIVE: a request and its answer in one go.
pub(super) fn transceive(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let OpenTarget::Pipe(pipe) = &file.target else {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    };
    let read = pipe
        .lock()
        .transact(request.input, request.max_output as usize)
        .map_err(|_| NtStatus::PIPE_BROKEN)?;
    respond(
        reply,
        request,
        &read.data,
        if read.more {
            NtStatus::BUFFER_OVERFLOW
        } else {
            NtStatus::SUCCESS
        },
    )
}

/// FSCTL_PIPE_PEEK: state "connected", and how much waits to be read.
pub(super) fn peek(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let OpenTarget::Pipe(pipe) = &file.target else {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    };
    let pending = u32::try_from(pipe.lock().pending()).unwrap_or(u32::MAX);
    let mut output = 3u32.to_le_bytes().to_vec();
    output.extend_from_slice(&pending.to_le_bytes());
    output.extend_from_slice(&[0; 8]);
    respond(reply, request, &output, NtStatus::SUCCESS)
}
