//! What happens in folders, as watchers are told ([MS-FSA] 2.1.5.11, [MS-FSCC] 2.7.1).

use bitflags::bitflags;

use crate::vfs::path::SharePath;

bitflags! {
    /// What a watcher wants to hear of ([MS-SMB2] 2.2.35 CompletionFilter, same bits).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct NotifyFilter: u32 {
        /// Files come, go, are renamed.
        const FILE_NAME = 0x001;
        /// Folders come, go, are renamed.
        const DIR_NAME = 0x002;
        /// Attributes.
        const ATTRIBUTES = 0x004;
        /// Sizes.
        const SIZE = 0x008;
        /// Times of writing.
        const LAST_WRITE = 0x010;
        /// Times of access.
        const LAST_ACCESS = 0x020;
        /// Times of creation.
        const CREATION = 0x040;
        /// Extended attributes.
        const EA = 0x080;
        /// Security descriptors.
        const SECURITY = 0x100;
    }
}

impl NotifyFilter {
    /// Names of folders, or of files.
    pub(crate) fn of_name(directory: bool) -> Self {
        if directory {
            Self::DIR_NAME
        } else {
            Self::FILE_NAME
        }
    }
}

/// What happened ([MS-FSCC] 2.7.1, same values).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ChangeAction {
    /// It is new here.
    Added = 1,
    /// It is no longer here.
    Removed = 2,
    /// It is different.
    Modified = 3,
    /// It had this name.
    RenamedOldName = 4,
    /// It has this name now.
    RenamedNewName = 5,
}

/// One thing that happened below a watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub action: ChangeAction,
    /// From the watched folder, with backslashes.
    pub name: String,
}

/// What a request for changes comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// These.
    These(Vec<Change>),
    /// More than was kept: the watcher must look for itself.
    TooMany,
    /// The folder is going to be deleted.
    FolderGoes,
}

/// Something that happened, to be told to those whom it concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happened<'a> {
    pub(crate) action: ChangeAction,
    pub(crate) path: &'a SharePath,
    /// Any of these makes a watcher hear of it.
    pub(crate) filter: NotifyFilter,
}
