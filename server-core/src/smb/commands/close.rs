//! CLOSE ([MS-SMB2] 3.3.5.10).

use super::{Call, Outcome, Reply};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::u16_at;
use crate::smb::wire::header::HEADER_SIZE;

/// SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB.
const POSTQUERY_ATTRIB: u16 = 1;

/// Closes an open.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(24)?;
    let flags = u16_at(call.message, HEADER_SIZE + 2)?;
    let file = call.file(reply)?;
    let info = match file.file() {
        Some(open) if flags & POSTQUERY_ATTRIB != 0 => open.info().await.ok(),
        _ => None,
    };
    // The open has ended whatever comes of it; what was put off until now and failed is the client's to hear.
    call.session.opens.close(file).await?;
    reply.put_u16(60);
    reply.put_u16(if info.is_some() { POSTQUERY_ATTRIB } else { 0 });
    reply.put_u32(0);
    match info {
        Some(info) => {
            for time in [info.created, info.accessed, info.modified, info.changed] {
                reply.put_u64(time.0);
            }
            reply.put_u64(info.allocation_size);
            reply.put_u64(info.size);
            reply.put_u32(info.attributes.bits());
        }
        None => reply.put(&[0; 52]),
    }
    Ok(NtStatus::SUCCESS)
}
