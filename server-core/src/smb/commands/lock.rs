//! LOCK ([MS-SMB2] 3.3.5.14).

use super::{Call, Outcome, Reply, as_file};
use crate::smb::state::{LockSequence, OpenFile};
use crate::smb::status::NtStatus;
use crate::smb::wire::lock::{EXCLUSIVE, FAIL_IMMEDIATELY, LockRequest, LockResponse, SHARED, UNLOCK};
use crate::vfs::{LockRange, VfsError};

/// More ranges than any client sends at once.
const MAX_RANGES: usize = 1024;

/// Locks or unlocks ranges; a lock that has to wait leaves the future pending.
pub(crate) async fn handle(call: &Call<'_>, request: &LockRequest, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let open = as_file(file)?;
    let sequence = lock_sequence(call, file, request);
    if sequence.is_some_and(|sequence| file.was_locked(sequence)) {
        reply.respond(&LockResponse);
        return Ok(NtStatus::SUCCESS);
    }
    let first = request.locks.first().ok_or(NtStatus::INVALID_PARAMETER)?;
    if request.locks.len() > MAX_RANGES {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if first.flags == UNLOCK {
        // In order: what was unlocked before a range that fails stays unlocked.
        for lock in &request.locks {
            if lock.flags != UNLOCK {
                return Err(NtStatus::INVALID_PARAMETER.into());
            }
            open.unlock(&[LockRange {
                offset: lock.offset,
                length: lock.length,
                exclusive: false,
            }])?;
        }
    } else {
        let mut ranges = Vec::with_capacity(request.locks.len());
        let mut wait = true;
        for lock in &request.locks {
            let exclusive = match lock.flags & !FAIL_IMMEDIATELY {
                SHARED => false,
                EXCLUSIVE => true,
                _ => return Err(NtStatus::INVALID_PARAMETER.into()),
            };
            let waits = lock.flags & FAIL_IMMEDIATELY == 0;
            wait &= waits;
            // Several ranges at once are for those who don't wait.
            if request.locks.len() > 1 && waits {
                return Err(NtStatus::INVALID_PARAMETER.into());
            }
            ranges.push(LockRange {
                offset: lock.offset,
                length: lock.length,
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
    if let Some(sequence) = sequence {
        file.locked(sequence);
    }
    reply.respond(&LockResponse);
    Ok(NtStatus::SUCCESS)
}

/// Which of its client's LOCKs it is: asked of clients that may come back for an open or have several channels.
fn lock_sequence(call: &Call<'_>, file: &OpenFile, request: &LockRequest) -> Option<LockSequence> {
    let may_come_again = file.durable().is_some() || call.negotiated.has_channels();
    LockSequence::of(request.lock_sequence).filter(|_| may_come_again)
}
