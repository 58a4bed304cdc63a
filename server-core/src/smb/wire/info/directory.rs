//! Directory information classes ([MS-FSCC] 2.4.8 and its kin): one entry each.

use super::file::class;
use crate::smb::wire::cursor::put_utf16;
use crate::vfs::DirectoryEntry;

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

/// Appends an entry with NextEntryOffset 0.
pub fn encode(out: &mut Vec<u8>, number: u8, entry: &DirectoryEntry) {
    let info = &entry.info;
    out.extend_from_slice(&[0; 8]);
    if number != class::NAMES {
        for time in [info.created, info.accessed, info.modified, info.changed] {
            out.extend_from_slice(&time.0.to_le_bytes());
        }
        out.extend_from_slice(&info.size.to_le_bytes());
        out.extend_from_slice(&info.allocation_size.to_le_bytes());
        out.extend_from_slice(&info.attributes.bits().to_le_bytes());
    }
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    let file_id = info.key.file.to_le_bytes();
    match number {
        class::FULL_DIRECTORY => out.extend_from_slice(&[0; 4]),
        // EaSize, ShortNameLength, Reserved, ShortName.
        class::BOTH_DIRECTORY => out.extend_from_slice(&[0; 4 + 2 + 24]),
        class::ID_BOTH_DIRECTORY => {
            out.extend_from_slice(&[0; 4 + 2 + 24 + 2]);
            out.extend_from_slice(&file_id);
        }
        class::ID_FULL_DIRECTORY => {
            out.extend_from_slice(&[0; 4 + 4]);
            out.extend_from_slice(&file_id);
        }
        class::ID_EXTD_DIRECTORY => {
            // EaSize, ReparsePointTag, and a 128-bit id.
            out.extend_from_slice(&[0; 8]);
            out.extend_from_slice(&file_id);
            out.extend_from_slice(&[0; 8]);
        }
        _ => {}
    }
    let length = u32::try_from(put_utf16(out, &entry.name)).unwrap_or(0);
    out[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::{DosAttributes, FileInfo, FileKey, FileKind, FileTime};

    /// The fixed parts as [MS-FSCC] lays them out.
    #[test]
    fn entries_have_the_specified_sizes() {
        let info = FileInfo {
            key: FileKey {
                volume: 1,
                file: 0x1122,
            },
            kind: FileKind::File,
            size: 5,
            allocation_size: 4096,
            created: FileTime(1),
            accessed: FileTime(2),
            modified: FileTime(3),
            changed: FileTime(4),
            attributes: DosAttributes::ARCHIVE,
            links: 1,
            delete_pending: false,
            mode: 0,
            uid: 0,
            gid: 0,
        };
        let entry = DirectoryEntry {
            name: "ab".into(),
            info,
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
            encode(&mut out, number, &entry);
            assert_eq!(out.len(), fixed + 4, "class {number}");
            assert_eq!(&out[fixed..], [b'a', 0, b'b', 0], "class {number}");
        }
    }
}
