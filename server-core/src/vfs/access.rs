//! The one place that says yes or no: what a permission allows on files and folders.

use super::error::{Denial, VfsError};
use super::info::DosAttributes;
use crate::identity::Permission;
use crate::security::AccessMask;

/// What reading needs and what it doesn't.
const LOOK: AccessMask = AccessMask::READ_ATTRIBUTES
    .union(AccessMask::READ_CONTROL)
    .union(AccessMask::SYNCHRONIZE);
const READ: AccessMask = AccessMask::READ.union(AccessMask::RUN);
const WRITE: AccessMask = AccessMask::WRITE
    .union(AccessMask::DELETE)
    .union(AccessMask::DELETE_CHILD);
/// Folders of a drop box: enter, look at, put something in.
const DROP_FOLDER: AccessMask = LOOK
    .union(AccessMask::EXECUTE)
    .union(AccessMask::WRITE_DATA)
    .union(AccessMask::APPEND_DATA);
/// Rights to content and attributes, which a file marked read-only refuses.
pub(crate) const CONTENT: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);

/// What the rights are asked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A folder.
    Folder,
    /// A file that was there before.
    File,
    /// A file that the same person put there lately.
    Uploaded,
    /// A file that this very open created, or a folder that it is about to.
    Own,
    /// A folder that this very open created: others may have put something in since.
    OwnFolder,
}

/// The rights that a permission gives. In a read-only share nobody writes.
pub fn allowed(permission: Permission, read_only_share: bool, subject: Subject) -> AccessMask {
    let rights = match permission {
        Permission::None => AccessMask::empty(),
        Permission::DropBox => match subject {
            Subject::Folder => DROP_FOLDER,
            Subject::File => AccessMask::empty(),
            Subject::Uploaded => LOOK,
            Subject::Own => AccessMask::ALL,
            // It goes, or gets another name, while it is empty.
            Subject::OwnFolder => DROP_FOLDER | AccessMask::WRITE_ATTRIBUTES | AccessMask::DELETE,
        },
        Permission::Read => READ,
        // Many clients ask for everything (GENERIC_ALL) to copy a file; changing owners and lists of rights is
        // refused when it is tried.
        Permission::ReadWrite | Permission::Admin => AccessMask::ALL,
    };
    if read_only_share { rights & READ } else { rights }
}

/// What a file marked read-only leaves of the rights.
pub(crate) fn with_attributes(rights: AccessMask, attributes: DosAttributes, directory: bool) -> AccessMask {
    if attributes.contains(DosAttributes::READONLY) && !directory {
        rights - CONTENT
    } else {
        rights
    }
}

/// Checks rights that are asked for; explains a refusal.
pub(crate) fn check(wanted: AccessMask, allowed: AccessMask, read_only_share: bool) -> Result<(), VfsError> {
    let missing = wanted - allowed;
    if missing.is_empty() {
        return Ok(());
    }
    let writes = missing.intersects(WRITE - READ);
    Err(VfsError::AccessDenied(if read_only_share && writes {
        Denial::ReadOnlyShare
    } else {
        Denial::Permission
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_box_takes_files_and_shows_none() {
        let folder = allowed(Permission::DropBox, false, Subject::Folder);
        assert!(folder.contains(AccessMask::WRITE_DATA) && !folder.contains(AccessMask::READ_DATA));
        let file = allowed(Permission::DropBox, false, Subject::File);
        assert!(file.is_empty(), "whether the name is taken is all that is told");
        let uploaded = allowed(Permission::DropBox, false, Subject::Uploaded);
        assert!(uploaded.contains(AccessMask::READ_ATTRIBUTES));
        assert!(!uploaded.intersects(AccessMask::READ_DATA | AccessMask::WRITE_DATA | AccessMask::DELETE));
        let own_folder = allowed(Permission::DropBox, false, Subject::OwnFolder);
        assert!(own_folder.contains(AccessMask::DELETE) && !own_folder.contains(AccessMask::READ_DATA));
        assert!(allowed(Permission::DropBox, false, Subject::Own).contains(AccessMask::WRITE_DATA));
    }

    #[test]
    fn nobody_writes_in_a_read_only_share() {
        for permission in [Permission::DropBox, Permission::ReadWrite, Permission::Admin] {
            let rights = allowed(permission, true, Subject::File);
            assert!(
                !rights.intersects(AccessMask::WRITE_DATA | AccessMask::DELETE),
                "{permission:?}"
            );
        }
    }
}
