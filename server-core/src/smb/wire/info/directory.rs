//! Directory information classes ([MS-FSCC] 2.4.8 and its kin): one entry each.

use super::FileMetadata;
use super::file::class;
use crate::smb::wire::body::{Fields, entries};
use crate::smb::wire::cursor::Malformed;
use crate::smb::wire::times::FileTimes;
use crate::smb::wire::utf16::Utf16;
use crate::smb::wire::writer::Writer;

/// Whether a class number is one that lists folders.
pub fn is_directory_class(number: u8) -> bool {
    matches!(
        number,
        class::DIRECTORY
            | class::FULL_DIRECTORY
            | class::BOTH_DIRECTORY
            | class::NAMES
            | class::ID_BOTH_DIRECTORY
            | class::ID_FULL_DIRECTORY
            | class::ID_EXTD_DIRECTORY
    )
}

/// EaSize, ShortNameLength, Reserved, ShortName.
const SHORT_NAME: usize = 4 + 2 + 24;

/// An entry of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryInformation<'a> {
    /// What the class says of it: sizes, times, attributes and, in some, the id.
    pub file: FileMetadata,
    /// Its name.
    pub file_name: Utf16<'a>,
}

impl<'a> DirectoryInformation<'a> {
    /// Appends an entry with NextEntryOffset 0.
    pub fn encode(&self, number: u8, out: &mut Writer<'_>) {
        let file = &self.file;
        // NextEntryOffset, FileIndex.
        out.zeros(8);
        if number != class::NAMES {
            file.times.encode(out);
            out.u64(file.end_of_file);
            out.u64(file.allocation_size);
            out.u32(file.file_attributes);
        }
        let length = out.place32();
        match number {
            class::FULL_DIRECTORY => out.zeros(4),
            class::BOTH_DIRECTORY => out.zeros(SHORT_NAME),
            class::ID_BOTH_DIRECTORY => {
                out.zeros(SHORT_NAME + 2);
                out.u64(file.file_id);
            }
            class::ID_FULL_DIRECTORY => {
                out.zeros(4 + 4);
                out.u64(file.file_id);
            }
            class::ID_EXTD_DIRECTORY => {
                // EaSize, ReparsePointTag, and a 128-bit id.
                out.zeros(8);
                out.u64(file.file_id);
                out.zeros(8);
            }
            _ => {}
        }
        out.measure(length, |out| out.utf16(self.file_name));
    }

    /// Reads entries of a class, one after the other.
    ///
    /// # Errors
    /// No such class; one of them reaches beyond `buffer`, or leads nowhere.
    pub fn list(number: u8, buffer: &'a [u8]) -> Result<Vec<Self>, Malformed> {
        if !is_directory_class(number) {
            return Err(Malformed);
        }
        entries(buffer, 8, |fields| Self::take(number, fields))
    }

    /// All but NextEntryOffset.
    fn take(number: u8, fields: &mut Fields<'a>) -> Result<Self, Malformed> {
        // FileIndex.
        fields.skip(4)?;
        let mut file = FileMetadata::default();
        if number != class::NAMES {
            file.times = FileTimes::parse(fields)?;
            file.end_of_file = fields.u64()?;
            file.allocation_size = fields.u64()?;
            file.file_attributes = fields.u32()?;
        }
        let length = fields.u32()? as usize;
        match number {
            class::FULL_DIRECTORY => fields.skip(4)?,
            class::BOTH_DIRECTORY => fields.skip(SHORT_NAME)?,
            class::ID_BOTH_DIRECTORY => {
                fields.skip(SHORT_NAME + 2)?;
                file.file_id = fields.u64()?;
            }
            class::ID_FULL_DIRECTORY => {
                fields.skip(4 + 4)?;
                file.file_id = fields.u64()?;
            }
            class::ID_EXTD_DIRECTORY => {
                fields.skip(8)?;
                file.file_id = fields.u64()?;
                fields.skip(8)?;
            }
            _ => {}
        }
        let file_name = Utf16::from_bytes(fields.bytes(length)?)?;
        Ok(Self { file, file_name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fixed parts as [MS-FSCC] lays them out.
    #[test]
    fn entries_have_the_specified_sizes() {
        let entry = DirectoryInformation {
            file: FileMetadata {
                end_of_file: 5,
                ..FileMetadata::default()
            },
            file_name: "ab".into(),
        };
        for (number, fixed) in [
            (class::DIRECTORY, 64),
            (class::FULL_DIRECTORY, 68),
            (class::BOTH_DIRECTORY, 94),
            (class::NAMES, 12),
            (class::ID_BOTH_DIRECTORY, 104),
            (class::ID_FULL_DIRECTORY, 80),
            (class::ID_EXTD_DIRECTORY, 88),
        ] {
            let mut out = Vec::new();
            entry.encode(number, &mut Writer::here(&mut out));
            assert_eq!(out.len(), fixed + 4, "class {number}");
            assert_eq!(&out[fixed..], [b'a', 0, b'b', 0], "class {number}");
        }
    }
}
