//! SET_INFO ([MS-SMB2] 3.3.5.21): attributes, times, sizes, names, deletion.

use std::sync::atomic::Ordering;

use super::{Call, Outcome, Refusal, Reply, as_file};
use crate::smb::state::OpenFile;
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{bytes_at, u8_at, u16_at, u32_at, u64_at};
use crate::smb::wire::header::HEADER_SIZE;
use crate::smb::wire::info::file::{SetBasic, SetName, class};
use crate::vfs::{DosAttributes, Open, SetTimes, SharePath};

const INFO_FILE: u8 = 1;
const INFO_FILESYSTEM: u8 = 2;
const INFO_SECURITY: u8 = 3;
/// FILE_DISPOSITION_DELETE.
const DISPOSITION_DELETE: u32 = 1;

/// Changes a file.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(33)?;
    let kind = u8_at(call.message, HEADER_SIZE + 2)?;
    let number = u8_at(call.message, HEADER_SIZE + 3)?;
    let length = u32_at(call.message, HEADER_SIZE + 4)?;
    let offset = usize::from(u16_at(call.message, HEADER_SIZE + 8)?);
    let file = call.file(reply)?;
    call.check_size(length)?;
    let buffer = if length == 0 {
        &[]
    } else {
        bytes_at(call.message, offset, length as usize)?
    };
    let open = as_file(file)?;
    match kind {
        INFO_FILE => set_file(open, file, number, buffer).await?,
        INFO_FILESYSTEM => return Err(NtStatus::ACCESS_DENIED.into()),
        // Owners and lists of rights are the grants of the share here.
        INFO_SECURITY => return Err(NtStatus::NOT_SUPPORTED.into()),
        4 => return Err(NtStatus::NOT_SUPPORTED.into()),
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    }
    reply.put_u16(2);
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
    let basic = SetBasic::parse(buffer)?;
    let [created, accessed, modified, changed] = basic.times;
    if basic.attributes != 0 {
        open.set_attributes(DosAttributes::from_bits_truncate(basic.attributes))
            .await?;
    }
    let times = SetTimes {
        created,
        accessed,
        modified,
        changed,
    };
    Ok(open.set_times(times).await?)
}

fn name(buffer: &[u8]) -> Result<(SharePath, bool), Refusal> {
    let request = SetName::parse(buffer).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)?;
    if request.root_directory != 0 || request.name.is_empty() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Ok((SharePath::from_smb(&request.name)?, request.replace))
}

fn size(buffer: &[u8]) -> Result<u64, Refusal> {
    let size = u64_at(buffer, 0).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)?;
    if size > i64::MAX as u64 {
        Err(NtStatus::INVALID_PARAMETER.into())
    } else {
        Ok(size)
    }
}
