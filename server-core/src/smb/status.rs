//! NTSTATUS values ([MS-ERREF] 2.3.1) and the one table that turns engine errors into them.

/// An NTSTATUS.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NtStatus(pub u32);

impl NtStatus {
    /// STATUS_SUCCESS.
    pub const SUCCESS: Self = Self(0x0000_0000);
    /// STATUS_PENDING.
    pub const PENDING: Self = Self(0x0000_0103);
    /// STATUS_INVALID_PARAMETER.
    pub const INVALID_PARAMETER: Self = Self(0xC000_000D);
    /// STATUS_FILE_CLOSED.
    pub const FILE_CLOSED: Self = Self(0xC000_0128);
}

impl std::fmt::Debug for NtStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NtStatus({:#010x})", self.0)
    }
}
