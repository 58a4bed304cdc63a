//! Leases in the contexts of CREATE ([MS-SMB2] 2.2.13.2.8, 2.2.13.2.10, 2.2.14.2.10, 2.2.14.2.11).

use super::body::Fields;
use super::cursor::Malformed;
use super::ids::LeaseKey;
use super::writer::Writer;

/// SMB2_LEASE_READ_CACHING.
pub const LEASE_READ: u32 = 1;
/// SMB2_LEASE_HANDLE_CACHING.
pub const LEASE_HANDLE: u32 = 2;
/// SMB2_LEASE_WRITE_CACHING.
pub const LEASE_WRITE: u32 = 4;
/// SMB2_LEASE_FLAG_BREAK_IN_PROGRESS.
pub const LEASE_BREAK_IN_PROGRESS: u32 = 2;
/// SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET.
pub const LEASE_PARENT_KEY_SET: u32 = 4;

/// A lease as asked for or granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseContext {
    /// Which of the client's leases.
    pub lease_key: LeaseKey,
    /// [`LEASE_READ`], [`LEASE_HANDLE`], [`LEASE_WRITE`].
    pub lease_state: u32,
    /// [`LEASE_BREAK_IN_PROGRESS`], [`LEASE_PARENT_KEY_SET`].
    pub lease_flags: u32,
    /// What version 2 says besides.
    pub version_2: Option<LeaseVersion2>,
}

/// What a lease of version 2 says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeaseVersion2 {
    /// The lease of the folder, with [`LEASE_PARENT_KEY_SET`].
    pub parent_lease_key: LeaseKey,
    /// How often the lease's state has changed.
    pub epoch: u16,
}

impl LeaseContext {
    /// Bytes of version 1.
    const V1: usize = 32;

    /// Reads it; the length tells the version.
    ///
    /// # Errors
    /// Too short for either.
    pub fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(data);
        let lease_key = LeaseKey(fields.guid()?);
        let (lease_state, lease_flags) = (fields.u32()?, fields.u32()?);
        // LeaseDuration: reserved.
        fields.skip(8)?;
        let version_2 = if data.len() > Self::V1 {
            let version_2 = LeaseVersion2 {
                parent_lease_key: LeaseKey(fields.guid()?),
                epoch: fields.u16()?,
            };
            fields.skip(2)?;
            Some(version_2)
        } else {
            None
        };
        Ok(Self {
            lease_key,
            lease_state,
            lease_flags,
            version_2,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.bytes(&self.lease_key.0);
        out.u32(self.lease_state);
        out.u32(self.lease_flags);
        out.u64(0);
        if let Some(version_2) = &self.version_2 {
            out.bytes(&version_2.parent_lease_key.0);
            out.u16(version_2.epoch);
            out.u16(0);
        }
    }
}
