//! What tests and fuzzers of several storeys stand on: the parts of a server, opened as a server opens them, but
//! cheap, in a folder of the test's own, and without the system's keyring.

mod foundation;
#[cfg(test)]
mod people;

use std::path::PathBuf;

pub(crate) use self::foundation::Foundation;
#[cfg(test)]
pub(crate) use self::{
    foundation::identity_options,
    people::{PASSWORD, person},
};
use crate::identity::{Permission, ShareId, ShareSettings};

/// A share of this folder that nobody may enter yet and that has no options set. The folder need not be there.
pub(crate) fn share(name: &str, folder: PathBuf) -> ShareSettings {
    ShareSettings {
        id: ShareId(0),
        name: name.to_owned(),
        folder,
        comment: String::new(),
        default_permission: Permission::None,
        guest: false,
        read_only: false,
        encrypt: false,
        hidden: false,
        upload_only: false,
    }
}
