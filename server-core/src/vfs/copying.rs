//! Copying ranges of one file to another ([MS-SMB2] 3.3.5.15.6, the copy-data extension of SFTP). Holes stay holes: a file
//! may be as long as numbers go and take up a few blocks.

use std::io;
use std::ops::Range;

use super::error::VfsError;
use super::open::Open;
use crate::security::AccessMask;

/// Bytes, other than those of a hole, that are copied at a time. As many as a client may ask for in one request: what
/// overlaps its copy must be read whole first.
const PIECE: u64 = 1 << 20;

/// What of a range is copied at once: a hole, then data.
struct Piece {
    hole: Range<u64>,
    data: Range<u64>,
}

impl Open {
    /// Copies a range of another file to here; both may be one file.
    ///
    /// # Errors
    /// EndOfFile when the source is shorter; NotGranted, LockConflict, DiskFull.
    pub async fn copy_from(&self, source: &Self, from: u64, to: u64, length: u64) -> Result<(), VfsError> {
        let in_space = |start: u64| {
            start
                .checked_add(length)
                .is_some_and(|end| end <= i64::MAX as u64)
        };
        if !in_space(from) || !in_space(to) {
            return Err(VfsError::InvalidParameter);
        }
        self.permit_copy(source)?;
        if source.file().stat().await?.size < from + length {
            return Err(VfsError::EndOfFile);
        }
        let mut done = 0;
        while done < length {
            let copied = self.copy_piece_from(source, from + done, to + done, length - done);
            match copied.await? {
                0 => return Err(VfsError::EndOfFile),
                copied => done += copied,
            }
        }
        Ok(())
    }

    /// Copies what comes first in a range of another file: a hole as long as it is, and some data. Returns how much that
    /// was; 0 at or beyond the source's end. `to` is the end of this file where it was opened for append.
    ///
    /// # Errors
    /// NotGranted, LockConflict, DiskFull.
    pub async fn copy_piece_from(
        &self,
        source: &Self,
        from: u64,
        to: u64,
        length: u64,
    ) -> Result<u64, VfsError> {
        self.permit_copy(source)?;
        let itself = source.key() == self.key();
        let Some(piece) = source.first_piece(from, length, !itself).await? else {
            return Ok(0);
        };
        let length = piece.data.end - from;
        source.check_locks(from, length, false)?;
        let place = self.place_to_write(to).await?;
        let end = place.offset.checked_add(length);
        let end = end.filter(|end| *end <= i64::MAX as u64);
        let target = place.offset..end.ok_or(VfsError::InvalidParameter)?;
        let data = target.end - (piece.data.end - piece.data.start)..target.end;
        self.take_room(&data).await?;
        let change = self.change_content(target.clone())?;
        change.ended(self.copy_now(source, &piece, target).await)?;
        Ok(length)
    }

    fn permit_copy(&self, source: &Self) -> Result<(), VfsError> {
        source.permit_any(AccessMask::READ_DATA | AccessMask::EXECUTE)?;
        self.permit_any(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA)?;
        if source.is_directory() || self.is_directory() {
            return Err(VfsError::IsADirectory);
        }
        Ok(())
    }

    /// Within one file a hole could be made where data is that was not copied yet.
    async fn first_piece(&self, from: u64, length: u64, holes: bool) -> Result<Option<Piece>, VfsError> {
        let stat = self.file().stat().await?;
        let end = from.saturating_add(length).min(stat.size);
        if from >= end {
            return Ok(None);
        }
        let mut data = from..end;
        // Most files have no holes, and then nobody looks for them.
        if holes && stat.allocated < stat.size {
            // A disk may look for the end of the data page by page, so it is not asked for more than is copied now.
            let near = end.min(from + PIECE);
            let mut first = self.file().allocated_ranges(from..near, 1).await?;
            if first.is_empty() && near < end {
                first = self.file().allocated_ranges(near..end, 1).await?;
            }
            data = first.into_iter().next().unwrap_or(end..end);
        }
        data.end = data.end.min(data.start + PIECE);
        let hole = from..data.start;
        Ok(Some(Piece { hole, data }))
    }

    async fn copy_now(&self, source: &Self, piece: &Piece, target: Range<u64>) -> io::Result<()> {
        let Piece { hole, data } = piece;
        let at = target.start + (hole.end - hole.start);
        if !hole.is_empty() {
            let size = self.file().stat().await?.size;
            let there = target.start..at.min(size);
            if !there.is_empty() {
                self.zero_now(there, true).await?;
            }
            if data.is_empty() && size < at {
                // A byte, not the size: who writes behind it meanwhile must not be cut off.
                self.file().write_at(at - 1, &[0]).await?;
            }
        }
        let length = data.end - data.start;
        if length == 0 {
            return Ok(());
        }
        if source.key() != self.key() {
            let copied = self.file().copy_from(source.file(), data.start, at, length);
            if copied.await? {
                return Ok(());
            }
        }
        self.copy_through_memory(source, data.start, at, length).await
    }

    async fn copy_through_memory(&self, source: &Self, from: u64, to: u64, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut buffer = Vec::new();
        while buffer.len() < length {
            let at = from + buffer.len() as u64;
            let rest = length - buffer.len();
            if source.file().read_into(at, rest, &mut buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.file().write_at(to, &buffer).await
    }
}
