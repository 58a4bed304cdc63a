//! CHANGE_NOTIFY ([MS-SMB2] 3.3.5.19): waits for changes in a folder.

use super::{Call, Outcome, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::change_notify::{
    ChangeNotifyRequest, ChangeNotifyResponse, FileNotifyInformation, WATCH_TREE,
};
use crate::smb::wire::writer::Writer;
use crate::vfs::{Change, Changes, NotifyFilter};

/// Bytes of changes kept for a watcher at most, as on Windows.
const MAX_ROOM: u32 = 64 * 1024;

/// Waits for changes, or for the end of the watch.
pub(crate) async fn handle(call: &Call<'_>, request: &ChangeNotifyRequest, reply: &mut Reply) -> Outcome {
    let room = request.output_buffer_length;
    let file = call.file(reply)?;
    let filter = NotifyFilter::from_bits_truncate(request.completion_filter);
    let open = as_file(file)?;
    if !open.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    call.check_size(room)?;
    let kept = room.min(MAX_ROOM) as usize;
    let changes = tokio::select! {
        biased;
        () = file.closed.cancelled() => {
            reply.respond(&ChangeNotifyResponse::default());
            return Ok(NtStatus::NOTIFY_CLEANUP);
        }
        changes = open.changes(request.flags & WATCH_TREE != 0, filter, kept) => changes?,
    };
    match changes {
        Changes::FolderGoes => Err(NtStatus::DELETE_PENDING.into()),
        Changes::TooMany => {
            reply.respond(&ChangeNotifyResponse::default());
            Ok(NtStatus::NOTIFY_ENUM_DIR)
        }
        Changes::These(changes) => {
            let encoded = encode(&changes);
            let fits = encoded.len() <= room as usize;
            let output_buffer: &[u8] = if fits { &encoded } else { &[] };
            reply.respond(&ChangeNotifyResponse { output_buffer });
            Ok(if fits {
                NtStatus::SUCCESS
            } else {
                NtStatus::NOTIFY_ENUM_DIR
            })
        }
    }
}

/// Changes, one after the other.
fn encode(changes: &[Change]) -> Vec<u8> {
    let changes = changes.iter().map(|change| FileNotifyInformation {
        action: change.action as u32,
        file_name: change.name.as_str().into(),
    });
    let mut out = Vec::new();
    FileNotifyInformation::encode_list(changes, &mut Writer::here(&mut out));
    out
}
