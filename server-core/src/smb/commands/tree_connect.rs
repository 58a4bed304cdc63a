//! TREE_CONNECT and TREE_DISCONNECT ([MS-SMB2] 3.3.5.7, 3.3.5.8).

use std::sync::Arc;

use super::{Call, Outcome, Refusal, Reply};
use crate::live::{ActivityKind, ActivityRecord, Event, Protocol};
use crate::security::AccessMask;
use crate::smb::settings::{Dialect, SmbContext};
use crate::smb::state::{IPC, Negotiated, Session, Tree, TreeTarget};
use crate::smb::status::NtStatus;
use crate::smb::wire::body::Body;
use crate::smb::wire::ids::TreeId;
use crate::smb::wire::tree_connect::{
    FLAG_ENCRYPT_DATA, FLAG_NO_CACHING, TYPE_DISK, TYPE_PIPE, TreeConnectRequest, TreeConnectResponse,
};
use crate::smb::wire::tree_disconnect::TreeDisconnectResponse;
use crate::vfs::VfsError;

/// No share has a longer name.
const LONGEST_SHOWN: usize = 80;

/// Connects a session to a share.
pub(crate) async fn handle(
    context: &SmbContext,
    negotiated: &Negotiated,
    session: &Arc<Session>,
    message: &[u8],
    encrypted: bool,
    reply: &mut Reply,
) -> Result<Arc<Tree>, Refusal> {
    let name = TreeConnectRequest::parse(message).and_then(|request| request.share_name());
    let name = name.map_err(|_| NtStatus::BAD_NETWORK_NAME)?;
    if name.eq_ignore_ascii_case(IPC) {
        let tree = connect(session, |id| Tree {
            id,
            target: TreeTarget::Pipes,
        })?;
        reply.respond(&TreeConnectResponse {
            share_type: TYPE_PIPE,
            share_flags: FLAG_NO_CACHING,
            capabilities: 0,
            maximal_access: AccessMask::ALL.bits(),
        });
        return Ok(tree);
    }
    let Some(share) = context.identity.share(&name) else {
        // Typed wrong on a device's panel: the device itself rarely says more than a number.
        let name: String = name
            .chars()
            .take(LONGEST_SHOWN)
            .filter(|c| !c.is_control())
            .collect();
        let message = format!("refused: there is no share named {name}");
        report(context, session, None, &message);
        return Err(NtStatus::BAD_NETWORK_NAME.into());
    };
    let can_encrypt = session.security.ciphers.is_some();
    if share.encrypt && !encrypted && !can_encrypt {
        report(
            context,
            session,
            Some(&share.name),
            "refused: this share wants encryption, and the client can't",
        );
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let view = context
        .engine
        .enter(share.id, Arc::clone(&session.caller))
        .await
        .map_err(|error| match error {
            VfsError::AccessDenied(_) => {
                let effective = context.identity.effective(session.principal(), &share);
                report(
                    context,
                    session,
                    Some(&share.name),
                    &format!("refused: {}", effective.why),
                );
                if share.hidden {
                    // Who may not enter it does not hear either that it is there.
                    NtStatus::BAD_NETWORK_NAME
                } else {
                    NtStatus::ACCESS_DENIED
                }
            }
            _ => NtStatus::BAD_NETWORK_NAME,
        })?;
    let share_flags = if share.encrypt && negotiated.dialect >= Some(Dialect::Smb300) {
        FLAG_ENCRYPT_DATA
    } else {
        0
    };
    let maximal = view.maximal_access();
    let tree = connect(session, |id| Tree {
        id,
        target: TreeTarget::Disk(view),
    })?;
    reply.respond(&TreeConnectResponse {
        share_type: TYPE_DISK,
        share_flags,
        capabilities: 0,
        maximal_access: maximal.bits(),
    });
    Ok(tree)
}

/// Ends a tree.
pub(crate) fn disconnect(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    if !call.session.disconnect_tree(call.tree.id) {
        return Err(NtStatus::NETWORK_NAME_DELETED.into());
    }
    reply.respond(&TreeDisconnectResponse);
    Ok(NtStatus::SUCCESS)
}

fn connect(session: &Session, make: impl FnOnce(TreeId) -> Tree) -> Result<Arc<Tree>, Refusal> {
    Ok(session.connect_tree(make)?)
}

fn report(context: &SmbContext, session: &Session, share: Option<&str>, message: &str) {
    context.events.send(Event::Activity(ActivityRecord {
        protocol: Some(Protocol::Smb),
        user: Some(session.principal().name.clone()),
        address: Some(session.live.address().ip()),
        share: share.map(str::to_owned),
        ..ActivityRecord::new(ActivityKind::AccessRefused, message)
    }));
}
