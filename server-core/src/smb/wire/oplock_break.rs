//! OPLOCK_BREAK for oplocks ([MS-SMB2] 2.2.23.1, 2.2.24.1, 2.2.25.1) and for leases (2.2.23.2, 2.2.24.2, 2.2.25.2).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::file_id::FileId;
use super::ids::LeaseKey;
use super::writer::Writer;

/// What the notification of an oplock's break, its acknowledgment and the answer to that all look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OplockBreak {
    /// SMB2_OPLOCK_LEVEL_*: what is left of it.
    pub oplock_level: u8,
    /// Of which open.
    pub file_id: FileId,
}

impl Body<'_> for OplockBreak {
    const STRUCTURE_SIZE: u16 = 24;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let oplock_level = fields.u8()?;
        fields.skip(5)?;
        Ok(Self {
            oplock_level,
            file_id: fields.file_id()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.oplock_level);
        out.zeros(5);
        out.file_id(self.file_id);
    }
}

/// SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED.
pub const LEASE_ACK_REQUIRED: u32 = 1;

/// The notification of a lease's break ([MS-SMB2] 2.2.23.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseBreakNotification {
    /// How often the lease's state has changed; 0 for a lease of version 1.
    pub new_epoch: u16,
    /// [`LEASE_ACK_REQUIRED`], or 0.
    pub flags: u32,
    /// Whose lease, of the client's.
    pub lease_key: LeaseKey,
    /// SMB2_LEASE_*: what it was.
    pub current_lease_state: u32,
    /// SMB2_LEASE_*: what is left of it.
    pub new_lease_state: u32,
}

impl Body<'_> for LeaseBreakNotification {
    const STRUCTURE_SIZE: u16 = 44;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let notification = Self {
            new_epoch: fields.u16()?,
            flags: fields.u32()?,
            lease_key: LeaseKey(fields.guid()?),
            current_lease_state: fields.u32()?,
            new_lease_state: fields.u32()?,
        };
        // BreakReason, AccessMaskHint, ShareMaskHint: reserved.
        fields.skip(12)?;
        Ok(notification)
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(self.new_epoch);
        out.u32(self.flags);
        out.bytes(&self.lease_key.0);
        out.u32(self.current_lease_state);
        out.u32(self.new_lease_state);
        out.zeros(12);
    }
}

/// The acknowledgment of a lease's break, and the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseBreak {
    /// Reserved.
    pub flags: u32,
    /// Whose lease, of the client's.
    pub lease_key: LeaseKey,
    /// SMB2_LEASE_*: what is left of it.
    pub lease_state: u32,
}

impl Body<'_> for LeaseBreak {
    const STRUCTURE_SIZE: u16 = 36;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        fields.skip(2)?;
        let acknowledgment = Self {
            flags: fields.u32()?,
            lease_key: LeaseKey(fields.guid()?),
            lease_state: fields.u32()?,
        };
        // LeaseDuration: reserved.
        fields.skip(8)?;
        Ok(acknowledgment)
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(0);
        out.u32(self.flags);
        out.bytes(&self.lease_key.0);
        out.u32(self.lease_state);
        out.u64(0);
    }
}
