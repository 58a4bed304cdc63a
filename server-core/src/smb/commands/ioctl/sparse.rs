//! Sparse files ([MS-FSCC] 2.3.48, 2.3.67, 2.3.71): the attribute, what is allocated, making holes.

use super::{Call, respond, respond_with};
use crate::smb::commands::{Outcome, Refusal, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::fsctl::{FileAllocatedRangeBuffer, FileZeroDataInformation};
use crate::smb::wire::ioctl::IoctlRequest;

/// FSCTL_SET_SPARSE; without input it means "yes".
pub(super) async fn set(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let sparse = request.input.first().is_none_or(|value| *value != 0);
    as_file(file)?.set_sparse(sparse).await?;
    respond(reply, request, &[], NtStatus::SUCCESS)
}

/// FSCTL_QUERY_ALLOCATED_RANGES: the parts of a range that take up space.
pub(super) async fn allocated_ranges(
    call: &Call<'_>,
    request: &IoctlRequest<'_>,
    reply: &mut Reply,
) -> Outcome {
    let file = call.file(reply)?;
    let open = as_file(file)?;
    let (offset, length) = range(request.input)?;
    let ranges = open.allocated_ranges(offset, length).await?;
    let room = request.max_output_response as usize / FileAllocatedRangeBuffer::SIZE;
    if room == 0 && !ranges.is_empty() {
        return Err(NtStatus::BUFFER_TOO_SMALL.into());
    }
    let status = if ranges.len() > room {
        NtStatus::BUFFER_OVERFLOW
    } else {
        NtStatus::SUCCESS
    };
    respond_with(reply, request, status, |out| {
        for range in ranges.iter().take(room) {
            let buffer = FileAllocatedRangeBuffer {
                file_offset: range.start,
                length: range.end - range.start,
            };
            buffer.encode(out);
        }
    })
}

/// FSCTL_SET_ZERO_DATA: from an offset up to another, exclusive.
pub(super) async fn zero(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let open = as_file(file)?;
    let range = FileZeroDataInformation::parse(request.input)?;
    let (from, to) = (positive(range.file_offset)?, positive(range.beyond_final_zero)?);
    if from > to {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    open.zero(from..to).await?;
    respond(reply, request, &[], NtStatus::SUCCESS)
}

fn range(input: &[u8]) -> Result<(u64, u64), Refusal> {
    let range = FileAllocatedRangeBuffer::parse(input)?;
    let (from, length) = (positive(range.file_offset)?, positive(range.length)?);
    if from + length > i64::MAX as u64 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Ok((from, length))
}

/// A number that [MS-FSCC] has as signed, and that must not be negative.
fn positive(value: u64) -> Result<u64, Refusal> {
    if value > i64::MAX as u64 {
        Err(NtStatus::INVALID_PARAMETER.into())
    } else {
        Ok(value)
    }
}
