//! Sparse files ([MS-FSCC] 2.3.48, 2.3.67, 2.3.71): the attribute, what is allocated, making holes.

use super::{Call, Request, respond};
use crate::smb::commands::{Outcome, Refusal, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::u64_at;

/// Bytes of a FILE_ALLOCATED_RANGE_BUFFER.
const RANGE: usize = 16;

/// FSCTL_SET_SPARSE; without input it means "yes".
pub(super) async fn set(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let sparse = request.input.first().is_none_or(|value| *value != 0);
    as_file(file)?.set_sparse(sparse).await?;
    respond(reply, request, &[], NtStatus::SUCCESS)
}

/// FSCTL_QUERY_ALLOCATED_RANGES: the parts of a range that take up space.
pub(super) async fn allocated_ranges(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let open = as_file(file)?;
    let (offset, length) = range(request.input)?;
    let ranges = open.allocated_ranges(offset, length).await?;
    let room = request.max_output as usize / RANGE;
    if room == 0 && !ranges.is_empty() {
        return Err(NtStatus::BUFFER_TOO_SMALL.into());
    }
    let output: Vec<u8> = ranges
        .iter()
        .take(room)
        .flat_map(|range| [range.start, range.end - range.start])
        .flat_map(u64::to_le_bytes)
        .collect();
    let status = if ranges.len() > room {
        NtStatus::BUFFER_OVERFLOW
    } else {
        NtStatus::SUCCESS
    };
    respond(reply, request, &output, status)
}

/// FSCTL_SET_ZERO_DATA: from an offset up to another, exclusive.
pub(super) async fn zero(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let open = as_file(file)?;
    let (from, to) = (offset(request.input, 0)?, offset(request.input, 8)?);
    if from > to {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    open.zero(from..to).await?;
    respond(reply, request, &[], NtStatus::SUCCESS)
}

fn range(input: &[u8]) -> Result<(u64, u64), Refusal> {
    let (from, length) = (offset(input, 0)?, offset(input, 8)?);
    if from + length > i64::MAX as u64 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Ok((from, length))
}

/// A number that [MS-FSCC] has as signed, and that must not be negative.
fn offset(input: &[u8], at: usize) -> Result<u64, Refusal> {
    let value = u64_at(input, at)?;
    if value > i64::MAX as u64 {
        Err(NtStatus::INVALID_PARAMETER.into())
    } else {
        Ok(value)
    }
}
