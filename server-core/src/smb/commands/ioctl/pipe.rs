//! Named pipes ([MS-SMB2] 3.3.5.15.10 and following).

use super::{Call, respond, respond_with};
use crate::smb::commands::{Outcome, Reply};
use crate::smb::state::OpenTarget;
use crate::smb::status::NtStatus;
use crate::smb::wire::ioctl::IoctlRequest;

/// FSCTL_PIPE_TRANSCEIVE: a request and its answer in one go.
pub(super) fn transceive(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let OpenTarget::Pipe { pipe, .. } = &file.target else {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    };
    let read = pipe
        .lock()
        .transact(request.input, request.max_output_response as usize, || {
            call.services()
        })
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
pub(super) fn peek(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let OpenTarget::Pipe { pipe, .. } = &file.target else {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    };
    let pending = u32::try_from(pipe.lock().pending()).unwrap_or(u32::MAX);
    respond_with(reply, request, NtStatus::SUCCESS, |out| {
        out.u32(3);
        out.u32(pending);
        out.zeros(8);
    })
}
