//! QUERY_DIRECTORY ([MS-SMB2] 3.3.5.18).

use std::sync::Arc;

use super::{Call, Outcome, Refusal, Reply, as_file};
use crate::smb::state::{Listing, OpenTarget};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::{pad_to, u8_at, u16_at, u32_at, utf16_at};
use crate::smb::wire::header::HEADER_SIZE;
use crate::smb::wire::info::directory::{encode, is_directory_class};
use crate::vfs::{DirectoryEntry, Open, Pattern};

const RESTART_SCANS: u8 = 0x01;
const RETURN_SINGLE_ENTRY: u8 = 0x02;
const REOPEN: u8 = 0x10;
/// As long as a name can be. Matching costs expression times name, for each entry of the folder.
const MAX_PATTERN: usize = 255;
/// Bytes of the response before the entries.
const RESPONSE: usize = 8;

/// Lists a folder.
pub(crate) async fn handle(call: &Call<'_>, reply: &mut Reply) -> Outcome {
    call.structure_size(33)?;
    let class = u8_at(call.message, HEADER_SIZE + 2)?;
    let flags = u8_at(call.message, HEADER_SIZE + 3)?;
    let file = call.file(reply)?;
    let name_offset = usize::from(u16_at(call.message, HEADER_SIZE + 24)?);
    let name_length = usize::from(u16_at(call.message, HEADER_SIZE + 26)?);
    let room = u32_at(call.message, HEADER_SIZE + 28)?;
    call.check_size(room)?;
    let open = as_file(file)?;
    if !open.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if !is_directory_class(class) {
        return Err(NtStatus::INVALID_INFO_CLASS.into());
    }
    let pattern = if name_length == 0 {
        Vec::new()
    } else {
        utf16_at(call.message, name_offset, name_length)?
    };
    if pattern.len() > MAX_PATTERN {
        return Err(NtStatus::OBJECT_NAME_INVALID.into());
    }
    let pattern = String::from_utf16(&pattern).map_err(|_| NtStatus::OBJECT_NAME_INVALID)?;
    let OpenTarget::File { listing, .. } = &file.target else {
        return Err(NtStatus::INVALID_PARAMETER.into());
    };
    let mut listing = listing.lock().await;
    if listing.is_none() || flags & (RESTART_SCANS | REOPEN) != 0 {
        *listing = Some(begin(open, &pattern).await?);
    }
    let Some(position) = listing.as_mut() else {
        return Err(NtStatus::NO_MORE_FILES.into());
    };
    let body = reply.buffer.len();
    reply.put_u16(9);
    let offset = u16::try_from(body - reply.start + RESPONSE).unwrap_or(0);
    reply.put_u16(offset);
    reply.put_u32(0);
    let single = flags & RETURN_SINGLE_ENTRY != 0;
    fill(position, class, room as usize, single, reply).await?;
    let length = u32::try_from(reply.buffer.len() - body - RESPONSE).unwrap_or(0);
    reply.buffer[body + 4..body + 8].copy_from_slice(&length.to_le_bytes());
    Ok(NtStatus::SUCCESS)
}

async fn begin(open: &Arc<Open>, pattern: &str) -> Result<Listing, Refusal> {
    let pattern = Pattern::new(pattern);
    let scan = open.scan(&pattern).await?;
    let mut waiting = Vec::new();
    // Taken from the end: ".." waits below ".".
    for name in ["..", "."] {
        if pattern.matches(name) {
            waiting.push(DirectoryEntry {
                name: name.to_owned(),
                info: open.info().await?,
            });
        }
    }
    Ok(Listing {
        scan,
        waiting,
        started: false,
    })
}

/// Appends entries while they fit.
async fn fill(
    position: &mut Listing,
    class: u8,
    room: usize,
    single: bool,
    reply: &mut Reply,
) -> Result<(), Refusal> {
    let begin = reply.buffer.len();
    let mut last: Option<usize> = None;
    loop {
        let entry = match position.waiting.pop() {
            Some(entry) => entry,
            None => match position.scan.next().await {
                Some(entry) => entry?,
                None => break,
            },
        };
        let before = reply.buffer.len();
        if last.is_some() {
            pad_to(&mut reply.buffer, begin, 8);
        }
        let at = reply.buffer.len();
        encode(&mut reply.buffer, class, &entry);
        if reply.buffer.len() - begin > room {
            reply.buffer.truncate(before);
            position.waiting.push(entry);
            if last.is_none() {
                return Err(NtStatus::INFO_LENGTH_MISMATCH.into());
            }
            break;
        }
        if let Some(last) = last {
            let next = u32::try_from(at - last).unwrap_or(0);
            reply.buffer[last..last + 4].copy_from_slice(&next.to_le_bytes());
        }
        // FileIndex stays 0: positions are kept by the open.
        last = Some(at);
        if single {
            break;
        }
    }
    let started = std::mem::replace(&mut position.started, true);
    match last {
        Some(_) => Ok(()),
        None if started => Err(NtStatus::NO_MORE_FILES.into()),
        None => Err(NtStatus::NO_SUCH_FILE.into()),
    }
}
