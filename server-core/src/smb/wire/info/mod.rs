//! Information classes ([MS-FSCC] 2.4, 2.5).

use super::times::FileTimes;

pub mod directory;
pub mod file;
pub mod filesystem;

/// What the classes that describe a file are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileMetadata {
    /// The file's id on its volume.
    pub file_id: u64,
    /// The file's times.
    pub times: FileTimes,
    /// Bytes that it takes on disk.
    pub allocation_size: u64,
    /// Its size in bytes.
    pub end_of_file: u64,
    /// FILE_ATTRIBUTE_*.
    pub file_attributes: u32,
    /// Its hard links.
    pub number_of_links: u32,
    /// It is deleted when it is closed.
    pub delete_pending: bool,
    /// It is a folder.
    pub directory: bool,
}
