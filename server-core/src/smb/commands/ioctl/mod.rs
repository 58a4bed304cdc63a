//! IOCTL ([MS-SMB2] 3.3.5.15): file system controls and pipe transactions.

mod copy_chunk;
mod pipe;
mod sparse;

use super::{Call, ConnectionTraits, Outcome, Refusal, Reply, as_file};
use crate::smb::settings::Dialect;
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{Malformed, bytes_at, u16_at, u32_at};
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::header::HEADER_SIZE;
use crate::smb::wire::ids::ClientGuid;

/// SMB2_0_IOCTL_IS_FSCTL.
const IS_FSCTL: u32 = 1;
/// Bytes of the response before the output.
const RESPONSE: usize = 48;

/// COMPRESSION_FORMAT_NONE ([MS-FSCC] 2.3.18).
const COMPRESSION_NONE: u16 = 0;

/// Control codes ([MS-FSCC] 2.3, [MS-SMB2] 2.2.31).
mod fsctl {
    pub(super) const DFS_GET_REFERRALS: u32 = 0x0006_0194;
    pub(super) const DFS_GET_REFERRALS_EX: u32 = 0x0006_01B0;
    pub(super) const GET_REPARSE_POINT: u32 = 0x0009_00A8;
    pub(super) const CREATE_OR_GET_OBJECT_ID: u32 = 0x0009_00C0;
    pub(super) const SET_SPARSE: u32 = 0x0009_00C4;
    pub(super) const GET_COMPRESSION: u32 = 0x0009_003C;
    pub(super) const QUERY_ALLOCATED_RANGES: u32 = 0x0009_40CF;
    pub(super) const SET_ZERO_DATA: u32 = 0x0009_80C8;
    pub(super) const SET_COMPRESSION: u32 = 0x0009_C040;
    pub(super) const PIPE_WAIT: u32 = 0x0011_0018;
    pub(super) const PIPE_PEEK: u32 = 0x0011_400C;
    pub(super) const PIPE_TRANSCEIVE: u32 = 0x0011_C017;
    pub(super) const SRV_REQUEST_RESUME_KEY: u32 = 0x0014_0078;
    pub(super) const SRV_COPYCHUNK: u32 = 0x0014_40F2;
    pub(super) const SRV_COPYCHUNK_WRITE: u32 = 0x0014_80F2;
    pub(super) const VALIDATE_NEGOTIATE_INFO: u32 = 0x0014_0204;
}

struct Request<'a> {
    code: u32,
    file_id: FileId,
    input: &'a [u8],
    max_output: u32,
}

/// Runs a control.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(57)?;
    let request = parse(call.message)?;
    call.check_size(
        request
            .max_output
            .max(u32::try_from(request.input.len()).unwrap_or(u32::MAX)),
    )?;
    if u32_at(call.message, HEADER_SIZE + 48)? != IS_FSCTL {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    match request.code {
        fsctl::VALIDATE_NEGOTIATE_INFO => validate_negotiate(call, &request, reply),
        fsctl::DFS_GET_REFERRALS | fsctl::DFS_GET_REFERRALS_EX => Err(NtStatus::FS_DRIVER_REQUIRED.into()),
        fsctl::PIPE_TRANSCEIVE => pipe::transceive(call, &request, reply),
        fsctl::PIPE_PEEK => pipe::peek(call, &request, reply),
        // Every pipe is always ready.
        fsctl::PIPE_WAIT => respond(reply, &request, &[], NtStatus::SUCCESS),
        fsctl::CREATE_OR_GET_OBJECT_ID => object_id(call, &request, reply),
        fsctl::GET_REPARSE_POINT => {
            call.file(reply)?;
            Err(NtStatus::NOT_A_REPARSE_POINT.into())
        }
        fsctl::SET_SPARSE => sparse::set(call, &request, reply).await,
        fsctl::QUERY_ALLOCATED_RANGES => sparse::allocated_ranges(call, &request, reply).await,
        fsctl::SET_ZERO_DATA => sparse::zero(call, &request, reply).await,
        fsctl::GET_COMPRESSION => {
            let file = call.file(reply)?;
            as_file(file)?;
            if request.max_output < 2 {
                return Err(NtStatus::BUFFER_TOO_SMALL.into());
            }
            respond(
                reply,
                &request,
                &COMPRESSION_NONE.to_le_bytes(),
                NtStatus::SUCCESS,
            )
        }
        fsctl::SET_COMPRESSION => set_compression(call, &request, reply),
        fsctl::SRV_REQUEST_RESUME_KEY => copy_chunk::resume_key(call, &request, reply),
        fsctl::SRV_COPYCHUNK | fsctl::SRV_COPYCHUNK_WRITE => copy_chunk::copy(call, &request, reply).await,
        code => {
            tracing::debug!(
                code = format_args!("{code:#010x}"),
                "a control that is not served"
            );
            Err(NtStatus::INVALID_DEVICE_REQUEST.into())
        }
    }
}

