//! QUERY_DIRECTORY ([MS-SMB2] 3.3.5.18).

use std::sync::Arc;

use super::{Call, Outcome, Refusal, Reply, as_file};
use crate::smb::state::{Listing, OpenTarget};
use crate::smb::status::NtStatus;
use crate::smb::wire::cursor::pad_to;
use crate::smb::wire::info::directory::{DirectoryInformation, is_directory_class};
use crate::smb::wire::query_directory::{
    OutputHead, QueryDirectoryRequest, REOPEN, RESTART_SCANS, RETURN_SINGLE_ENTRY,
};
use crate::smb::wire::writer::Writer;
use crate::vfs::{DirectoryEntry, Open, Pattern};

/// As long as a name can be. Matching costs expression times name, for each entry of the folder.
const MAX_PATTERN: usize = 255;

/// Lists a folder.
pub(crate) async fn handle(
    call: &Call<'_>,
    request: &QueryDirectoryRequest<'_>,
    reply: &mut Reply,
) -> Outcome {
    let (class, flags, room) = (
        request.file_information_class,
        request.flags,
        request.output_buffer_length,
    );
    let file = call.file(reply)?;
    call.check_size(room)?;
    let open = as_file(file)?;
    if !open.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if !is_directory_class(class) {
        return Err(NtStatus::INVALID_INFO_CLASS.into());
    }
    if request.file_name.units().nth(MAX_PATTERN).is_some() {
        return Err(NtStatus::OBJECT_NAME_INVALID.into());
    }
    let pattern = request.file_name.to_text();
    let pattern = pattern.map_err(|_| NtStatus::OBJECT_NAME_INVALID)?;
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
    let head = OutputHead::begin(&mut reply.writer());
    let single = flags & RETURN_SINGLE_ENTRY != 0;
    fill(position, class, room as usize, single, reply).await?;
    head.end(&mut reply.writer());
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
        let information = DirectoryInformation {
            file: (&entry.info).into(),
            file_name: entry.name.as_str().into(),
        };
        information.encode(class, &mut Writer::here(&mut reply.buffer));
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
