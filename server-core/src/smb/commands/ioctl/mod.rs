//! IOCTL ([MS-SMB2] 3.3.5.15): file system controls and pipe transactions.

mod copy_chunk;
mod interfaces;
mod pipe;
mod sparse;

use super::{Call, Outcome, Refusal, Reply, as_file};
use crate::smb::settings::Dialect;
use crate::smb::state::Negotiated;
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{Malformed, u16_at};
use crate::smb::wire::fsctl::{ValidateNegotiateInfoRequest, ValidateNegotiateInfoResponse, code as fsctl};
use crate::smb::wire::ioctl::{IS_FSCTL, IoctlRequest, IoctlResponse};
use crate::smb::wire::writer::Writer;

/// COMPRESSION_FORMAT_NONE ([MS-FSCC] 2.3.18).
const COMPRESSION_NONE: u16 = 0;

/// Runs a control.
pub(crate) async fn handle(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let input = u32::try_from(request.input.len()).unwrap_or(u32::MAX);
    call.check_size(request.max_output_response.max(input))?;
    if request.flags != IS_FSCTL {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    match request.ctl_code {
        fsctl::VALIDATE_NEGOTIATE_INFO => validate_negotiate(call, request, reply),
        fsctl::QUERY_NETWORK_INTERFACE_INFO => interfaces::query(call, request, reply).await,
        fsctl::DFS_GET_REFERRALS | fsctl::DFS_GET_REFERRALS_EX => Err(NtStatus::FS_DRIVER_REQUIRED.into()),
        fsctl::PIPE_TRANSCEIVE => pipe::transceive(call, request, reply),
        fsctl::PIPE_PEEK => pipe::peek(call, request, reply),
        // Every pipe is always ready.
        fsctl::PIPE_WAIT => respond(reply, request, &[], NtStatus::SUCCESS),
        fsctl::CREATE_OR_GET_OBJECT_ID => object_id(call, request, reply),
        fsctl::GET_REPARSE_POINT => {
            call.file(reply)?;
            Err(NtStatus::NOT_A_REPARSE_POINT.into())
        }
        fsctl::SET_SPARSE => sparse::set(call, request, reply).await,
        fsctl::QUERY_ALLOCATED_RANGES => sparse::allocated_ranges(call, request, reply).await,
        fsctl::SET_ZERO_DATA => sparse::zero(call, request, reply).await,
        fsctl::GET_COMPRESSION => {
            let file = call.file(reply)?;
            as_file(file)?;
            if request.max_output_response < 2 {
                return Err(NtStatus::BUFFER_TOO_SMALL.into());
            }
            respond_with(reply, request, NtStatus::SUCCESS, |out| out.u16(COMPRESSION_NONE))
        }
        fsctl::SET_COMPRESSION => set_compression(call, request, reply),
        fsctl::SRV_REQUEST_RESUME_KEY => copy_chunk::resume_key(call, request, reply),
        fsctl::SRV_COPYCHUNK | fsctl::SRV_COPYCHUNK_WRITE => copy_chunk::copy(call, request, reply).await,
        code => {
            tracing::debug!(
                code = format_args!("{code:#010x}"),
                "a control that is not served"
            );
            Err(NtStatus::INVALID_DEVICE_REQUEST.into())
        }
    }
}

fn respond(reply: &mut Reply, request: &IoctlRequest<'_>, output: &[u8], status: NtStatus) -> Outcome {
    reply.respond(&IoctlResponse {
        ctl_code: request.ctl_code,
        file_id: request.file_id,
        input: &[],
        output,
        flags: 0,
    });
    Ok(status)
}

/// The same with an output that is written by `encode`.
fn respond_with(
    reply: &mut Reply,
    request: &IoctlRequest<'_>,
    status: NtStatus,
    encode: impl FnOnce(&mut Writer<'_>),
) -> Outcome {
    let mut output = Vec::new();
    encode(&mut Writer::here(&mut output));
    respond(reply, request, &output, status)
}

/// Did someone change the NEGOTIATE on its way? A mismatch ends the connection ([MS-SMB2] 3.3.5.15.12), and so does a
/// dialect that is not the best of those offered: whoever asks this is no small device that lists 3.1.1 without knowing
/// it, so what 3.1.1 needs was taken out of its NEGOTIATE.
fn validate_negotiate(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let negotiated = call.negotiated;
    let settings = call.context.settings.get();
    let served = |dialect: &Dialect| *dialect <= settings.maximum_dialect;
    let offered = negotiated
        .client_dialects
        .iter()
        .filter_map(|code| Dialect::from_code(*code));
    let best = offered.filter(served).max();
    let same = same_offer(request.input, negotiated)? && negotiated.dialect == best;
    let dialect = negotiated.dialect.filter(|dialect| *dialect != Dialect::Smb311);
    let Some(dialect) = dialect.filter(|_| same) else {
        return Err(Refusal::disconnect());
    };
    if request.max_output_response < ValidateNegotiateInfoResponse::SIZE {
        return Err(Refusal::disconnect());
    }
    let response = ValidateNegotiateInfoResponse {
        capabilities: negotiated.server_capabilities,
        guid: call.context.server_guid,
        security_mode: negotiated.server_security_mode,
        dialect: dialect.code(),
    };
    respond_with(reply, request, NtStatus::SUCCESS, |out| response.encode(out))
}

fn same_offer(input: &[u8], negotiated: &Negotiated) -> Result<bool, Malformed> {
    let offer = ValidateNegotiateInfoRequest::parse(input)?;
    Ok(offer.capabilities == negotiated.client_capabilities
        && offer.guid == negotiated.client_guid
        && offer.security_mode == negotiated.client_security_mode
        && offer.dialects == negotiated.client_dialects)
}

/// Nothing is ever compressed; asking for just that is fine.
fn set_compression(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    as_file(file)?;
    if u16_at(request.input, 0)? == COMPRESSION_NONE {
        respond(reply, request, &[], NtStatus::SUCCESS)
    } else {
        Err(NtStatus::NOT_SUPPORTED.into())
    }
}

/// A 64-byte id that is the file's for as long as it lives.
fn object_id(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let key = as_file(file)?.key();
    if request.max_output_response < 64 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    respond_with(reply, request, NtStatus::SUCCESS, |out| {
        out.u64(key.file);
        out.u64(key.volume);
        out.zeros(48);
    })
}
