//! What every storage must do, as sentences, run on each of them.

mod content;
mod linking;
mod naming;
mod renaming;

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::{
    Backend, BackendFile, Counting, CreateMode, DiskName, DiskPath, DiskPool, Failing, Faults, LocalBackend,
    MemoryBackend, Name, OpenHow, Pace, Slow, Stat, Times, Watcher, wait,
};
use crate::vfs::info::{FileKind, FileTime};

use self::content::*;
use self::linking::*;
use self::naming::*;
use self::renaming::*;

const NEW: OpenHow = OpenHow {
    write: true,
    create: Some(CreateMode(0o644)),
    itself: false,
};
const WRITE: OpenHow = OpenHow {
    write: true,
    create: None,
    itself: false,
};

fn at(path: &str) -> DiskPath {
    DiskPath::from(path)
}

/// Makes a file with this content.
fn put(storage: &dyn Backend, path: &str, content: &[u8]) -> Box<dyn BackendFile> {
    let file = wait(storage.open(&at(path), NEW)).unwrap();
    wait(file.write_at(0, content)).unwrap();
    file
}

fn folder(storage: &dyn Backend, path: &str) {
    wait(storage.create_directory(&at(path), CreateMode(0o755))).unwrap();
}

fn get(storage: &dyn Backend, path: &str) -> io::Result<Vec<u8>> {
    let file = wait(storage.open(&at(path), OpenHow::READ))?;
    let mut content = Vec::new();
    wait(file.read_into(0, 1 << 20, &mut content))?;
    Ok(content)
}

fn look(storage: &dyn Backend, path: &str) -> io::Result<Stat> {
    wait(storage.stat(&at(path), false))
}

fn kind_of<T>(outcome: io::Result<T>) -> ErrorKind {
    match outcome {
        Ok(_) => panic!("it should have been refused"),
        Err(error) => error.kind(),
    }
}

fn listing(storage: &dyn Backend, path: &str) -> Vec<String> {
    let mut names = wait(storage.names(&at(path))).unwrap();
    let mut all = Vec::new();
    loop {
        let batch = wait(names.next(2)).unwrap();
        if batch.is_empty() {
            all.sort();
            return all;
        }
        all.extend(batch.into_iter().map(|name| name.wire));
    }
}

fn name(text: &str) -> Name {
    Name {
        wire: text.to_owned(),
        disk: DiskName::new(text.as_bytes()),
    }
}

/// Runs each sentence on each storage, which is a function that runs a test on a fresh one.
macro_rules! backend_suite {
    ($storages:tt; $($(#[$attribute:meta])* $sentence:ident),* $(,)?) => {
        $(backend_suite!(@one $storages, $(#[$attribute])* $sentence);)*
    };
    (@one [$($storage:ident),*], $(#[$attribute:meta])* $sentence:ident) => {
        $(#[$attribute])*
        mod $sentence {
            $(#[test]
            fn $storage() {
                super::$storage(super::super::$sentence);
            })*
        }
    };
}

mod on {
    use super::*;

    fn local(test: fn(&dyn Backend)) {
        let temporary = tempfile::tempdir().unwrap();
        test(&LocalBackend::open(temporary.path(), DiskPool::default().lane(), Watcher::default()).unwrap());
    }

    fn memory(test: fn(&dyn Backend)) {
        test(&MemoryBackend::new(DiskPool::default().lane()));
    }

    fn slow(test: fn(&dyn Backend)) {
        let pool = DiskPool::default();
        let inner = MemoryBackend::new(pool.lane());
        test(&Slow::new(inner, Pace::of(Duration::from_millis(1)), pool.lane()));
    }

    fn slow_local(test: fn(&dyn Backend)) {
        let (temporary, pool) = (tempfile::tempdir().unwrap(), DiskPool::default());
        let inner = LocalBackend::open(temporary.path(), pool.lane(), Watcher::default()).unwrap();
        test(&Slow::new(inner, Pace::of(Duration::from_millis(1)), pool.lane()));
    }

    fn counting(test: fn(&dyn Backend)) {
        test(&Counting::new(MemoryBackend::new(DiskPool::default().lane())));
    }

    fn failing_never(test: fn(&dyn Backend)) {
        let inner = MemoryBackend::new(DiskPool::default().lane());
        test(&Failing::new(inner, &Faults::none()));
    }

    backend_suite! {
        [local, memory, slow, slow_local, counting, failing_never];
        what_is_written_is_read_back_at_any_offset,
        writing_beyond_the_end_leaves_zeros_between,
        a_file_that_shrinks_and_grows_again_has_zeros_there,
        a_hole_reads_as_zeros_and_is_no_allocated_range,
        a_new_file_is_never_made_over_another,
        what_is_not_there_is_not_found,
        names_come_in_batches_until_there_are_none,
        a_rename_goes_over_a_file_only_when_it_may,
        what_is_in_a_folder_moves_with_it,
        a_name_goes_only_while_it_is_still_the_file,
        a_folder_goes_when_it_is_empty,
        times_are_kept_as_they_were_set,
        #[cfg(unix)]
        modes_are_kept_as_they_were_set,
        a_range_is_copied_within_the_storage_or_not_at_all,
        what_was_written_is_finished_and_synced,
        names_of_clients_are_spelled_and_read_back,
        the_volume_tells_its_room,
    }

    /// What takes symbolic links, renames that go over something, a file's number, or its allocation.
    macro_rules! beyond_wine {
        ($storages:tt) => {
            backend_suite! {
                $storages;
                reserving_takes_room_and_leaves_the_size,
                a_folder_is_listed_and_not_written,
                children_are_looked_at_all_at_once,
                a_file_keeps_its_key_whatever_it_is_called,
                a_rename_of_nothing_is_refused,
                a_folder_goes_over_an_empty_folder_alone,
                a_folder_does_not_go_into_itself,
                a_rename_to_another_case_changes_the_spelling,
                a_hard_link_is_another_name_of_the_same_file,
                links_are_followed_inside_and_seen_as_links_when_asked,
                a_hard_link_of_a_link_is_one_of_what_it_leads_to,
                a_link_is_opened_renamed_and_removed_itself_wherever_it_leads,
                links_lead_nowhere_outside,
                links_that_lead_to_each_other_are_given_up,
                a_link_is_renamed_and_removed_itself,
                a_name_that_goes_tells_whether_it_was_the_last,
                a_link_goes_when_it_leads_to_the_file,
                an_open_file_lives_on_without_a_name,
                the_token_of_a_folder_changes_with_its_names,
            }
        };
    }

    #[cfg(not(wine))]
    beyond_wine!([local, memory, slow, slow_local, counting, failing_never]);
    #[cfg(wine)]
    beyond_wine!([memory, slow, counting, failing_never]);
}
