//! TREE_CONNECT ([MS-SMB2] 2.2.9, 2.2.10).

use super::body::{Body, Fields};
use super::cursor::Malformed;
use super::utf16::Utf16;
use super::writer::Writer;

/// SMB2_SHARE_TYPE_DISK.
pub const TYPE_DISK: u8 = 1;
/// SMB2_SHARE_TYPE_PIPE.
pub const TYPE_PIPE: u8 = 2;
/// SMB2_SHAREFLAG_NO_CACHING.
pub const FLAG_NO_CACHING: u32 = 0x30;
/// SMB2_SHAREFLAG_ENCRYPT_DATA.
pub const FLAG_ENCRYPT_DATA: u32 = 0x8000;

/// Enters a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeConnectRequest<'a> {
    /// SMB2_TREE_CONNECT_FLAG_*, in 3.1.1.
    pub flags: u16,
    /// `\\server\share`.
    pub path: Utf16<'a>,
}

impl TreeConnectRequest<'_> {
    /// The share's name out of the path; whatever the client calls the server is fine.
    ///
    /// # Errors
    /// The path is none of this kind.
    pub fn share_name(&self) -> Result<String, Malformed> {
        let path = self.path.to_text()?;
        let path = path.trim_end_matches('\0');
        let rest = path.strip_prefix(r"\\").ok_or(Malformed)?;
        let (_, share) = rest.split_once('\\').ok_or(Malformed)?;
        // Small clients end the path with a separator.
        let share = share.trim_end_matches('\\');
        if share.is_empty() || share.contains('\\') {
            Err(Malformed)
        } else {
            Ok(share.to_owned())
        }
    }
}

impl<'a> Body<'a> for TreeConnectRequest<'a> {
    const STRUCTURE_SIZE: u16 = 9;

    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let flags = fields.u16()?;
        let (offset, length) = (fields.u16()?, fields.u16()?);
        Ok(Self {
            flags,
            path: fields.text(offset, length)?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u16(self.flags);
        let (offset, length) = (out.place16(), out.place16());
        out.fill(offset, length, |out| out.utf16(self.path));
    }
}

/// The share was entered; its id is in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeConnectResponse {
    /// [`TYPE_DISK`] or [`TYPE_PIPE`].
    pub share_type: u8,
    /// SMB2_SHAREFLAG_*.
    pub share_flags: u32,
    /// SMB2_SHARE_CAP_*.
    pub capabilities: u32,
    /// ACCESS_MASK: what this person may ever get there.
    pub maximal_access: u32,
}

impl Body<'_> for TreeConnectResponse {
    const STRUCTURE_SIZE: u16 = 16;

    fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(message, Self::STRUCTURE_SIZE)?;
        let share_type = fields.u8()?;
        fields.skip(1)?;
        Ok(Self {
            share_type,
            share_flags: fields.u32()?,
            capabilities: fields.u32()?,
            maximal_access: fields.u32()?,
        })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.u16(Self::STRUCTURE_SIZE);
        out.u8(self.share_type);
        out.u8(0);
        out.u32(self.share_flags);
        out.u32(self.capabilities);
        out.u32(self.maximal_access);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(path: &str) -> Result<String, Malformed> {
        let request = TreeConnectRequest {
            flags: 0,
            path: path.into(),
        };
        request.share_name()
    }

    #[test]
    fn the_share_is_what_follows_the_server() {
        assert_eq!(share(r"\\10.0.0.10\media").unwrap(), "media");
        assert_eq!(share(r"\\srv\IPC$").unwrap(), "IPC$");
        assert!(share(r"\\srv").is_err());
        assert!(share(r"\\srv\a\b").is_err());
    }
}
