//! SMB2_FILEID ([MS-SMB2] 2.2.14.1).

use super::cursor::{Malformed, u64_at};
use super::ids::{PersistentId, VolatileId};

/// The 16-byte handle of an open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    /// Survives a lost connection (durable handles).
    pub persistent: PersistentId,
    /// Valid in this session.
    pub volatile: VolatileId,
}

impl FileId {
    /// All ones: "the file of the request before me in this compound".
    pub const RELATED: Self = Self {
        persistent: PersistentId(u64::MAX),
        volatile: VolatileId(u64::MAX),
    };

    /// Reads one.
    ///
    /// # Errors
    /// Beyond the message.
    pub fn parse(message: &[u8], offset: usize) -> Result<Self, Malformed> {
        Ok(Self {
            persistent: PersistentId(u64_at(message, offset)?),
            volatile: VolatileId(u64_at(message, offset + 8)?),
        })
    }

    /// Its bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.persistent.0.to_le_bytes());
        bytes[8..].copy_from_slice(&self.volatile.0.to_le_bytes());
        bytes
    }
}
