//! People with a password.

use crate::identity::NewUser;

/// Everybody's.
pub(crate) const PASSWORD: &str = "correct horse";

/// Someone who may log in by either protocol.
pub(crate) fn person(name: &str) -> NewUser<'_> {
    NewUser {
        name,
        display_name: None,
        password: Some(PASSWORD),
        smb_allowed: true,
        sftp_allowed: true,
    }
}
