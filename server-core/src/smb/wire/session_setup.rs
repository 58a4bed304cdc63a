//! SESSION_SETUP ([MS-SMB2] 2.2.5, 2.2.6).

use super::cursor::{Malformed, bytes_at, u8_at, u16_at, u64_at};

const BODY: usize = 64;

/// SMB2_SESSION_FLAG_BINDING.
pub const FLAG_BINDING: u8 = 1;
/// SMB2_SESSION_FLAG_IS_GUEST.
pub const IS_GUEST: u16 = 1;
/// SMB2_SESSION_FLAG_IS_NULL.
pub const IS_NULL: u16 = 2;
/// SMB2_SESSION_FLAG_ENCRYPT_DATA.
pub const ENCRYPT_DATA: u16 = 4;

/// One step of a log-in.
#[derive(Debug, Clone, Copy)]
pub struct SessionSetupRequest<'a> {
    /// Flags.
    pub flags: u8,
    /// Signing enabled (1), required (2).
    pub security_mode: u8,
    /// A session of before that the client lost.
    pub previous_session_id: u64,
    /// The SPNEGO or NTLMSSP token.
    pub token: &'a [u8],
}

impl<'a> SessionSetupRequest<'a> {
    /// Parses the message.
    ///
    /// # Errors
    /// Malformed.
    pub fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        if u16_at(message, BODY)? != 25 {
            return Err(Malformed);
        }
        let offset = usize::from(u16_at(message, BODY + 12)?);
        let length = usize::from(u16_at(message, BODY + 14)?);
        Ok(Self {
            flags: u8_at(message, BODY + 2)?,
            security_mode: u8_at(message, BODY + 3)?,
            previous_session_id: u64_at(message, BODY + 16)?,
            token: if length == 0 {
                &[]
            } else {
                bytes_at(message, offset, length)?
            },
        })
    }
}

/// Appends a response body; `start` is where the header begins.
pub fn encode_response(out: &mut Vec<u8>, start: usize, flags: u16, token: &[u8]) {
    let offset = u16::try_from(out.len() - start + 8).unwrap_or(0);
    out.extend_from_slice(&9u16.to_le_bytes());
    out.extend_from_slice(&flags.to_le_bytes());
    out.extend_from_slice(&offset.to_le_bytes());
    out.extend_from_slice(&u16::try_from(token.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(token);
}
