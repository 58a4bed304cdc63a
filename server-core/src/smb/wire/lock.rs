//! LOCK ([MS-SMB2] 2.2.26, 2.2.27).

use super::body::{Body, Fields, plain_body};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::writer::Writer;

/// SMB2_LOCKFLAG_SHARED_LOCK.
pub const SHARED: u32 = 1;
/// SMB2_LOCKFLAG_EXCLUSIVE_LOCK.
pub const EXCLUSIVE: u32 = 2;
/// SMB2_LOCKFLAG_UNLOCK.
pub const UNLOCK: u32 = 4;
/// SMB2_LOCKFLAG_FAIL_IMMEDIATELY.
pub const FAIL_IMMEDIATELY: u32 = 0x10;

/// Bytes of a lock element.
const ELEMENT: usize = 24;

/// Locks or unlocks ranges of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRequest {
    /// LockSequenceNumber (the lowest four bits) and LockSequenceIndex, which tell a request sent again.
    pub lock_sequence: u32,
    /// Of which file.
    pub file_id: FileId,
    /// The ranges.
    pub locks: Vec<LockElement>,
}

/// A range ([MS-SMB2] 2.2.26.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockElement {
    /// From where in the file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// SMB2_LOCKFLAG_*.
    pub flags: u32,
}

impl Body<'_> for LockRequest {
    const STRUCTURE_SIZE: u16 = 48;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let lock_count = usize::from(fields.u16()?);
        let lock_sequence = fields.u32()?;
        let file_id = fields.file_id()?;
        let elements = fields.bytes(lock_count * ELEMENT)?;
        let locks = elements.chunks_exact(ELEMENT).map(|element| {
            let mut element = Fields::over(element);
            Ok(LockElement {
                offset: element.u64()?,
                length: element.u64()?,
                flags: element.u32()?,
            })
        });
        Ok(Self {
            lock_sequence,
            file_id,
            locks: locks.collect::<Result<_, _>>()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        let lock_count = out.place16();
        out.set(lock_count, self.locks.len());
        out.u32(self.lock_sequence);
        out.file_id(self.file_id);
        for lock in &self.locks {
            out.u64(lock.offset);
            out.u64(lock.length);
            out.u32(lock.flags);
            out.u32(0);
        }
    }
}

plain_body! {
    /// They are.
    LockResponse
}
