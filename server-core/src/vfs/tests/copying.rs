//! Copying ranges from one file to another.

use proptest::prelude::*;

use super::*;

fn opened(fixture: &Fixture, name: &str) -> Arc<Open> {
    open_path(&fixture.view, name, Disposition::OpenIf).unwrap().open
}

fn written(fixture: &Fixture, name: &str, parts: &[(u64, Vec<u8>)]) -> Arc<Open> {
    let open = opened(fixture, name);
    for (at, data) in parts {
        now(open.write_at(*at, data, false)).unwrap();
    }
    open
}

/// Where disks know holes.
#[cfg(target_os = "linux")]
#[test]
fn a_file_of_holes_is_copied_as_one() {
    let fixture = Fixture::new();
    let size = 1 << 42;
    let source = written(
        &fixture,
        "source",
        &[(0, vec![1; 5]), (size / 2, vec![2; 5]), (size - 5, vec![3; 5])],
    );
    let target = written(&fixture, "target", &[(1 << 20, vec![9; 100])]);
    now(target.copy_from(&source, 0, 0, size)).unwrap();
    let info = now(target.info()).unwrap();
    assert_eq!(info.size, size);
    assert!(info.allocation_size < 1 << 20, "{}", info.allocation_size);
    for (at, data) in [(0, 1), (1 << 20, 0), (size / 2, 2), (size - 5, 3)] {
        let mut out = Vec::new();
        now(target.read_into(at, 5, &mut out)).unwrap();
        assert_eq!(out, [data; 5], "at {at}");
    }
    now(source.set_end_of_file(size * 2)).unwrap();
    now(target.copy_from(&source, size, size, size)).unwrap();
    assert_eq!(now(target.info()).unwrap().size, size * 2);
}

#[test]
fn what_may_only_be_added_to_is_not_copied_over() {
    let fixture = Fixture::new();
    put(&fixture.view, "source", b"new");
    put(&fixture.view, "log", b"old");
    let source = opened(&fixture, "source");
    let name = path("log");
    let request = OpenRequest {
        access: AccessMask::APPEND_DATA,
        ..request(&name, Disposition::Open)
    };
    let log = open(&fixture.view, request).unwrap().open;
    let refused = now(log.copy_from(&source, 0, 0, 3)).unwrap_err();
    assert!(matches!(refused, VfsError::AccessDenied(Denial::NotGranted)));
    now(log.copy_from(&source, 0, 3, 3)).unwrap();
    assert_eq!(std::fs::read(fixture.disk("log")).unwrap(), b"oldnew");
}

#[test]
fn what_was_opened_for_append_is_copied_to_at_its_end() {
    let fixture = Fixture::new();
    put(&fixture.view, "source", b"new");
    put(&fixture.view, "log", b"old");
    let name = path("log");
    let request = OpenRequest {
        append: true,
        ..request(&name, Disposition::Open)
    };
    let log = open(&fixture.view, request).unwrap().open;
    let source = opened(&fixture, "source");
    assert_eq!(now(log.copy_piece_from(&source, 1, 0, u64::MAX)).unwrap(), 2);
    assert_eq!(now(log.copy_piece_from(&source, 3, 0, u64::MAX)).unwrap(), 0);
    assert_eq!(std::fs::read(fixture.disk("log")).unwrap(), b"oldew");
}

fn parts() -> impl Strategy<Value = Vec<(u64, Vec<u8>)>> {
    let part = (0u64..3 << 20, 1u8.., 1usize..40_000);
    let part = part.prop_map(|(at, byte, length)| (at, vec![byte; length]));
    prop::collection::vec(part, 1..6)
}

fn plain(parts: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut plain = Vec::new();
    for (at, data) in parts {
        let at = usize::try_from(*at).unwrap();
        plain.resize(plain.len().max(at + data.len()), 0);
        plain[at..at + data.len()].copy_from_slice(data);
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_copy_has_the_bytes_of_its_source(
        source in parts(),
        target in parts(),
        from in 0.0f64..1.0,
        length in 0.0f64..1.0,
        to in 0u64..4 << 20,
        same in any::<bool>(),
    ) {
        let fixture = Fixture::new();
        let (mut bytes, from_bytes) = (plain(if same { &source } else { &target }), plain(&source));
        let source = written(&fixture, "source", &source);
        let target = if same { opened(&fixture, "source") } else { written(&fixture, "target", &target) };
        let part = |of: f64, all: usize| (all as f64 * of) as usize;
        let from = part(from, from_bytes.len());
        let length = part(length, from_bytes.len() - from);
        let at = usize::try_from(to).unwrap();
        // What overlaps its copy is no longer than a request may ask for.
        let length = if same { length.min(1 << 20) } else { length };
        now(target.copy_from(&source, from as u64, to, length as u64)).unwrap();
        if length > 0 {
            bytes.resize(bytes.len().max(at + length), 0);
            bytes[at..at + length].copy_from_slice(&from_bytes[from..from + length]);
        }
        let copied = std::fs::read(fixture.disk(if same { "source" } else { "target" })).unwrap();
        prop_assert!(copied == bytes);
    }
}
