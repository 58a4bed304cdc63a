//! SESSION_SETUP ([MS-SMB2] 2.2.5, 2.2.6).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::ids::SessionId;
use super::writer::Writer;

/// SMB2_SESSION_FLAG_BINDING.
pub const FLAG_BINDING: u8 = 1;
/// SMB2_SESSION_FLAG_IS_GUEST.
pub const IS_GUEST: u16 = 1;
/// SMB2_SESSION_FLAG_IS_NULL.
pub const IS_NULL: u16 = 2;
/// SMB2_SESSION_FLAG_ENCRYPT_DATA.
pub const ENCRYPT_DATA: u16 = 4;

/// One step of a log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionSetupRequest<'a> {
    /// [`FLAG_BINDING`], or 0.
    pub flags: u8,
    /// Signing enabled (1), required (2).
    pub security_mode: u8,
    /// SMB2_GLOBAL_CAP_*.
    pub capabilities: u32,
    /// Not used; 0.
    pub channel: u32,
    /// A session of before that the client lost; [`SessionId::NONE`] for none.
    pub previous_session_id: SessionId,
    /// The SPNEGO or NTLMSSP token.
    pub security_buffer: &'a [u8],
}

impl<'a> Body<'a> for SessionSetupRequest<'a> {
    const STRUCTURE_SIZE: u16 = 25;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let (flags, security_mode) = (fields.u8()?, fields.u8()?);
        let (capabilities, channel) = (fields.u32()?, fields.u32()?);
        let (offset, length) = (fields.u16()?, fields.u16()?);
        Ok(Self {
            flags,
            security_mode,
            capabilities,
            channel,
            previous_session_id: SessionId(fields.u64()?),
            security_buffer: fields.range(offset, length)?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.flags);
        out.u8(self.security_mode);
        out.u32(self.capabilities);
        out.u32(self.channel);
        let (offset, length) = (out.place16(), out.place16());
        out.u64(self.previous_session_id.0);
        out.fill(offset, length, |out| out.bytes(self.security_buffer));
    }
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionSetupResponse<'a> {
    /// [`IS_GUEST`], [`IS_NULL`], [`ENCRYPT_DATA`].
    pub session_flags: u16,
    /// The SPNEGO or NTLMSSP token.
    pub security_buffer: &'a [u8],
}

impl<'a> Body<'a> for SessionSetupResponse<'a> {
    const STRUCTURE_SIZE: u16 = 9;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let session_flags = fields.u16()?;
        let (offset, length) = (fields.u16()?, fields.u16()?);
        Ok(Self {
            session_flags,
            security_buffer: fields.range(offset, length)?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(self.session_flags);
        let (offset, length) = (out.place16(), out.place16());
        out.fill(offset, length, |out| out.bytes(self.security_buffer));
    }
}
