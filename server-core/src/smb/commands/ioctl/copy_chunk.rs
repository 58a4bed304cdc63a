//! Copying on the server ([MS-SMB2] 3.3.5.15.5 and 3.3.5.15.6): the client names ranges, no byte travels.

use super::{Call, Request, fsctl, respond};
use crate::security::AccessMask;
use crate::smb::commands::{Outcome, Refusal, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{u32_at, u64_at};
use crate::smb::wire::file_id::FileId;
use crate::vfs::{Open, VfsError};

/// Bytes of a resume key.
const KEY: usize = 24;
/// Limits, as on Windows ([MS-SMB2] 3.3.3).
const MAX_CHUNKS: u32 = 256;
const MAX_CHUNK_BYTES: u32 = 1 << 20;
const MAX_TOTAL_BYTES: u32 = 16 << 20;
/// Bytes of a SRV_COPYCHUNK_RESPONSE ([MS-SMB2] 2.2.32.1).
const RESPONSE: u32 = 12;

struct Chunk {
    from: u64,
    to: u64,
    length: u32,
}

/// FSCTL_SRV_REQUEST_RESUME_KEY: what names a source is its FileId.
pub(super) fn resume_key(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    as_file(file)?;
    if (request.max_output as usize) < KEY + 4 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let mut output = file.id.to_bytes().to_vec();
    // The rest of the key, and a context that has no length.
    output.resize(KEY + 8, 0);
    respond(reply, request, &output, NtStatus::SUCCESS)
}

/// FSCTL_SRV_COPYCHUNK and FSCTL_SRV_COPYCHUNK_WRITE: copies the ranges in order, up to the first that fails.
pub(super) async fn copy(call: &Call<'_>, request: &Request<'_>, reply: &mut Reply) -> Outcome {
    let target = call.file(reply)?;
    let target = as_file(target)?;
    if request.max_output < RESPONSE {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let Some(chunks) = parse(request.input)? else {
        // A client that asks for too much is told what there is.
        let limits = response(MAX_CHUNKS, MAX_CHUNK_BYTES, MAX_TOTAL_BYTES);
        return respond(reply, request, &limits, NtStatus::INVALID_PARAMETER);
    };
    let source = call.session.opens.find(FileId::parse(request.input, 0)?);
    let source = source.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let source = as_file(&source)?;
    check_access(request.code, source, target)?;
    let (mut written, mut total, mut status) = (0, 0, NtStatus::SUCCESS);
    for chunk in chunks {
        let length = u64::from(chunk.length);
        match target.copy_from(source, chunk.from, chunk.to, length).await {
            Ok(()) => {
                written += 1;
                total += chunk.length;
            }
            Err(error) => {
                status = match error {
                    VfsError::EndOfFile => NtStatus::INVALID_VIEW_SIZE,
                    error => error.into(),
                };
                break;
            }
        }
    }
    // A failure tells too how far the copy came.
    respond(reply, request, &response(written, 0, total), status)
}

/// The chunks; `None` when they are over the limits.
fn parse(input: &[u8]) -> Result<Option<Vec<Chunk>>, Refusal> {
    let count = u32_at(input, KEY)?;
    if count > MAX_CHUNKS {
        return Ok(None);
    }
    let mut chunks = Vec::with_capacity(count as usize);
    let mut total = 0u32;
    for at in 0..count as usize {
        let place = KEY + 8 + at * 24;
        let chunk = Chunk {
            from: u64_at(input, place)?,
            to: u64_at(input, place + 8)?,
            length: u32_at(input, place + 16)?,
        };
        total = total.saturating_add(chunk.length);
        if chunk.length == 0 || chunk.length > MAX_CHUNK_BYTES || total > MAX_TOTAL_BYTES {
            return Ok(None);
        }
        chunks.push(chunk);
    }
    Ok(Some(chunks))
}

/// The plain control demands that the target be readable too ([MS-SMB2] 3.3.5.15.6).
fn check_access(code: u32, source: &Open, target: &Open) -> Result<(), Refusal> {
    let reads = AccessMask::READ_DATA | AccessMask::EXECUTE;
    let writes = AccessMask::WRITE_DATA | AccessMask::APPEND_DATA;
    let allowed = source.granted().intersects(reads)
        && target.granted().intersects(writes)
        && (code != fsctl::SRV_COPYCHUNK || target.granted().contains(AccessMask::READ_DATA));
    if allowed {
        Ok(())
    } else {
        Err(NtStatus::ACCESS_DENIED.into())
    }
}

fn response(chunks: u32, chunk_bytes: u32, total_bytes: u32) -> Vec<u8> {
    [chunks, chunk_bytes, total_bytes]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect()
}
