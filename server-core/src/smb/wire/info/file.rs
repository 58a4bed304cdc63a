//! File information classes ([MS-FSCC] 2.4): what QUERY_INFO gives and SET_INFO takes.

use crate::smb::wire::body::{Fields, encode_entries, entries};
use crate::smb::wire::cursor::Malformed;
use crate::smb::wire::times::FileTimes;
use crate::smb::wire::utf16::Utf16;
use crate::smb::wire::writer::Writer;

use super::FileMetadata;

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

/// FileBasicInformation ([MS-FSCC] 2.4.7). As set, a time of 0 is not given, and -1 and -2 say "stop and start
/// keeping it for me"; attributes of 0 leave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileBasicInformation {
    /// The file's times.
    pub times: FileTimes,
    /// FILE_ATTRIBUTE_*.
    pub file_attributes: u32,
}

impl FileBasicInformation {
    /// Of a file.
    pub fn of(file: &FileMetadata) -> Self {
        Self {
            times: file.times,
            file_attributes: file.file_attributes,
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &[u8]) -> Result<Self, Malformed> {
        Self::take(&mut Fields::over(buffer))
    }

    fn take(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            times: FileTimes::parse(fields)?,
            file_attributes: fields.u32()?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        self.times.encode(out);
        out.u32(self.file_attributes);
        out.u32(0);
    }
}

/// FileStandardInformation ([MS-FSCC] 2.4.47).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStandardInformation {
    /// Bytes that the file takes on disk.
    pub allocation_size: u64,
    /// Its size in bytes.
    pub end_of_file: u64,
    /// Its hard links.
    pub number_of_links: u32,
    /// It is deleted when it is closed.
    pub delete_pending: bool,
    /// It is a folder.
    pub directory: bool,
}

impl FileStandardInformation {
    /// Of a file.
    pub fn of(file: &FileMetadata) -> Self {
        Self {
            allocation_size: file.allocation_size,
            end_of_file: file.end_of_file,
            number_of_links: file.number_of_links,
            delete_pending: file.delete_pending,
            directory: file.directory,
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &[u8]) -> Result<Self, Malformed> {
        Self::take(&mut Fields::over(buffer))
    }

    fn take(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let information = Self {
            allocation_size: fields.u64()?,
            end_of_file: fields.u64()?,
            number_of_links: fields.u32()?,
            delete_pending: fields.u8()? != 0,
            directory: fields.u8()? != 0,
        };
        fields.skip(2)?;
        Ok(information)
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u64(self.allocation_size);
        out.u64(self.end_of_file);
        out.u32(self.number_of_links);
        out.u8(self.delete_pending.into());
        out.u8(self.directory.into());
        out.u16(0);
    }
}

/// FileNetworkOpenInformation ([MS-FSCC] 2.4.33).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileNetworkOpenInformation {
    /// The file's times.
    pub times: FileTimes,
    /// Bytes that it takes on disk.
    pub allocation_size: u64,
    /// Its size in bytes.
    pub end_of_file: u64,
    /// FILE_ATTRIBUTE_*.
    pub file_attributes: u32,
}

impl FileNetworkOpenInformation {
    /// Of a file.
    pub fn of(file: &FileMetadata) -> Self {
        Self {
            times: file.times,
            allocation_size: file.allocation_size,
            end_of_file: file.end_of_file,
            file_attributes: file.file_attributes,
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(buffer);
        Ok(Self {
            times: FileTimes::parse(&mut fields)?,
            allocation_size: fields.u64()?,
            end_of_file: fields.u64()?,
            file_attributes: fields.u32()?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        self.times.encode(out);
        out.u64(self.allocation_size);
        out.u64(self.end_of_file);
        out.u32(self.file_attributes);
        out.u32(0);
    }
}

/// FileNameInformation, FileNormalizedNameInformation, FileAlternateNameInformation ([MS-FSCC] 2.1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileNameInformation<'a> {
    /// A path or a name.
    pub file_name: Utf16<'a>,
}

impl<'a> FileNameInformation<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &'a [u8]) -> Result<Self, Malformed> {
        Self::take(&mut Fields::over(buffer))
    }

