//! The one place that says yes or no.

use crate::identity::Permission;
use crate::security::AccessMask;

/// The rights that a permission gives on files and folders of a share.
pub fn allowed(permission: Permission, read_only_share: bool) -> AccessMask {
    todo!()
}
