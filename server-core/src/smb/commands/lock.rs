//! LOCK ([MS-SMB2] 3.3.5.14).

use super::{Call, Outcome, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{u16_at, u32_at, u64_at};
use crate::smb::wire::header::HEADER_SIZE;
use crate::vfs::{LockRange, VfsError};

const SHARED: u32 = 1;
const EXCLUSIVE: u32 = 2;
const UNLOCK: u32 = 4;
const FAIL_IMMEDIATELY: u32 = 0x10;
/// More ranges than any client sends at once.
const MAX_RANGES: usize = 1024;

/// Locks or unlocks ranges; a lock that has to wait leaves the future pending.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(48)?;
    let count = usize::from(u16_at(call.message, HEADER_SIZE + 2)?);
    let file = call.file(reply)?;
    let open = as_file(file)?;
    if count == 0 || count > MAX_RANGES {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let elements = (0..count).map(|at| {
        let element = HEADER_SIZE + 24 + at * 24;
        let range = (u64_at(call.message, element)?, u64_at(call.message, element + 8)?);
        Ok((range, u32_at(call.message, element + 16)?))
    });
    let elements: Vec<((u64, u64), u32)> = elements.collect::<Result<_, super::Refusal>>()?;
    if elements[0].1 == UNLOCK {
        // In order: what was unlocked before a range that fails stays unlocked.
        for ((offset, length), flags) in elements {
            if flags != UNLOCK {
                return Err(NtStatus::INVALID_PARAMETER.into());
            }
            open.unlock(&[LockRange {
                offset,
                length,
                exclusive: false,
            }])?;
        }
    } else {
        let mut ranges = Vec::with_capacity(count);
        let mut wait = true;
        for ((offset, length), flags) in elements {
            let exclusive = match flags & !FAIL_IMMEDIATELY {
                SHARED => false,
                EXCLUSIVE => true,
                _ => return Err(NtStatus::INVALID_PARAMETER.into()),
            };
            wait &= flags & FAIL_IMMEDIATELY == 0;
            // Several ranges at once are for those who don't wait.
            if count > 1 && flags & FAIL_IMMEDIATELY == 0 {
                return Err(NtStatus::INVALID_PARAMETER.into());
            }
            ranges.push(LockRange {
                offset,
                length,
                exclusive,
            });
        }
        tokio::select! {
            biased;
            outcome = open.lock(&ranges, wait) => outcome.map_err(|error| match error {
                VfsError::Closed => NtStatus::RANGE_NOT_LOCKED,
                error => error.into(),
            })?,
            () = file.closed.cancelled() => return Err(NtStatus::RANGE_NOT_LOCKED.into()),
        }
    }
    reply.put_u16(4);
    reply.put_u16(0);
    Ok(NtStatus::SUCCESS)
}
