//! CLOSE ([MS-SMB2] 3.3.5.10).

use super::{Call, Outcome, Reply};
use crate::smb::status::NtStatus;
use crate::smb::wire::close::{CloseRequest, CloseResponse, POSTQUERY_ATTRIB};

/// Closes an open.
pub(crate) async fn handle(call: &Call<'_>, request: &CloseRequest, reply: &mut Reply) -> Outcome {
    let file = call.file(reply)?;
    let info = match file.file() {
        Some(open) if request.flags & POSTQUERY_ATTRIB != 0 => open.info().await.ok(),
        _ => None,
    };
    // The open has ended whatever comes of it; what was put off until now and failed is the client's to hear.
    call.session.opens.close(file).await?;
    let response = info.map_or_else(CloseResponse::default, |info| CloseResponse {
        flags: POSTQUERY_ATTRIB,
        times: (&info).into(),
        allocation_size: info.allocation_size,
        end_of_file: info.size,
        file_attributes: info.attributes.bits(),
    });
    reply.respond(&response);
    Ok(NtStatus::SUCCESS)
}
