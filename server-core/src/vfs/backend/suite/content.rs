//! Content, its holes, and what is known of a file.

use super::*;

pub(super) fn what_is_written_is_read_back_at_any_offset(storage: &dyn Backend) {
    let file = put(storage, "file", b"0123456789");
    wait(file.write_at(4, b"four")).unwrap();
    let mut out = b"before ".to_vec();
    assert_eq!(wait(file.read_into(3, 4, &mut out)).unwrap(), 4);
    assert_eq!(out, b"before 3fou");
    assert_eq!(wait(file.read_into(8, 100, &mut out)).unwrap(), 2);
    assert_eq!(wait(file.read_into(10, 1, &mut out)).unwrap(), 0);
    assert_eq!(wait(file.read_into(1 << 40, 1, &mut out)).unwrap(), 0);
    assert_eq!(out, b"before 3fou89");
    assert_eq!(get(storage, "file").unwrap(), b"0123four89");
}

pub(super) fn writing_beyond_the_end_leaves_zeros_between(storage: &dyn Backend) {
    let file = put(storage, "file", b"a");
    wait(file.write_at(10_000, b"z")).unwrap();
    wait(file.write_at(20_000, b"")).unwrap();
    let content = get(storage, "file").unwrap();
    assert_eq!((content.len(), content[0], content[10_000]), (10_001, b'a', b'z'));
    assert!(content[1..10_000].iter().all(|byte| *byte == 0));
}

pub(super) fn a_file_that_shrinks_and_grows_again_has_zeros_there(storage: &dyn Backend) {
    let file = put(storage, "file", b"0123456789");
    wait(file.set_size(3)).unwrap();
    wait(file.set_size(6)).unwrap();
    assert_eq!(get(storage, "file").unwrap(), b"012\0\0\0");
    assert_eq!(wait(file.stat()).unwrap().size, 6);
}

pub(super) fn a_hole_reads_as_zeros_and_is_no_allocated_range(storage: &dyn Backend) {
    let file = put(storage, "file", &[7; 64 << 10]);
    wait(file.set_size(1 << 20)).unwrap();
    if !wait(file.punch(16 << 10..32 << 10)).unwrap() {
        return;
    }
    let content = get(storage, "file").unwrap();
    let sevens = content.iter().filter(|byte| **byte == 7).count();
    assert_eq!((content.len(), sevens), (1 << 20, 48 << 10));
    let ranges = wait(file.allocated_ranges(0..1 << 20, 10)).unwrap();
    assert_eq!(ranges, [0..16 << 10, 32 << 10..64 << 10]);
    let ranges = wait(file.allocated_ranges(0..1 << 20, 1)).unwrap();
    assert_eq!(ranges.as_slice(), std::slice::from_ref(&(0..16 << 10)));
    let ranges = wait(file.allocated_ranges(20 << 10..36 << 10, 10)).unwrap();
    assert_eq!(ranges.as_slice(), std::slice::from_ref(&(32 << 10..36 << 10)));
}

pub(super) fn reserving_takes_room_and_leaves_the_size(storage: &dyn Backend) {
    let file = put(storage, "file", b"x");
    wait(file.reserve(256 << 10)).unwrap();
    let stat = wait(file.stat()).unwrap();
    assert_eq!(stat.size, 1);
    assert_eq!(get(storage, "file").unwrap(), b"x");
}

pub(super) fn an_open_file_lives_on_without_a_name(storage: &dyn Backend) {
    let file = put(storage, "file", b"still");
    wait(storage.remove_file(&at("file"))).unwrap();
    wait(file.write_at(5, b" here")).unwrap();
    let mut content = Vec::new();
    wait(file.read_into(0, 100, &mut content)).unwrap();
    assert_eq!(content, b"still here");
    assert_eq!(wait(file.stat()).unwrap().links, 0);
    assert!(listing(storage, "").is_empty());
}

pub(super) fn times_are_kept_as_they_were_set(storage: &dyn Backend) {
    let file = put(storage, "file", b"");
    let (accessed, modified) = (
        FileTime::from_unix(1_000_000_000, 123_456_700),
        FileTime::from_unix(1_100_000_000, 0),
    );
    let times = |accessed, modified| Times {
        accessed,
        modified,
        created: None,
    };
    wait(file.set_times(times(Some(accessed), Some(modified)))).unwrap();
    let stat = look(storage, "file").unwrap();
    assert_eq!((stat.accessed, stat.modified), (accessed, modified));
    wait(file.set_times(times(None, Some(accessed)))).unwrap();
    let stat = wait(file.stat()).unwrap();
    assert_eq!((stat.accessed, stat.modified), (accessed, accessed));
    wait(file.write_at(0, b"x")).unwrap();
    assert!(
        wait(file.stat()).unwrap().modified > modified,
        "a write is a change"
    );
}

#[cfg(unix)]
pub(super) fn modes_are_kept_as_they_were_set(storage: &dyn Backend) {
    let file = put(storage, "file", b"");
    wait(file.set_mode(0o100_640)).unwrap();
    assert_eq!(look(storage, "file").unwrap().mode, 0o100_640);
    folder(storage, "folder");
    let opened = wait(storage.open(&at("folder"), OpenHow::READ)).unwrap();
    wait(opened.set_mode(0o700)).unwrap();
    assert_eq!(look(storage, "folder").unwrap().mode, 0o040_700);
}

pub(super) fn a_range_is_copied_within_the_storage_or_not_at_all(storage: &dyn Backend) {
    let source = put(storage, "source", b"0123456789");
    let target = put(storage, "target", b"abcdefghij");
    if wait(target.copy_from(source.as_ref(), 2, 4, 3)).unwrap() {
        assert_eq!(get(storage, "target").unwrap(), b"abcd234hij");
        let beyond = wait(target.copy_from(source.as_ref(), 8, 0, 100));
        assert_eq!(kind_of(beyond), ErrorKind::UnexpectedEof);
    }
    let stranger = MemoryBackend::new(DiskPool::default().lane());
    let foreign = put(&stranger, "source", b"foreign");
    assert!(!wait(target.copy_from(foreign.as_ref(), 0, 0, 7)).unwrap());
}

pub(super) fn what_was_written_is_finished_and_synced(storage: &dyn Backend) {
    let file = put(storage, "file", b"content");
    wait(file.sync()).unwrap();
    wait(file.finish()).unwrap();
    wait(file.set_attributes(0)).unwrap();
    assert_eq!(get(storage, "file").unwrap(), b"content");
    assert!(wait(storage.is_current()).unwrap());
}

pub(super) fn the_volume_tells_its_room(storage: &dyn Backend) {
    let before = wait(storage.volume()).unwrap();
    assert!(before.free <= before.total && before.available <= before.total);
    assert!(before.allocation_unit.is_power_of_two() && before.max_component >= 255);
    assert_eq!(wait(storage.volume()).unwrap().serial, before.serial);
}