    fn take(fields: &mut Fields<'a>) -> Result<Self, Malformed> {
        let length = fields.u32()? as usize;
        Ok(Self {
            file_name: Utf16::from_bytes(fields.bytes(length)?)?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        let length = out.place32();
        out.measure(length, |out| out.utf16(self.file_name));
    }
}

/// FileAllInformation ([MS-FSCC] 2.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileAllInformation<'a> {
    /// FileBasicInformation.
    pub basic: FileBasicInformation,
    /// FileStandardInformation.
    pub standard: FileStandardInformation,
    /// FileInternalInformation: the file's id on its volume.
    pub index_number: u64,
    /// FileEaInformation: bytes of extended attributes.
    pub ea_size: u32,
    /// FileAccessInformation: ACCESS_MASK of the open.
    pub access_flags: u32,
    /// FilePositionInformation.
    pub current_byte_offset: u64,
    /// FileModeInformation.
    pub mode: u32,
    /// FileAlignmentInformation.
    pub alignment_requirement: u32,
    /// FileNameInformation.
    pub name: FileNameInformation<'a>,
}

impl<'a> FileAllInformation<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(buffer);
        Ok(Self {
            basic: {
                let basic = FileBasicInformation::take(&mut fields)?;
                fields.skip(4)?;
                basic
            },
            standard: FileStandardInformation::take(&mut fields)?,
            index_number: fields.u64()?,
            ea_size: fields.u32()?,
            access_flags: fields.u32()?,
            current_byte_offset: fields.u64()?,
            mode: fields.u32()?,
            alignment_requirement: fields.u32()?,
            name: FileNameInformation::take(&mut fields)?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        self.basic.encode(out);
        self.standard.encode(out);
        out.u64(self.index_number);
        out.u32(self.ea_size);
        out.u32(self.access_flags);
        out.u64(self.current_byte_offset);
        out.u32(self.mode);
        out.u32(self.alignment_requirement);
        self.name.encode(out);
    }
}

/// One entry of FileStreamInformation ([MS-FSCC] 2.4.49).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStreamInformation<'a> {
    /// The stream's size in bytes.
    pub stream_size: u64,
    /// Bytes that it takes on disk.
    pub stream_allocation_size: u64,
    /// Its name, as `:name:$DATA`.
    pub stream_name: Utf16<'a>,
}

impl<'a> FileStreamInformation<'a> {
    /// The stream that every file has and no folder.
    pub fn default_of(file: &FileMetadata) -> Option<Self> {
        (!file.directory).then(|| Self {
            stream_size: file.end_of_file,
            stream_allocation_size: file.allocation_size,
            stream_name: "::$DATA".into(),
        })
    }

    /// Reads entries one after the other.
    ///
    /// # Errors
    /// One reaches beyond `buffer`, or leads nowhere.
    pub fn list(buffer: &'a [u8]) -> Result<Vec<Self>, Malformed> {
        entries(buffer, 8, |fields| {
            let length = fields.u32()? as usize;
            Ok(Self {
                stream_size: fields.u64()?,
                stream_allocation_size: fields.u64()?,
                stream_name: Utf16::from_bytes(fields.bytes(length)?)?,
            })
        })
    }

    /// Appends entries one after the other, from `out`'s beginning on.
    pub fn encode_list(streams: impl IntoIterator<Item = Self>, out: &mut Writer<'_>) {
        encode_entries(streams, 8, out, |stream, out| {
            let length = out.place32();
            out.u64(stream.stream_size);
            out.u64(stream.stream_allocation_size);
            out.measure(length, |out| out.utf16(stream.stream_name));
        });
    }
}

/// FileRenameInformation and FileLinkInformation for SMB2 ([MS-FSCC] 2.4.42.2, 2.4.28.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRenameInformation<'a> {
    /// Replace what is there.
    pub replace_if_exists: bool,
    /// Must be 0.
    pub root_directory: u64,
    /// The path in the share.
    pub file_name: Utf16<'a>,
}

impl<'a> FileRenameInformation<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// Too short.
    pub fn parse(buffer: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::over(buffer);
        let replace_if_exists = fields.u8()? & 1 != 0;
        fields.skip(7)?;
        let (root_directory, length) = (fields.u64()?, fields.u32()? as usize);
        Ok(Self {
            replace_if_exists,
            root_directory,
            file_name: Utf16::from_bytes(fields.bytes(length)?)?,
        })
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Writer<'_>) {
        out.u8(self.replace_if_exists.into());
        out.zeros(7);
        out.u64(self.root_directory);
        let length = out.place32();
        out.measure(length, |out| out.utf16(self.file_name));
    }
}
