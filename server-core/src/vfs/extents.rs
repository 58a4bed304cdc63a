//! Ranges of a file's content: making holes, asking where there are none ([MS-FSA] 2.1.5.10.39, 2.1.5.10.22).

use std::io;
use std::ops::Range;

use super::error::VfsError;
use super::info::DosAttributes;
use super::metadata;
use super::open::Open;
use crate::security::AccessMask;

/// Zeroed at a time, where the disk has no short-cut.
const PIECE: u64 = 1 << 20;
/// Ranges told at once: more don't fit into an answer.
const MAX_RANGES: usize = 65_536;

impl Open {
    /// Marks the file as one that has holes, or as one that hasn't.
    ///
    /// # Errors
    /// NotGranted without a right to write; InvalidParameter for a folder.
    pub async fn set_sparse(&self, sparse: bool) -> Result<(), VfsError> {
        self.permit_any(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA | AccessMask::WRITE_ATTRIBUTES)?;
        if self.is_directory() {
            return Err(VfsError::InvalidParameter);
        }
        let path = self.path();
        metadata::set_sparse(self.store(), self.backend(), self.file(), path.name(), sparse).await
    }

    /// The parts of a range that are no holes. Of a file not marked as sparse, all of it.
    ///
    /// # Errors
    /// NotGranted without READ_DATA.
    pub async fn allocated_ranges(&self, offset: u64, length: u64) -> Result<Vec<Range<u64>>, VfsError> {
        self.permit(AccessMask::READ_DATA)?;
        if self.is_directory() {
            return Err(VfsError::InvalidParameter);
        }
        let info = self.info().await?;
        let end = offset.saturating_add(length).min(info.size);
        if offset >= end {
            return Ok(Vec::new());
        }
        if !info.attributes.contains(DosAttributes::SPARSE_FILE) {
            return Ok(std::iter::once(offset..end).collect());
        }
        Ok(self.file().allocated_ranges(offset..end, MAX_RANGES).await?)
    }

    /// Makes a range read as zeros; in a sparse file it then takes up no space. The size stays.
    ///
    /// # Errors
    /// NotGranted without WRITE_DATA; LockConflict.
    pub async fn zero(&self, range: Range<u64>) -> Result<(), VfsError> {
        self.permit(AccessMask::WRITE_DATA)?;
        if self.is_directory() {
            return Err(VfsError::InvalidParameter);
        }
        let info = self.info().await?;
        let range = range.start..range.end.min(info.size);
        if range.is_empty() {
            return Ok(());
        }
        let sparse = info.attributes.contains(DosAttributes::SPARSE_FILE);
        let change = self.change_content(range.clone())?;
        change.ended(self.zero_now(range, sparse).await)
    }

    pub(super) async fn zero_now(&self, range: Range<u64>, sparse: bool) -> io::Result<()> {
        if sparse && self.file().punch(range.clone()).await? {
            return Ok(());
        }
        let mut at = range.start;
        // Holes are zeros already: one request must not fill the disk because a file is as long as numbers go.
        while at < range.end {
            let allocated = self.file().allocated_ranges(at..range.end, MAX_RANGES).await?;
            at = allocated.last().map_or(range.end, |last| last.end);
            for range in allocated {
                self.write_zeros(range).await?;
            }
        }
        Ok(())
    }

    async fn write_zeros(&self, range: Range<u64>) -> io::Result<()> {
        let length = (range.end - range.start).min(PIECE);
        let zeros = vec![0; usize::try_from(length).unwrap_or(0)];
        let mut at = range.start;
        while at < range.end {
            let piece = (range.end - at).min(PIECE);
            let piece = &zeros[..usize::try_from(piece).unwrap_or(0)];
            self.file().write_at(at, piece).await?;
            at += piece.len() as u64;
        }
        Ok(())
    }
}
