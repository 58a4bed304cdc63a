//! What the engine knows of a file, as messages say it.

use crate::smb::wire::info::FileMetadata;
use crate::smb::wire::times::FileTimes;
use crate::vfs::FileInfo;

impl From<&FileInfo> for FileTimes {
    fn from(info: &FileInfo) -> Self {
        Self {
            creation_time: info.created.0,
            last_access_time: info.accessed.0,
            last_write_time: info.modified.0,
            change_time: info.changed.0,
        }
    }
}

impl From<&FileInfo> for FileMetadata {
    fn from(info: &FileInfo) -> Self {
        Self {
            file_id: info.key.file,
            times: info.into(),
            allocation_size: info.allocation_size,
            end_of_file: info.size,
            file_attributes: info.attributes.bits(),
            number_of_links: info.links,
            delete_pending: info.delete_pending,
            directory: info.is_directory(),
        }
    }
}
