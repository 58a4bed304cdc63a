//! FLUSH ([MS-SMB2] 3.3.5.11).

use super::{Call, Outcome, Reply};
use crate::smb::status::NtStatus;

/// Puts what was written on the disk.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(24)?;
    let file = call.file(reply)?;
    if let Some(open) = file.file() {
        open.flush().await?;
    }
    reply.put_u16(4);
    reply.put_u16(0);
    Ok(NtStatus::SUCCESS)
}
