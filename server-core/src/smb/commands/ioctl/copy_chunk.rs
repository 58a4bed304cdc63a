//! Copying on the server ([MS-SMB2] 3.3.5.15.5 and 3.3.5.15.6): the client names ranges, no byte travels.

use super::{Call, fsctl, respond_with};
use crate::security::AccessMask;
use crate::smb::commands::{Outcome, Refusal, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::fsctl::{
    ResumeKey, SrvCopychunk, SrvCopychunkCopy, SrvCopychunkResponse, SrvRequestResumeKeyResponse,
};
use crate::smb::wire::ioctl::IoctlRequest;
use crate::vfs::{Open, VfsError};

/// Limits, as on Windows ([MS-SMB2] 3.3.3).
const MAX_CHUNKS: u32 = 256;
const MAX_CHUNK_BYTES: u32 = 1 << 20;
const MAX_TOTAL_BYTES: u32 = 16 << 20;
/// FSCTL_SRV_REQUEST_RESUME_KEY: what names a source is its FileId.
pub(super) fn resume_key(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    as_file(file)?;
    if (request.max_output_response as usize) < ResumeKey::SIZE + 4 {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let resume_key = ResumeKey::of(file.id);
    respond_with(reply, request, NtStatus::SUCCESS, |out| {
        SrvRequestResumeKeyResponse { resume_key }.encode(out);
    })
}

/// FSCTL_SRV_COPYCHUNK and FSCTL_SRV_COPYCHUNK_WRITE: copies the ranges in order, up to the first that fails.
pub(super) async fn copy(call: &Call<'_>, request: &IoctlRequest<'_>, reply: &mut Reply) -> Outcome {
    let target = call.file(reply)?;
    let target = as_file(target)?;
    if request.max_output_response < SrvCopychunkResponse::SIZE {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let copy = SrvCopychunkCopy::parse(request.input)?;
    let Some(chunks) = within_limits(copy)? else {
        // A client that asks for too much is told what there is.
        let limits = SrvCopychunkResponse {
            chunks_written: MAX_CHUNKS,
            chunk_bytes_written: MAX_CHUNK_BYTES,
            total_bytes_written: MAX_TOTAL_BYTES,
        };
        return respond_with(reply, request, NtStatus::INVALID_PARAMETER, |out| {
            limits.encode(out);
        });
    };
    let source = call.session.opens.find(copy.source_key.file_id()?);
    let source = source.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let source = as_file(&source)?;
    check_access(request.ctl_code, source, target)?;
    let (mut written, mut total, mut status) = (0, 0, NtStatus::SUCCESS);
    for chunk in chunks {
        let length = u64::from(chunk.length);
        match target
            .copy_from(source, chunk.source_offset, chunk.target_offset, length)
            .await
        {
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
    let response = SrvCopychunkResponse {
        chunks_written: written,
        chunk_bytes_written: 0,
        total_bytes_written: total,
    };
    respond_with(reply, request, status, |out| response.encode(out))
}

/// The chunks; `None` when they are over the limits.
fn within_limits(copy: SrvCopychunkCopy<'_>) -> Result<Option<Vec<SrvCopychunk>>, Refusal> {
    if copy.chunk_count > MAX_CHUNKS {
        return Ok(None);
    }
    let chunks: Vec<SrvCopychunk> = copy.chunks()?.collect::<Result<_, _>>()?;
    let mut total = 0u32;
    for chunk in &chunks {
        total = total.saturating_add(chunk.length);
        if chunk.length == 0 || chunk.length > MAX_CHUNK_BYTES || total > MAX_TOTAL_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(chunks))
}

/// Both are files, and open for it. The plain control demands that the target be readable too ([MS-SMB2] 3.3.5.15.6).
fn check_access(code: u32, source: &Open, target: &Open) -> Result<(), Refusal> {
    if source.is_directory() || target.is_directory() {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    }
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