fn parse(message: &[u8]) -> Result<Request<'_>, Malformed> {
    let input_offset = u32_at(message, HEADER_SIZE + 24)? as usize;
    let input_count = u32_at(message, HEADER_SIZE + 28)? as usize;
    Ok(Request {
        code: u32_at(message, HEADER_SIZE + 4)?,
        file_id: FileId::parse(message, HEADER_SIZE + 8)?,
        input: if input_count == 0 {
            &[]
        } else {
            bytes_at(message, input_offset, input_count)?
        },
        max_output: u32_at(message, HEADER_SIZE + 44)?,
    })
}

fn respond(reply: &mut Reply, request: &Request<'_>, output: &[u8], status: NtStatus) -> Outcome {
    let offset = u32::try_from(reply.buffer.len() - reply.start + RESPONSE).unwrap_or(0);
    reply.put_u16(49);
    reply.put_u16(0);
    reply.put_u32(request.code);
    reply.put(&request.file_id.to_bytes());
    // Input, none; then output.
    reply.put_u32(offset);
    reply.put_u32(0);
    reply.put_u32(offset);
    reply.put_u32(u32::try_from(output.len()).unwrap_or(0));
    reply.put_u64(0);
    reply.put(output);
    Ok(status)
}

/// Did someone change the NEGOTIATE on its way? A mismatch ends the connection ([MS-SMB2] 3.3.5.15.12).
fn validate_negotiate(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let traits = call.connection;
    let same = same_offer(request.input, traits)?;
    let dialect = traits.dialect.filter(|dialect| *dialect != Dialect::Smb311);
    let Some(dialect) = dialect.filter(|_| same) else {
        return Err(Refusal::disconnect());
    };
    if request.max_output < 24 {
        return Err(Refusal::disconnect());
    }
    let mut output = Vec::with_capacity(24);
    output.extend_from_slice(&traits.server_capabilities.to_le_bytes());
    output.extend_from_slice(&call.context.server_guid);
    output.extend_from_slice(&traits.server_security_mode.to_le_bytes());
    output.extend_from_slice(&dialect.code().to_le_bytes());
    respond(reply, request, &output, NtStatus::SUCCESS)
}

fn same_offer(input: &[u8], traits: &ConnectionTraits) -> Result<bool, Malformed> {
    let count = usize::from(u16_at(input, 22)?);
    let dialects = (0..count)
        .map(|at| u16_at(input, 24 + 2 * at))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(u32_at(input, 0)? == traits.client_capabilities
        && ClientGuid::parse(input, 4)? == traits.client_guid
        && u16_at(input, 20)? == traits.client_security_mode
        && dialects == traits.client_dialects)
}

/// Nothing is ever compressed; asking for just that is fine.
fn set_compression(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    as_file(file)?;
    if u16_at(request.input, 0)? == COMPRESSION_NONE {
        respond(reply, request, &[], NtStatus::SUCCESS)
    } else {
        Err(NtStatus::NOT_SUPPORTED.into())
    }
}

/// A 64-byte id that is the file's for as long as it lives.
fn object_id(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let key = as_file(file)?.key();
    if request.max_output < 64 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let mut output = key.file.to_le_bytes().to_vec();
    output.extend_from_slice(&key.volume.to_le_bytes());
    output.resize(64, 0);
    respond(reply, request, &output, NtStatus::SUCCESS)
}
