//! Who put which file into a drop box lately. Whoever may only put things in sees nothing that others put there; but many
//! clients look once more at what they have just uploaded, by another connection as well, and take what they can't see
//! for a failure.

use std::collections::{HashMap, HashSet, VecDeque};

use parking_lot::Mutex;

use crate::live::Consumer;
use crate::store::FileMetadataKey;

/// Files remembered for each person or address: the last ones.
const FILES: usize = 1024;
/// Persons and addresses remembered: the last ones to upload something.
const UPLOADERS: usize = 1024;

/// What was uploaded lately. Lock order: a leaf.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<Uploaders>);

#[derive(Debug, Default)]
struct Uploaders {
    known: HashMap<Consumer, Theirs>,
    /// Counts uploads, to tell who was the last.
    clock: u64,
}

#[derive(Debug, Default)]
struct Theirs {
    files: HashSet<FileMetadataKey>,
    in_order: VecDeque<FileMetadataKey>,
    last: u64,
}

impl Uploads {
    /// Somebody made a file.
    pub(super) fn note(&self, by: Consumer, file: FileMetadataKey) {
        let mut uploaders = self.0.lock();
        uploaders.clock += 1;
        let now = uploaders.clock;
        if !uploaders.known.contains_key(&by) && uploaders.known.len() >= UPLOADERS {
            let oldest = uploaders.known.iter().min_by_key(|(_, theirs)| theirs.last);
            if let Some(oldest) = oldest.map(|(who, _)| *who) {
                uploaders.known.remove(&oldest);
            }
        }
        let theirs = uploaders.known.entry(by).or_default();
        theirs.last = now;
        if theirs.files.insert(file) {
            theirs.in_order.push_back(file);
        }
        if theirs.in_order.len() > FILES
            && let Some(oldest) = theirs.in_order.pop_front()
        {
            theirs.files.remove(&oldest);
        }
    }

    /// Whether somebody made this file, as far as that is remembered.
    pub(super) fn is_by(&self, who: Consumer, file: FileMetadataKey) -> bool {
        let uploaders = self.0.lock();
        uploaders
            .known
            .get(&who)
            .is_some_and(|theirs| theirs.files.contains(&file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(inode: u64) -> FileMetadataKey {
        FileMetadataKey {
            volume: 1,
            file: inode,
            birth: 0,
        }
    }

    #[test]
    fn the_last_uploads_of_each_are_remembered_and_no_more_than_so_many() {
        let uploads = Uploads::default();
        let (alice, bob) = (Consumer::Person(1), Consumer::Person(2));
        uploads.note(bob, file(0));
        for inode in 0..=FILES as u64 {
            uploads.note(alice, file(inode));
        }
        assert!(!uploads.is_by(alice, file(0)) && uploads.is_by(alice, file(1)));
        assert!(uploads.is_by(bob, file(0)) && !uploads.is_by(bob, file(1)));
        for person in 10..10 + UPLOADERS as i64 {
            uploads.note(Consumer::Person(person), file(7));
        }
        assert_eq!(uploads.0.lock().known.len(), UPLOADERS);
        assert!(!uploads.is_by(bob, file(0)), "others came later");
    }
}
