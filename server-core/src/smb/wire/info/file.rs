//! File information classes ([MS-FSCC] 2.4): what QUERY_INFO gives and SET_INFO takes.

use crate::smb::wire::cursor::{Malformed, u8_at, u32_at, u64_at, utf16_at};
use crate::vfs::{FileInfo, FileTime};

/// Class numbers.
#[allow(missing_docs)]
pub mod class {
    pub const DIRECTORY: u8 = 1;
    pub const FULL_DIRECTORY: u8 = 2;
    pub const BOTH_DIRECTORY: u8 = 3;
    pub const BASIC: u8 = 4;
    pub const STANDARD: u8 = 5;
    pub const INTERNAL: u8 = 6;
    pub const EA: u8 = 7;
    pub const ACCESS: u8 = 8;
    pub const NAME: u8 = 9;
    pub const RENAME: u8 = 10;
    pub const LINK: u8 = 11;
    pub const NAMES: u8 = 12;
    pub const DISPOSITION: u8 = 13;
    pub const POSITION: u8 = 14;
    pub const FULL_EA: u8 = 15;
    pub const MODE: u8 = 16;
    pub const ALIGNMENT: u8 = 17;
    pub const ALL: u8 = 18;
    pub const ALLOCATION: u8 = 19;
    pub const END_OF_FILE: u8 = 20;
    pub const ALTERNATE_NAME: u8 = 21;
    pub const STREAM: u8 = 22;
    pub const PIPE: u8 = 23;
    pub const PIPE_LOCAL: u8 = 24;
    pub const COMPRESSION: u8 = 28;
    pub const NETWORK_OPEN: u8 = 34;
    pub const ATTRIBUTE_TAG: u8 = 35;
    pub const ID_BOTH_DIRECTORY: u8 = 37;
    pub const ID_FULL_DIRECTORY: u8 = 38;
    pub const VALID_DATA_LENGTH: u8 = 39;
    pub const NORMALIZED_NAME: u8 = 48;
    pub const ID: u8 = 59;
    pub const ID_EXTD_DIRECTORY: u8 = 60;
    pub const DISPOSITION_EX: u8 = 64;
    pub const RENAME_EX: u8 = 65;
}

/// What FileAllInformation and its parts say besides [`FileInfo`].
#[derive(Debug, Clone, Copy)]
pub struct OpenDetails {
    /// The access granted to the open.
    pub access: u32,
    /// FilePositionInformation.
    pub position: u64,
    /// FileModeInformation.
    pub mode: u32,
}

/// FileBasicInformation.
pub fn basic(out: &mut Vec<u8>, info: &FileInfo) {
    for time in [info.created, info.accessed, info.modified, info.changed] {
        out.extend_from_slice(&time.0.to_le_bytes());
    }
    out.extend_from_slice(&info.attributes.bits().to_le_bytes());
    out.extend_from_slice(&0u32.to_le_bytes());
}

/// FileStandardInformation.
pub fn standard(out: &mut Vec<u8>, info: &FileInfo) {
    out.extend_from_slice(&info.allocation_size.to_le_bytes());
    out.extend_from_slice(&info.size.to_le_bytes());
    out.extend_from_slice(&info.links.to_le_bytes());
    out.extend_from_slice(&[u8::from(info.delete_pending), u8::from(info.is_directory()), 0, 0]);
}

/// FileInternalInformation.
pub fn internal(out: &mut Vec<u8>, info: &FileInfo) {
    out.extend_from_slice(&info.key.file.to_le_bytes());
}

/// FileNetworkOpenInformation.
pub fn network_open(out: &mut Vec<u8>, info: &FileInfo) {
    for time in [info.created, info.accessed, info.modified, info.changed] {
        out.extend_from_slice(&time.0.to_le_bytes());
    }
    out.extend_from_slice(&info.allocation_size.to_le_bytes());
    out.extend_from_slice(&info.size.to_le_bytes());
    out.extend_from_slice(&info.attributes.bits().to_le_bytes());
    out.extend_from_slice(&0u32.to_le_bytes());
}

/// FileNameInformation, FileNormalizedNameInformation, FileAlternateNameInformation.
pub fn name(out: &mut Vec<u8>, name: &str) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    let length = crate::smb::wire::cursor::put_utf16(out, name);
    out[at..at + 4].copy_from_slice(&u32::try_from(length).unwrap_or(0).to_le_bytes());
}

/// FileAllInformation.
pub fn all(out: &mut Vec<u8>, info: &FileInfo, details: &OpenDetails, path: &str) {
    basic(out, info);
    standard(out, info);
    internal(out, info);
    // EaSize.
    out.extend_from_slice(&0u32.to_le_bytes());
    out.extend_from_slice(&details.access.to_le_bytes());
    out.extend_from_slice(&details.position.to_le_bytes());
    out.extend_from_slice(&details.mode.to_le_bytes());
    // Byte alignment.
    out.extend_from_slice(&0u32.to_le_bytes());
    name(out, path);
}

/// FileStreamInformation: a file has its default stream, a folder none.
pub fn stream(out: &mut Vec<u8>, info: &FileInfo) {
    if info.is_directory() {
        return;
    }
    const DEFAULT: &str = "::$DATA";
    out.extend_from_slice(&0u32.to_le_bytes());
    out.extend_from_slice(&14u32.to_le_bytes());
    out.extend_from_slice(&info.size.to_le_bytes());
    out.extend_from_slice(&info.allocation_size.to_le_bytes());
    crate::smb::wire::cursor::put_utf16(out, DEFAULT);
}

/// FileBasicInformation as set: times of 0 are not given, -1 and -2 say "stop and start keeping it for me".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetBasic {
    /// Creation, access, modification, change.
    pub times: [Option<FileTime>; 4],
    /// FILE_ATTRIBUTE_*; 0 leaves them.
    pub attributes: u32,
}

impl SetBasic {
    /// Parses the buffer.
    ///
    /// # Errors
    /// Too short, or a time below -2.
    pub fn parse(buffer: &[u8]) -> Result<Self, Malformed> {
        let mut times = [None; 4];
        for (at, time) in times.iter_mut().enumerate() {
            *time = match u64_at(buffer, at * 8)?.cast_signed() {
                -2..=0 => None,
                value if value < 0 => return Err(Malformed),
                value => Some(FileTime(value.cast_unsigned())),
            };
        }
        Ok(Self {
            times,
            attributes: u32_at(buffer, 32)?,
        })
    }
}

/// FileRenameInformation and FileLinkInformation for SMB2 ([MS-FSCC] 2.4.42.2, 2.4.28.2).
#[derive(Debug, PartialEq, Eq)]
pub struct SetName {
    /// Replace what is there.
    pub replace: bool,
    /// Must be 0.
    pub root_directory: u64,
    /// The path in the share.
    pub name: Vec<u16>,
}

impl SetName {
    /// Parses the buffer.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &[u8]) -> Result<Self, Malformed> {
        let length = u32_at(buffer, 16)? as usize;
        Ok(Self {
            replace: u8_at(buffer, 0)? & 1 != 0,
            root_directory: u64_at(buffer, 8)?,
            name: utf16_at(buffer, 20, length)?,
        })
    }
}
