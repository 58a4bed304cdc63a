//! SET_INFO ([MS-SMB2] 3.3.5.21): attributes, times, sizes, names, deletion.

use std::sync::atomic::Ordering;

use super::{Call, Outcome, Refusal, Reply, as_file};
use crate::smb::state::OpenFile;
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{u8_at, u32_at, u64_at};
use crate::smb::wire::info::file::{FileBasicInformation, FileRenameInformation, class};
use crate::smb::wire::query_info::{INFO_FILE, INFO_FILESYSTEM, INFO_QUOTA, INFO_SECURITY};
use crate::smb::wire::set_info::{SetInfoRequest, SetInfoResponse};
use crate::vfs::{DosAttributes, FileTime, Open, SetTimes, SharePath};

/// FILE_DISPOSITION_DELETE.
const DISPOSITION_DELETE: u32 = 1;

/// Changes a file.
pub(crate) async fn handle(call: &Call<'_>, request: &SetInfoRequest<'_>, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    call.check_size(u32::try_from(request.buffer.len()).unwrap_or(u32::MAX))?;
    let open = as_file(file)?;
    match request.info_type {
        INFO_FILE => set_file(open, file, request.file_info_class, request.buffer).await?,
        INFO_FILESYSTEM => return Err(NtStatus::ACCESS_DENIED.into()),
        // Owners and lists of rights are the grants of the share here; there are no quotas.
        INFO_SECURITY | INFO_QUOTA => return Err(NtStatus::NOT_SUPPORTED.into()),
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    }
    reply.respond(&SetInfoResponse);
    Ok(NtStatus::SUCCESS)
}

async fn set_file(open: &Open, file: &OpenFile, number: u8, buffer: &[u8]) -> Result<(), Refusal> {
    let short = |_| Refusal::from(NtStatus::INFO_LENGTH_MISMATCH);
    match number {
        class::BASIC => set_basic(open, buffer).await,
        class::RENAME | class::RENAME_EX => {
            let (path, replace) = name(buffer)?;
            Ok(open.rename(&path, replace).await?)
        }
        class::LINK => {
            let (path, replace) = name(buffer)?;
            Ok(open.link(&path, replace).await?)
        }
        class::DISPOSITION => Ok(open
            .set_delete_pending(u8_at(buffer, 0).map_err(short)? != 0)
            .await?),
        class::DISPOSITION_EX => {
            let flags = u32_at(buffer, 0).map_err(short)?;
            Ok(open.set_delete_pending(flags & DISPOSITION_DELETE != 0).await?)
        }
        class::END_OF_FILE => Ok(open.set_end_of_file(size(buffer)?).await?),
        class::ALLOCATION => Ok(open.set_allocation_size(size(buffer)?).await?),
        class::POSITION => {
            file.position
                .store(u64_at(buffer, 0).map_err(short)?, Ordering::Relaxed);
            Ok(())
        }
        // Nothing of a file's mode can be changed after it was opened; the length that is valid is known.
        class::MODE | class::VALID_DATA_LENGTH => Ok(()),
        class::FULL_EA => Err(NtStatus::EAS_NOT_SUPPORTED.into()),
        _ => Err(NtStatus::INVALID_INFO_CLASS.into()),
    }
}

async fn set_basic(open: &Open, buffer: &[u8]) -> Result<(), Refusal> {
    if buffer.len() < 36 {
        return Err(NtStatus::INFO_LENGTH_MISMATCH.into());
    }
    let basic = FileBasicInformation::parse(buffer)?;
    let times = SetTimes {
        created: time(basic.times.creation_time)?,
        accessed: time(basic.times.last_access_time)?,
        modified: time(basic.times.last_write_time)?,
        changed: time(basic.times.change_time)?,
    };
    if basic.file_attributes != 0 {
        open.set_attributes(DosAttributes::from_bits_truncate(basic.file_attributes))
            .await?;
    }
    Ok(open.set_times(times).await?)
}

/// A time of 0 is not given, -1 and -2 say "stop and start keeping it for me" ([MS-FSCC] 2.4.7).
fn time(value: u64) -> Result<Option<FileTime>, Refusal> {
    match value.cast_signed() {
        -2..=0 => Ok(None),
        value if value < 0 => Err(NtStatus::INVALID_PARAMETER.into()),
        _ => Ok(Some(FileTime(value))),
    }
}

fn name(buffer: &[u8]) -> Result<(SharePath, bool), Refusal> {
    let request = FileRenameInformation::parse(buffer).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)?;
    if request.root_directory != 0 || request.file_name.is_empty() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Ok((
        SharePath::from_smb(&request.file_name.to_vec())?,
        request.replace_if_exists,
    ))
}

fn size(buffer: &[u8]) -> Result<u64, Refusal> {
    let size = u64_at(buffer, 0).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)?;
    if size > i64::MAX as u64 {
        Err(NtStatus::INVALID_PARAMETER.into())
    } else {
        Ok(size)
    }
}
