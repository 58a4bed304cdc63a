//! CHANGE_NOTIFY ([MS-SMB2] 3.3.5.19). Changes are not reported yet; the request stays pending until it is
//! cancelled or the folder is closed, as it does on a folder in which nothing happens. A refusal would make
//! Finder hang at unmount and Explorer poll.

use super::{Call, Outcome, Reply, as_file};
use crate::security::AccessMask;
use crate::smb::status::NtStatus;
use crate::smb::wire::file_id::FileId;
use crate::smb::wire::header::HEADER_SIZE;

/// Waits for the end of the watch.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(32)?;
    let file = call.open(FileId::parse(call.message, HEADER_SIZE + 8)?, reply)?;
    let open = as_file(&file)?;
    if !open.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if !open.granted().contains(AccessMask::READ_DATA) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    file.closed.cancelled().await;
    reply.put_u16(9);
    reply.put_u16(0);
    reply.put_u32(0);
    reply.put(&[0]);
    Ok(NtStatus::NOTIFY_CLEANUP)
}
