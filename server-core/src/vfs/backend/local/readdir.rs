//! Systems where a folder is read by a descriptor of the listing's own.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use cap_std::fs::{Dir, ReadDir};

use super::platform;
use crate::vfs::backend::Name;

/// Handles that a listing takes besides that of its folder.
pub(super) const LISTING_TAKES: u64 = 2;

/// Where the handle of a folder is: nobody moves it.
#[derive(Debug, Clone, Default)]
pub(super) struct Position;

/// The entries of a folder, from the first.
pub(super) struct Entries(ReadDir);

impl Entries {
    /// Of a folder that is open.
    pub(super) fn of(folder: Arc<File>, _position: Position) -> io::Result<Self> {
        Ok(Self(Dir::from_std_file(folder.try_clone()?).entries()?))
    }

    /// Of a folder that is not open yet.
    pub(super) fn at(root: &Dir, folder: &Path) -> io::Result<Self> {
        Ok(Self(root.read_dir(folder)?))
    }

    /// The next ones that clients are shown, about `most`; none at the end.
    pub(super) fn next(&mut self, most: usize) -> io::Result<Vec<Name>> {
        let mut names = Vec::new();
        while names.len() < most {
            let Some(entry) = self.0.next() else { break };
            let disk = platform::to_name(&entry?.file_name());
            if let Some(wire) = platform::wire_name(&disk) {
                names.push(Name { wire, disk });
            }
        }
        Ok(names)
    }
}
