//! Named pipes: opening them ([MS-SMB2] 3.3.5.9), and what the services behind them tell this client.

use parking_lot::Mutex;

use super::create::respond;
use super::{Call, Outcome, Reply};
use crate::live::LimitKind;
use crate::smb::rpc::{Pipe, RpcContext, RpcShare, ShareKind};
use crate::smb::state::{IPC, NewOpen, OpenTarget};
use crate::smb::status::NtStatus;
use crate::smb::wire::create::CreateRequest;
use crate::smb::wire::create_contexts::CreateContextList;

/// Pipes of one session.
const MAX_PIPES: usize = 4;
/// CreateAction of what was there.
const FILE_OPENED: u32 = 1;

/// Opens a pipe.
pub(super) fn open(call: &Call<'_>, request: &CreateRequest<'_>, reply: &mut Reply) -> Outcome {
    let pipe = Pipe::open(&request.name.to_text_lossy()).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    if call.session.opens.pipes() >= MAX_PIPES {
        // Clients wait a moment then, and try again ([MS-CIFS] 2.2.2.4).
        return Err(NtStatus::PIPE_NOT_AVAILABLE.into());
    }
    let taken = call.session.live.usage().take(LimitKind::Pipes, 1)?;
    let file_id = call.session.opens.fresh_id();
    let target = OpenTarget::Pipe {
        pipe: Mutex::new(pipe),
        _taken: taken,
    };
    call.session.open(NewOpen {
        id: file_id,
        tree_id: call.tree.id,
        target,
        created_by: None,
        lease: None,
        durable: None,
        app_instance: None,
        create_action: FILE_OPENED,
        channel_sequence: call.channel_sequence,
    })?;
    reply.file_id = Some(file_id);
    respond(reply, file_id, FILE_OPENED, 0, None, &CreateContextList::new());
    Ok(NtStatus::SUCCESS)
}

impl Call<'_> {
    /// What the services tell: of shares those that this person may enter now.
    pub(super) fn services(&self) -> RpcContext {
        let shares = self.context.identity.enterable(self.session.principal());
        let listed = shares.into_iter().map(|share| RpcShare {
            path: format!("C:\\{}", share.name),
            name: share.name,
            comment: share.comment,
            kind: ShareKind::Disk,
            hidden: share.hidden,
        });
        let ipc = RpcShare {
            name: IPC.to_owned(),
            comment: "Remote IPC".to_owned(),
            path: String::new(),
            kind: ShareKind::Ipc,
            hidden: false,
        };
        RpcContext {
            server_name: self.context.settings.get().computer_name.clone(),
            shares: listed.chain([ipc]).collect(),
            now: std::time::SystemTime::now(),
        }
    }
}
