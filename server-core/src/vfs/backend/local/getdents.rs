//! Linux: a folder is read by the descriptor that it is open with, so that a listing takes none of its own. Several
//! listings of one open take turns at its position; each knows where it is by what getdents(2) says of every entry.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use cap_std::fs::{Dir, OpenOptions};
use parking_lot::Mutex;
use rustix::fs::{RawDir, SeekFrom, seek};
use rustix::io::Errno;

use super::platform;
use crate::vfs::backend::Name;

/// Descriptors that a listing takes besides that of its folder.
pub(super) const LISTING_TAKES: u64 = 0;

/// What is read of a folder at once.
const BUFFER: usize = 32 << 10;

/// Where the descriptor of a folder is. A listing holds it while it reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Position(Arc<Mutex<Option<u64>>>);

/// The entries of a folder, from the first.
pub(super) struct Entries {
    folder: Arc<File>,
    position: Position,
    /// Where it reads on.
    at: u64,
    read: VecDeque<Name>,
    ended: bool,
}

impl Entries {
    /// Of a folder that is open, and whose descriptor nobody moves but by this position.
    pub(super) fn of(folder: Arc<File>, position: Position) -> io::Result<Self> {
        Ok(Self {
            folder,
            position,
            at: 0,
            read: VecDeque::new(),
            ended: false,
        })
    }

    /// Of a folder that is not open yet.
    pub(super) fn at(root: &Dir, folder: &Path) -> io::Result<Self> {
        let folder = platform::open(root, folder, OpenOptions::new().read(true), false)?;
        if !folder.metadata()?.is_dir() {
            return Err(Errno::NOTDIR.into());
        }
        Self::of(Arc::new(folder.into_std()), Position::default())
    }

    /// The next ones that clients are shown, about `most`; none at the end.
    pub(super) fn next(&mut self, most: usize) -> io::Result<Vec<Name>> {
        while self.read.is_empty() && !self.ended {
            self.read_on()?;
        }
        let most = most.min(self.read.len());
        Ok(self.read.drain(..most).collect())
    }

    fn read_on(&mut self) -> io::Result<()> {
        let mut position = self.position.0.lock();
        if *position != Some(self.at) {
            seek(&*self.folder, SeekFrom::Start(self.at))?;
        }
        // Nobody can tell after a failure.
        *position = None;
        let mut buffer = Vec::with_capacity(BUFFER);
        let mut reading = RawDir::new(&*self.folder, buffer.spare_capacity_mut());
        loop {
            match reading.next() {
                // A folder that was removed has no entries any more.
                None | Some(Err(Errno::NOENT)) => {
                    self.ended = true;
                    break;
                }
                Some(entry) => {
                    let entry = entry?;
                    self.at = entry.next_entry_cookie();
                    let name = entry.file_name().to_bytes();
                    if name != b"." && name != b".." {
                        let disk = platform::to_name(OsStr::from_bytes(name));
                        let wire = platform::wire_name(&disk);
                        self.read.extend(wire.map(|wire| Name { wire, disk }));
                    }
                }
            }
            if reading.is_buffer_empty() {
                break;
            }
        }
        *position = Some(self.at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptors() -> usize {
        std::fs::read_dir("/proc/self/fd").unwrap().count()
    }

    #[test]
    fn listings_of_one_open_take_turns_and_no_descriptors() {
        let folder = tempfile::tempdir().unwrap();
        let mut names: Vec<String> = (0..3000)
            .map(|number| format!("{number} {}", "x".repeat(100)))
            .collect();
        for name in &names {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        names.sort();
        let open = Arc::new(File::open(folder.path()).unwrap());
        let position = Position::default();
        // Others of this test run open and close theirs: many listings show what a few descriptors more don't.
        let before = descriptors();
        let mut listings: Vec<(Entries, Vec<String>)> = (0..200)
            .map(|_| {
                (
                    Entries::of(Arc::clone(&open), position.clone()).unwrap(),
                    Vec::new(),
                )
            })
            .collect();
        loop {
            let mut more = false;
            for (turn, (entries, seen)) in listings.iter_mut().enumerate() {
                let batch = entries.next(100 + turn).unwrap();
                more |= !batch.is_empty();
                seen.extend(batch.into_iter().map(|name| name.wire));
            }
            if !more {
                break;
            }
        }
        assert!(descriptors() < before + 100);
        for (_, mut seen) in listings {
            seen.sort();
            assert_eq!(seen, names);
        }
    }

    #[test]
    fn a_folder_that_was_removed_has_no_entries() {
        let folder = tempfile::tempdir().unwrap();
        let open = Arc::new(File::open(folder.path()).unwrap());
        drop(folder);
        let mut entries = Entries::of(open, Position::default()).unwrap();
        assert!(entries.next(10).unwrap().is_empty());
    }
}
