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
    let mut names: Vec<_> = entries(scan).map(|entry| entry.unwrap().name).collect();
    names.sort();
    // One leads back inside.
    assert_eq!(names, ["back", "mine"]);
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

#[test]
#[cfg(unix)]
fn an_absolute_link_that_leads_inside_is_followed() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    put(&fixture.view, "d\\a", b"12345");
    symlink(fixture.disk("d/a"), fixture.disk("file"));
    symlink(fixture.disk("d"), fixture.disk("folder"));
    symlink("folder/a", fixture.disk("winding"));
    symlink(fixture.disk("d/../folder"), fixture.disk("d/around"));
    for name in [
        "file",
        "folder\\a",
        "FOLDER\\A",
        "winding",
        "d\\around\\a",
        "folder\\around\\a",
    ] {
        let opened = open_path(&fixture.view, name, Disposition::Open).unwrap();
        assert_eq!(opened.info.size, 5, "{name}");
    }
    put(&fixture.view, "folder\\new", b"new");
    let new = open_path(&fixture.view, "folder\\new", Disposition::Open)
        .unwrap()
        .open;
    now(new.rename(&path("folder\\around\\moved"), false)).unwrap();
    drop(new);
    assert_eq!(std::fs::read(fixture.disk("d/moved")).unwrap(), b"new");
    now(fixture.view.remove_file(&path("folder\\moved"))).unwrap();
    now(fixture.view.create_directory(&path("folder\\sub"), None)).unwrap();
    assert!(fixture.disk("d/sub").is_dir() && !fixture.disk("d/moved").exists());
}

#[test]
#[cfg(unix)]
fn a_link_that_cant_be_followed_is_removed_by_its_name_and_goes_with_its_folder() {
    let (fixture, secret) = with_secret();
    std::fs::create_dir_all(fixture.disk("d/deep")).unwrap();
    let links = ["nowhere", "/etc/passwd", "../../../secret", "around"];
    for (number, target) in links.into_iter().enumerate() {
        symlink(target, fixture.disk(&format!("d/link{number}")));
    }
    symlink("around", fixture.disk("d/around"));
    let only = |access, text: &str, options| {
        let at = path(text);
        let request = OpenRequest {
            access,
            options,
            ..request(&at, Disposition::Open)
        };
        open(&fixture.view, request).map(|opened| opened.open)
    };
    let delete = |text: &str, options| {
        let opened = only(AccessMask::DELETE | AccessMask::READ_ATTRIBUTES, text, options)?;
        now(opened.set_delete_pending(true))?;
        now(opened.close())
    };
    // One is named: a client that asks for its name finds it, and removes or renames it.
    let folder = only(AccessMask::READ_DATA, "d", CreateOptions::empty()).unwrap();
    let listed = |pattern: &str| {
        let scan = now(folder.scan(&Pattern::new(pattern))).unwrap();
        entries(scan).map(|entry| entry.unwrap().name).collect::<Vec<_>>()
    };
    assert_eq!(listed("*"), ["deep"]);
    for number in 0..links.len() {
        let name = format!("d\\Link{number}");
        assert_eq!(listed(&format!("LINK{number}")), [format!("link{number}")]);
        assert!(only(AccessMask::GENERIC_READ, &name, CreateOptions::empty()).is_err());
        assert!(open_path(&fixture.view, &name, Disposition::OpenIf).is_err());
        let renamed = only(AccessMask::DELETE, &name, CreateOptions::empty()).unwrap();
        now(renamed.rename(&path(&format!("d\\moved{number}")), false)).unwrap();
    }
    drop(folder);
    delete("d\\moved0", CreateOptions::NON_DIRECTORY_FILE).unwrap();
    assert!(!fixture.disk("d/moved0").is_symlink() && fixture.disk("d/moved1").is_symlink());
    // The others go with the folder, once it looks empty.
    assert!(matches!(
        delete("d", CreateOptions::DIRECTORY_FILE),
        Err(VfsError::DirectoryNotEmpty)
    ));
    std::fs::remove_dir(fixture.disk("d/deep")).unwrap();
    assert!(
        matches!(
            now(fixture.view.remove_directory(&path("d"))),
            Err(VfsError::DirectoryNotEmpty)
        ),
        "a client that is shown links removes them itself"
    );
    delete("d", CreateOptions::DIRECTORY_FILE).unwrap();
    assert!(!fixture.disk("d").exists());
    make_folder(&fixture.view, "d");
    assert_eq!(std::fs::read(secret.join("file")).unwrap(), b"secret");
}

#[test]
#[cfg(unix)]
fn what_is_neither_file_nor_folder_is_renamed_and_removed_and_not_read() {
    let mut fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    let fifo = || {
        let made = std::process::Command::new("mkfifo")
            .arg(fixture.disk("d/pipe"))
            .status();
        assert!(made.is_ok_and(|status| status.success()));
    };
    fifo();
    let _socket = std::os::unix::net::UnixListener::bind(fixture.disk("d/socket")).unwrap();
    for name in ["d\\pipe", "d\\socket"] {
        for disposition in [Disposition::Open, Disposition::OverwriteIf] {
            assert!(matches!(
                open_path(&fixture.view, name, disposition),
                Err(VfsError::AccessDenied(Denial::OperatingSystem))
            ));
        }
        let at = path(name);
        let most = OpenRequest {
            access: AccessMask::MAXIMUM_ALLOWED,
            ..request(&at, Disposition::Open)
        };
        let opened = open(&fixture.view, most).unwrap().open;
        assert!(
            !opened
                .granted()
                .intersects(AccessMask::READ_DATA | AccessMask::WRITE_DATA)
        );
        now(opened.rename(&path("d\\moved"), false)).unwrap();
        now(opened.set_delete_pending(true)).unwrap();
        now(opened.close()).unwrap();
    }
    fifo();
    now(fixture.view.rename(&path("d\\pipe"), &path("d\\again"), false)).unwrap();
    now(fixture.view.remove_file(&path("d\\again"))).unwrap();
    assert_eq!(std::fs::read_dir(fixture.disk("d")).unwrap().count(), 0);
    now(fixture.view.remove_directory(&path("d"))).unwrap();
    fixture.activity();
}

#[test]
#[cfg(unix)]
fn a_hard_link_of_a_link_is_one_of_what_was_opened() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    put(&fixture.view, "d\\a", b"x");
    symlink("a", fixture.disk("d/link"));
    let opened = open_path(&fixture.view, "d\\link", Disposition::Open)
        .unwrap()
        .open;
    now(opened.link(&path("hard"), false)).unwrap();
    assert!(!fixture.disk("hard").is_symlink());
    assert_eq!(std::fs::read(fixture.disk("hard")).unwrap(), b"x");
}
