//! What a power cut leaves of the store: the pages that the disk has, by what the kernel says of each, and nothing of the
//! others. Linux tells (`cachestat`, 6.5 and later); on a file system in memory every page counts as written.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use super::{FileMetadataKey, FileMetadataRow, Store};

const PAGE: usize = 4096;
/// The same number on every architecture.
const SYS_CACHESTAT: libc::c_long = 451;

#[repr(C)]
struct Range {
    offset: u64,
    length: u64,
}

#[repr(C)]
#[derive(Default)]
struct Counts {
    cached: u64,
    dirty: u64,
    writeback: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// Whether the disk has a page of a file.
fn is_on_disk(file: &File, page: usize) -> io::Result<bool> {
    let range = Range {
        offset: (page * PAGE) as u64,
        length: PAGE as u64,
    };
    let mut counts = Counts::default();
    // SAFETY: the kernel reads the one struct and fills the other, both of its own layout.
    let outcome = unsafe {
        libc::syscall(
            SYS_CACHESTAT,
            file.as_raw_fd(),
            &raw const range,
            &raw mut counts,
            0,
        )
    };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(counts.dirty == 0 && counts.writeback == 0)
}

/// What the disk has of the database, as far as it was looked at: of a page that is being changed, what it was before.
#[derive(Default)]
struct Disk([Vec<u8>; 2]);

const FILES: [&str; 2] = ["landfall.db", "landfall.db-wal"];

impl Disk {
    /// Looks at it; false where the kernel does not tell.
    fn look(&mut self, live: &Path) -> bool {
        for (name, image) in FILES.iter().zip(&mut self.0) {
            let path = live.join(name);
            let file = File::open(&path).unwrap();
            let content = std::fs::read(&path).unwrap();
            image.resize(content.len(), 0);
            for (number, (page, kept)) in content.chunks(PAGE).zip(image.chunks_mut(PAGE)).enumerate() {
                match is_on_disk(&file, number) {
                    Ok(true) => kept.copy_from_slice(page),
                    Ok(false) => {}
                    Err(_) => return false,
                }
            }
        }
        true
    }

    /// A folder as it would be found after a power cut now.
    fn found(&self) -> tempfile::TempDir {
        let found = tempfile::tempdir().unwrap();
        for (name, image) in FILES.iter().zip(&self.0) {
            std::fs::write(found.path().join(name), image).unwrap();
        }
        found
    }
}

fn check(store: &Store) {
    let check: String = store
        .read(|db| Ok(db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn what_was_acknowledged_is_there_after_a_power_cut_at_any_moment() {
    let live = tempfile::tempdir().unwrap();
    let store = Store::open(live.path()).unwrap();
    let mut disk = Disk::default();
    for round in 0..40_u64 {
        // What clients do all the time lies between.
        for file in 0..round % 5 {
            let key = FileMetadataKey {
                volume: round,
                file,
                birth: 1,
            };
            let row = FileMetadataRow {
                dos_attributes: Some(2),
                created: None,
            };
            store.set_file_metadata(key, &row).unwrap();
        }
        store.set_setting("test.round", Some(&round.to_string())).unwrap();
        if !disk.look(live.path()) {
            return;
        }
        let found = disk.found();
        let reopened = Store::open(found.path()).unwrap();
        check(&reopened);
        assert_eq!(reopened.setting("test.round").unwrap(), Some(round.to_string()));
    }
}

#[test]
fn what_was_not_on_the_disk_yet_is_missing_after_a_power_cut_and_nothing_is_broken() {
    let live = tempfile::tempdir().unwrap();
    let store = Store::open(live.path()).unwrap();
    store.set_setting("test.before", Some("kept")).unwrap();
    let mut disk = Disk::default();
    if !disk.look(live.path()) {
        return;
    }
    let row = FileMetadataRow {
        dos_attributes: Some(2),
        created: None,
    };
    for file in 0..2000 {
        let key = FileMetadataKey {
            volume: 1,
            file,
            birth: 1,
        };
        store.set_file_metadata(key, &row).unwrap();
        if file % 400 != 0 {
            continue;
        }
        if !disk.look(live.path()) {
            return;
        }
        let found = disk.found();
        let reopened = Store::open(found.path()).unwrap();
        check(&reopened);
        assert_eq!(reopened.setting("test.before").unwrap().as_deref(), Some("kept"));
        reopened.set_file_metadata(key, &row).unwrap();
    }
}
