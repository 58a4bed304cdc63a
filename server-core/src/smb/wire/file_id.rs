//! SMB2_FILEID ([MS-SMB2] 2.2.14.1).

/// The 16-byte handle of an open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    /// Survives a lost connection (durable handles).
    pub persistent: u64,
    /// Valid in this session.
    pub volatile: u64,
}

impl FileId {
    /// All ones: "the file of the request before me in this compound".
    pub const RELATED: Self = Self {
        persistent: u64::MAX,
        volatile: u64::MAX,
    };
}
