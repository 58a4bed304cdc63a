//! Ranges of content.

use super::*;

#[test]
fn a_range_is_made_zeros_and_the_rest_stays() {
    let fixture = Fixture::new();
    let content = vec![7; 3 << 20];
    put(&fixture.view, "a", &content);
    let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    now(opened.open.zero(100..(2 << 20) + 5)).unwrap();
    let mut out = Vec::new();
    now(opened.open.read_into(0, 4 << 20, &mut out)).unwrap();
    assert_eq!(out.len(), content.len());
    let changed = |at: usize| (100..(2 << 20) + 5).contains(&at);
    assert!(
        out.iter()
            .enumerate()
            .all(|(at, byte)| *byte == if changed(at) { 0 } else { 7 })
    );
}

/// Where disks know holes.
#[cfg(target_os = "linux")]
#[test]
fn the_zeros_of_a_hole_are_not_written() {
    let fixture = Fixture::new();
    let opened = open_path(&fixture.view, "long", Disposition::Create).unwrap();
    let size = 1 << 43;
    now(opened.open.set_end_of_file(size)).unwrap();
    now(opened.open.write_at(size / 2, b"data", false)).unwrap();
    now(opened.open.zero(0..size)).unwrap();
    let mut out = Vec::new();
    now(opened.open.read_into(size / 2, 4, &mut out)).unwrap();
    assert_eq!(out, [0; 4]);
    assert!(now(opened.open.info()).unwrap().allocation_size < 1 << 20);
}
