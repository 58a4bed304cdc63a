//! Nothing outside the share is reachable.

use super::*;

/// A share with a secret beside it and links that lead there.
fn with_secret() -> (Fixture, PathBuf) {
    let fixture = Fixture::new();
    let secret = fixture.folder.parent().unwrap().join("secret");
    std::fs::create_dir(&secret).unwrap();
    std::fs::write(secret.join("file"), b"secret").unwrap();
    symlink(&secret, fixture.disk("absolute"));
    symlink("../secret", fixture.disk("relative"));
    symlink("../secret/file", fixture.disk("file"));
    symlink("../shared/../secret", fixture.disk("winding"));
    symlink("/etc/passwd", fixture.disk("passwd"));
    symlink(&fixture.folder, fixture.disk("back"));
    (fixture, secret)
}

#[test]
#[cfg_attr(wine, ignore = "Wine makes no symbolic links")]
fn links_that_lead_out_are_refused_for_every_operation_and_not_listed() {
    let (mut fixture, secret) = with_secret();
    for name in [
        "file",
        "passwd",
        "absolute",
        "relative\\file",
        "absolute\\file",
        "winding\\file",
        "absolute\\new",
        "back\\file",
    ] {
        for disposition in [
            Disposition::Open,
            Disposition::OpenIf,
            Disposition::OverwriteIf,
            Disposition::Create,
        ] {
            let outcome = open_path(&fixture.view, name, disposition);
            assert!(
                matches!(outcome, Err(VfsError::AccessDenied(Denial::OutsideShare))),
                "{name}: {outcome:?}"
            );
        }
        assert!(
            now(fixture.view.stat(&path(name), true, false)).is_err(),
            "{name}"
        );
    }
    put(&fixture.view, "mine", b"x");
    let mine = open_path(&fixture.view, "mine", Disposition::Open).unwrap();
    for target in ["relative\\stolen", "absolute\\file", "winding\\file"] {
        assert!(now(mine.open.rename(&path(target), true)).is_err(), "{target}");
        assert!(now(mine.open.link(&path(target), true)).is_err(), "{target}");
    }
    assert!(now(fixture.view.symlink(&path("out"), "../secret")).is_err());
    assert!(now(fixture.view.symlink(&path("out"), "/etc")).is_err());
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    let scan = now(root.open.scan(&Pattern::all())).unwrap();
    let names: Vec<_> = entries(scan).map(|entry| entry.unwrap().name).collect();
    assert_eq!(names, ["mine"]);
    assert_eq!(std::fs::read(secret.join("file")).unwrap(), b"secret");
    assert_eq!(std::fs::read_dir(&secret).unwrap().count(), 1);
    let refusals = fixture
        .activity()
        .iter()
        .filter(|(kind, _)| *kind == ActivityKind::AccessRefused)
        .count();
    assert!(refusals >= 6, "each is told of: {refusals}");
}

#[test]
#[cfg_attr(wine, ignore = "Wine makes no symbolic links")]
fn links_that_stay_inside_look_like_what_they_lead_to() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    put(&fixture.view, "d\\a", b"12345");
    now(fixture.view.symlink(&path("link"), "d/a")).unwrap();
    now(fixture.view.symlink(&path("folder"), "d")).unwrap();
    assert_eq!(now(fixture.view.read_link(&path("link"))).unwrap(), "d/a");
    assert!(matches!(
        now(fixture.view.read_link(&path("d\\a"))),
        Err(VfsError::InvalidParameter)
    ));
    let opened = open_path(&fixture.view, "folder\\a", Disposition::Open).unwrap();
    assert_eq!(opened.info.size, 5);
    assert_eq!(
        now(fixture.view.stat(&path("link"), true, true)).unwrap().kind,
        FileKind::File
    );
    assert_eq!(
        now(fixture.view.stat(&path("link"), false, true)).unwrap().kind,
        FileKind::Symlink
    );
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    let scan = now(root.open.scan(&Pattern::all())).unwrap();
    let mut kinds: Vec<_> = entries(scan)
        .map(|e| e.unwrap())
        .map(|e| (e.name, e.info.kind))
        .collect();
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("d", FileKind::Directory),
        ("folder", FileKind::Directory),
        ("link", FileKind::File),
    ];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
#[cfg(unix)]
fn a_link_that_is_swapped_for_a_folder_while_it_is_used_never_opens_the_outside() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let (fixture, secret) = with_secret();
    let inside = fixture.disk("inside");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(inside.join("file"), b"inside").unwrap();
    symlink(&secret, fixture.disk("evil"));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // "swap" is by turns the folder and the link that leads out.
            let (swap, aside) = (fixture.disk("swap"), fixture.disk("aside"));
            while !done.load(Ordering::Relaxed) {
                std::fs::rename(&inside, &swap).unwrap();
                std::fs::rename(&swap, &inside).unwrap();
                std::fs::rename(fixture.disk("evil"), &swap).unwrap();
                std::fs::rename(&swap, &aside).unwrap();
                std::fs::rename(&aside, fixture.disk("evil")).unwrap();
            }
        });
        for _ in 0..3000 {
            if let Ok(opened) = open_path(&fixture.view, "swap\\file", Disposition::Open) {
                let mut out = Vec::new();
                now(opened.open.read_into(0, 100, &mut out)).unwrap();
                assert_eq!(out, b"inside");
            }
            let _ = now(fixture.view.create_directory(&path("swap\\new"), None));
            let _ = now(fixture.view.remove_directory(&path("swap\\new")));
            let _ = now(fixture.view.remove_file(&path("swap\\nothing")));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(std::fs::read(secret.join("file")).unwrap(), b"secret");
    assert_eq!(std::fs::read_dir(&secret).unwrap().count(), 1);
}

#[test]
#[cfg(unix)]
fn pipes_and_the_like_are_listed_and_never_opened() {
    let fixture = Fixture::new();
    let pipe = fixture.disk("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(matches!(
        open_path(&fixture.view, "pipe", Disposition::OpenIf),
        Err(VfsError::AccessDenied(_))
    ));
    assert_eq!(
        now(fixture.view.stat(&path("pipe"), true, true)).unwrap().kind,
        FileKind::Other
    );
}
