//! TREE_CONNECT ([MS-SMB2] 2.2.9, 2.2.10).

use super::cursor::{Malformed, u16_at, utf16_at};

const BODY: usize = 64;

/// SMB2_SHARE_TYPE_DISK.
pub const TYPE_DISK: u8 = 1;
/// SMB2_SHARE_TYPE_PIPE.
pub const TYPE_PIPE: u8 = 2;
/// SMB2_SHAREFLAG_NO_CACHING.
pub const FLAG_NO_CACHING: u32 = 0x30;
/// SMB2_SHAREFLAG_ENCRYPT_DATA.
pub const FLAG_ENCRYPT_DATA: u32 = 0x8000;

/// The share's name out of `\\server\share`; whatever the client calls the server is fine.
///
/// # Errors
/// Malformed, or not such a path.
pub fn parse_share_name(message: &[u8]) -> Result<String, Malformed> {
    if u16_at(message, BODY)? != 9 {
        return Err(Malformed);
    }
    let offset = usize::from(u16_at(message, BODY + 4)?);
    let length = usize::from(u16_at(message, BODY + 6)?);
    let path = String::from_utf16(&utf16_at(message, offset, length)?).map_err(|_| Malformed)?;
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

/// Appends a response body.
pub fn encode_response(out: &mut Vec<u8>, share_type: u8, flags: u32, maximal_access: u32) {
    out.extend_from_slice(&16u16.to_le_bytes());
    out.extend_from_slice(&[share_type, 0]);
    out.extend_from_slice(&flags.to_le_bytes());
    out.extend_from_slice(&0u32.to_le_bytes());
    out.extend_from_slice(&maximal_access.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &str) -> Vec<u8> {
        let path: Vec<u8> = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut message = vec![0; 64];
        for value in [9u16, 0, 72, u16::try_from(path.len()).unwrap()] {
            message.extend_from_slice(&value.to_le_bytes());
        }
        message.extend_from_slice(&path);
        message
    }

    #[test]
    fn the_share_is_what_follows_the_server() {
        assert_eq!(parse_share_name(&message(r"\\10.0.0.10\media")).unwrap(), "media");
        assert_eq!(parse_share_name(&message(r"\\srv\IPC$")).unwrap(), "IPC$");
        assert!(parse_share_name(&message(r"\\srv")).is_err());
        assert!(parse_share_name(&message(r"\\srv\a\b")).is_err());
    }
}
