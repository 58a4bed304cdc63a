//! Files: opening, reading, writing, closing, and copying from one to another.

use russh_sftp::protocol::{OpenFlags, StatusCode};

use super::{Answer, Handle, Listing, MAX_DATA, Session, request};
use crate::security::AccessMask;
use crate::sftp::status::Refusal;
use crate::sftp::wire::{Reader, packet};
use crate::vfs::{CreateOptions, Disposition, OpenRequest, VfsError};

impl Session {
    pub(super) async fn open(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let path = reader.string()?;
        let flags = OpenFlags::from_bits_truncate(reader.u32()?);
        let attributes = reader.attributes()?;
        let inside = self.namespace.inside(path).await;
        if let Err(refusal) = &inside
            && flags.contains(OpenFlags::CREATE)
        {
            self.namespace.report(refusal);
        }
        let (view, path) = inside?;
        let mut access = AccessMask::READ_ATTRIBUTES;
        if flags.contains(OpenFlags::READ) {
            access |= AccessMask::READ_DATA;
        }
        if flags.intersects(OpenFlags::WRITE | OpenFlags::APPEND) {
            access |= AccessMask::WRITE_DATA | AccessMask::APPEND_DATA | AccessMask::WRITE_ATTRIBUTES;
        }
        let disposition = match (flags.contains(OpenFlags::CREATE), flags) {
            (true, flags) if flags.contains(OpenFlags::EXCLUDE) => Disposition::Create,
            (true, flags) if flags.contains(OpenFlags::TRUNCATE) => Disposition::OverwriteIf,
            (true, _) => Disposition::OpenIf,
            (false, flags) if flags.contains(OpenFlags::TRUNCATE) => Disposition::Overwrite,
            (false, _) => Disposition::Open,
        };
        let opened = view
            .open(OpenRequest {
                disposition,
                mode: Some(attributes.permissions.map_or(0o666, |mode| mode & 0o777)),
                append: flags.contains(OpenFlags::APPEND),
                ..request(&path, access, CreateOptions::NON_DIRECTORY_FILE)
            })
            .await?;
        self.add_handle(id, Handle::File(opened.open))
    }

    pub(super) async fn read(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let open = self.file(reader.string()?)?;
        let (offset, length) = (reader.u64()?, reader.u32()?.min(MAX_DATA));
        self.replies.begin(packet::DATA);
        self.replies.u32(id);
        self.replies.u32(0);
        let at = self.replies.bytes.len();
        let count = open
            .read_into(offset, length as usize, &mut self.replies.bytes)
            .await?;
        if count == 0 && length > 0 {
            self.replies.take_back();
            return Err(Refusal::end_of_file());
        }
        let count = u32::try_from(count).unwrap_or(0);
        self.replies.bytes[at - 4..at].copy_from_slice(&count.to_be_bytes());
        self.replies.end();
        Ok(())
    }

    pub(super) async fn write(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let open = self.file(reader.string()?)?;
        let offset = place_to_write(reader.u64()?)?;
        // OpenSSH's client remembers the last answer alone: what follows a part that was lost would make it whole.
        if let Some(why) = open.unwritten_before(offset) {
            return Err(Refusal::incomplete(&why));
        }
        open.write_at(offset, reader.string()?, false).await?;
        self.done(id)
    }

    pub(super) async fn close(&mut self, id: u32, handle: &[u8]) -> Answer {
        let number = handle
            .try_into()
            .map(u32::from_be_bytes)
            .map_err(|_| Refusal::bad_handle())?;
        match self.handles.remove(&number).ok_or_else(Refusal::bad_handle)? {
            Handle::File(open) => {
                let unwritten = open.unwritten_before(u64::MAX);
                open.close().await?;
                if let Some(why) = unwritten {
                    return Err(Refusal::incomplete(&why));
                }
            }
            Handle::Directory(Listing::Folder { open, .. }) => open.close().await?,
            Handle::Directory(Listing::Shares(_)) => {}
        }
        self.done(id)
    }

    pub(super) async fn copy_data(&mut self, id: u32, mut reader: Reader<'_>) -> Answer {
        let from = self.file(reader.string()?)?;
        let (mut offset, length) = (reader.u64()?, reader.u64()?);
        let to = self.file(reader.string()?)?;
        let mut target = place_to_write(reader.u64()?)?;
        if from.key() == to.key() {
            // What is appended would be copied in its turn, until the disk is full; OpenSSH refuses it too.
            return Err(Refusal::new(
                StatusCode::Failure,
                "a file can't be copied onto itself",
            ));
        }
        if let Some(why) = to.unwritten_before(target) {
            return Err(Refusal::incomplete(&why));
        }
        // 0 means "to the end".
        let mut left = if length == 0 { u64::MAX } else { length };
        while left > 0 {
            let copied = to.copy_piece_from(&from, offset, target, left).await?;
            if copied == 0 {
                break;
            }
            offset += copied;
            target += copied;
            left -= copied;
            // It may be long: the connection must be able to end meanwhile.
            tokio::task::yield_now().await;
        }
        self.done(id)
    }
}

/// An offset that a file can have; the largest number of all would mean "at the end" to the engine.
fn place_to_write(offset: u64) -> Result<u64, Refusal> {
    if offset > i64::MAX as u64 {
        Err(VfsError::InvalidParameter.into())
    } else {
        Ok(offset)
    }
}
