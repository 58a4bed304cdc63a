//! An application that goes on on another computer ([MS-SMB2] 3.3.5.9.13, 3.3.5.9.15): what it had open on the one before
//! would be in its way, and is closed.

use super::{Call, Refusal};
use crate::smb::settings::Dialect;
use crate::smb::state::AppInstance;
use crate::smb::status::NtStatus;
use crate::smb::wire::create::CreateRequest;
use crate::smb::wire::create_context::{RequestContext, name};
use crate::vfs::{SharePath, ShareView};

/// The application that a CREATE is of, after what it had open of the same file on another computer was closed.
pub(super) async fn take_over(
    call: &Call<'_>,
    view: &ShareView,
    request: &CreateRequest<'_>,
    path: &SharePath,
) -> Result<Option<AppInstance>, Refusal> {
    let is_new = call.negotiated.dialect >= Some(Dialect::Smb300);
    if !is_new || request.context(name::DURABLE_HANDLE_V2).is_none() {
        return Ok(None);
    }
    let Some(RequestContext::AppInstanceId(id)) = request.read_context(name::APP_INSTANCE_ID)? else {
        return Ok(None);
    };
    let version = match request.read_context(name::APP_INSTANCE_VERSION)? {
        Some(RequestContext::AppInstanceVersion(version)) => Some(version),
        _ => None,
    };
    let version = version.filter(|_| call.negotiated.dialect >= Some(Dialect::Smb311));
    let client = call.session.client().map(|client| client.guid);
    for file in call.context.opens.of_app_instance(id) {
        let Some(open) = file.file() else { continue };
        let before = open.view();
        // Who knows the id, which is told to nobody, is not thereby the same person.
        let is_theirs = call.session.may_be_replaced_by(&before.caller().principal);
        let is_same_file = before.is_of_same_mount(view) && open.path().is_same_as(path);
        let is_elsewhere = file.created_by().map(|name| name.client) != client;
        if !(is_theirs && is_same_file && is_elsewhere) {
            continue;
        }
        if let (Some(new), Some(old)) = (version, file.app_instance())
            && old.version >= new
        {
            return Err(NtStatus::FILE_FORCED_CLOSED.into());
        }
        if let Err(error) = file.close_for_another().await {
            tracing::warn!(%error, "what was put off until the close is not done");
        }
    }
    Ok(Some(AppInstance {
        id,
        version: version.unwrap_or_default(),
    }))
}
