//! CHANGE_NOTIFY ([MS-SMB2] 3.3.5.19): waits for changes in a folder.

use super::{Call, Outcome, Reply, as_file};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{pad_to, u16_at, u32_at};
use crate::smb::wire::header::HEADER_SIZE;
use crate::vfs::{Change, Changes, NotifyFilter};

/// SMB2_WATCH_TREE.
const WATCH_TREE: u16 = 1;
/// Bytes of the response before the changes.
const RESPONSE: usize = 8;
/// Bytes of changes kept for a watcher at most, as on Windows.
const MAX_ROOM: u32 = 64 * 1024;

/// Waits for changes, or for the end of the watch.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(32)?;
    let flags = u16_at(call.message, HEADER_SIZE + 2)?;
    let room = u32_at(call.message, HEADER_SIZE + 4)?;
    let file = call.file(reply)?;
    let filter = NotifyFilter::from_bits_truncate(u32_at(call.message, HEADER_SIZE + 24)?);
    let open = as_file(file)?;
    if !open.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    call.check_size(room)?;
    let kept = room.min(MAX_ROOM) as usize;
    let changes = tokio::select! {
        biased;
        () = file.closed.cancelled() => {
            put(reply, &[]);
            return Ok(NtStatus::NOTIFY_CLEANUP);
        }
        changes = open.changes(flags & WATCH_TREE != 0, filter, kept) => changes?,
    };
    match changes {
        Changes::FolderGoes => Err(NtStatus::DELETE_PENDING.into()),
        Changes::TooMany => {
            put(reply, &[]);
            Ok(NtStatus::NOTIFY_ENUM_DIR)
        }
        Changes::These(changes) => {
            let encoded = encode(&changes);
            let fits = encoded.len() <= room as usize;
            put(reply, if fits { &encoded } else { &[] });
            Ok(if fits {
                NtStatus::SUCCESS
            } else {
                NtStatus::NOTIFY_ENUM_DIR
            })
        }
    }
}

/// FILE_NOTIFY_INFORMATION ([MS-FSCC] 2.7.1), one after the other.
fn encode(changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = 0;
    for (at, change) in changes.iter().enumerate() {
        if at > 0 {
            pad_to(&mut out, 0, 4);
            let next = u32::try_from(out.len() - last).unwrap_or(0);
            out[last..last + 4].copy_from_slice(&next.to_le_bytes());
            last = out.len();
        }
        let name: Vec<u8> = change.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for value in [0, change.action as u32, u32::try_from(name.len()).unwrap_or(0)] {
            out.extend_from_slice(&value.to_le_bytes());
        }
        out.extend_from_slice(&name);
    }
    out
}

fn put(reply: &mut Reply, changes: &[u8]) {
    reply.put_u16(9);
    let offset = if changes.is_empty() {
        0
    } else {
        HEADER_SIZE + RESPONSE
    };
    reply.put_u16(u16::try_from(offset).unwrap_or(0));
    reply.put_u32(u32::try_from(changes.len()).unwrap_or(0));
    if changes.is_empty() {
        reply.put(&[0]);
    } else {
        reply.put(changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::ChangeAction;

    #[test]
    fn changes_follow_each_other_on_four_byte_boundaries() {
        let change = |action, name: &str| Change {
            action,
            name: name.to_owned(),
        };
        let bytes = encode(&[
            change(ChangeAction::RenamedOldName, "a"),
            change(ChangeAction::RenamedNewName, "bc"),
        ]);
        assert_eq!(bytes[..4], 16u32.to_le_bytes());
        assert_eq!(bytes[4..8], 4u32.to_le_bytes());
        assert_eq!(bytes[16..20], 0u32.to_le_bytes());
        assert_eq!(bytes[20..24], 5u32.to_le_bytes());
        assert_eq!(bytes[24..28], 4u32.to_le_bytes());
        assert_eq!(bytes[28..], [b'b', 0, b'c', 0]);
    }
}
