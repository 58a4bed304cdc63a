//! FLUSH ([MS-SMB2] 3.3.5.11).

use super::{Call, Outcome, Reply};
use crate::smb::status::NtStatus;
use crate::smb::wire::flush::{FlushRequest, FlushResponse};

/// Puts what was written on the disk.
pub(crate) async fn handle(call: &Call<'_>, _: &FlushRequest, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    if let Some(open) = file.file() {
        open.flush().await?;
    }
    reply.respond(&FlushResponse);
    Ok(NtStatus::SUCCESS)
}
