//! Permissions: levels, drop boxes, revocation.

use super::*;

fn access(
    view: &ShareView,
    text: &str,
    access: AccessMask,
    disposition: Disposition,
) -> Result<Opened, VfsError> {
    let path = path(text);
    open(
        view,
        OpenRequest {
            access,
            ..request(&path, disposition)
        },
    )
}

#[test]
fn readers_read_and_change_nothing() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    let reader = fixture.other(Permission::Read);
    assert!(
        !reader
            .maximal_access()
            .intersects(AccessMask::WRITE_DATA | AccessMask::DELETE)
    );
    let opened = access(&reader, "a", AccessMask::GENERIC_READ, Disposition::Open).unwrap();
    assert_eq!(
        reader.maximal_access_for(&opened.info),
        AccessMask::READ | AccessMask::RUN
    );
    let denied =
        |outcome: Result<_, VfsError>| matches!(outcome, Err(VfsError::AccessDenied(Denial::Permission)));
    for wanted in [
        AccessMask::WRITE_DATA,
        AccessMask::DELETE,
        AccessMask::WRITE_ATTRIBUTES,
        AccessMask::GENERIC_ALL,
    ] {
        assert!(
            denied(access(&reader, "a", wanted, Disposition::Open).map(drop)),
            "{wanted:?}"
        );
    }
    for disposition in [Disposition::OverwriteIf, Disposition::Supersede] {
        assert!(
            denied(access(&reader, "a", AccessMask::READ_DATA, disposition).map(drop)),
            "{disposition:?}"
        );
    }
    assert!(denied(
        access(&reader, "new", AccessMask::READ_DATA, Disposition::OpenIf).map(drop)
    ));
    assert!(denied(now(reader.create_directory(&path("d"), None))));
    assert!(denied(now(reader.remove_file(&path("a")))));
    assert!(denied(now(reader.rename(&path("a"), &path("b"), false))));
    assert!(denied(now(reader.symlink(&path("l"), "a"))));
    assert!(denied(now(reader.hard_link(&path("a"), &path("b")))));
    assert_eq!(std::fs::read_dir(&fixture.folder).unwrap().count(), 1);
}

#[test]
fn a_drop_box_takes_uploads_and_gives_nothing_away() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "in");
    put(&fixture.view, "in\\a", b"theirs");
    let scanner = fixture.other(Permission::DropBox);
    let upload = access(
        &scanner,
        "in\\scan.tmp",
        AccessMask::GENERIC_WRITE | AccessMask::DELETE,
        Disposition::Create,
    )
    .unwrap();
    now(upload.open.write_at(0, b"scan", false)).unwrap();
    now(upload.open.rename(&path("in\\scan.pdf"), false)).unwrap();
    now(upload.open.close()).unwrap();
    now(scanner.create_directory(&path("in\\today"), None)).unwrap();
    access(
        &scanner,
        "in\\today\\b",
        AccessMask::GENERIC_WRITE,
        Disposition::Create,
    )
    .unwrap();
    // Nothing that was there is read, listed, changed, moved or linked to.
    for wanted in [
        AccessMask::READ_DATA,
        AccessMask::WRITE_DATA,
        AccessMask::DELETE,
        AccessMask::WRITE_ATTRIBUTES,
    ] {
        for name in ["in\\a", "in\\scan.pdf"] {
            assert!(
                access(&scanner, name, wanted, Disposition::Open).is_err(),
                "{name} {wanted:?}"
            );
        }
    }
    assert!(
        access(
            &scanner,
            "in\\a",
            AccessMask::WRITE_DATA,
            Disposition::OverwriteIf
        )
        .is_err()
    );
    assert!(access(&scanner, "in", AccessMask::READ_DATA, Disposition::Open).is_err());
    let folder = access(
        &scanner,
        "in",
        AccessMask::READ_ATTRIBUTES | AccessMask::EXECUTE,
        Disposition::Open,
    )
    .unwrap();
    assert!(now(folder.open.scan(&Pattern::all())).is_err());
    assert!(now(scanner.hard_link(&path("in\\a"), &path("in\\mine"))).is_err());
    let upload = access(
        &scanner,
        "in\\c",
        AccessMask::GENERIC_WRITE | AccessMask::DELETE,
        Disposition::Create,
    )
    .unwrap();
    assert!(now(upload.open.rename(&path("in\\a"), true)).is_err());
    assert_eq!(std::fs::read(fixture.disk("in/a")).unwrap(), b"theirs");
    assert_eq!(std::fs::read(fixture.disk("in/scan.pdf")).unwrap(), b"scan");
}

#[test]
fn a_drop_box_does_not_tell_what_others_put_there() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "in");
    put(&fixture.view, "in\\theirs", b"secret");
    let scanner = fixture.other(Permission::DropBox);
    let looks = |view: &ShareView, name: &str| {
        let by_open = access(view, name, AccessMask::READ_ATTRIBUTES, Disposition::Open).map(drop);
        let by_path = now(view.stat(&path(name), false, true)).map(drop);
        assert_eq!(by_open.is_ok(), by_path.is_ok(), "{name}");
        by_path
    };
    assert!(matches!(
        looks(&scanner, "in\\theirs"),
        Err(VfsError::AccessDenied(Denial::Permission))
    ));
    looks(&scanner, "in").unwrap();
    assert!(matches!(looks(&scanner, "in\\none"), Err(VfsError::NotFound)));
    // What one has uploaded one may look at, by another session too; nobody else may.
    let upload = access(
        &scanner,
        "in\\mine",
        AccessMask::GENERIC_WRITE,
        Disposition::Create,
    )
    .unwrap();
    now(upload.open.close()).unwrap();
    looks(&scanner, "in\\mine").unwrap();
    looks(&fixture.other(Permission::DropBox), "in\\mine").unwrap();
    let address = "10.0.0.9:5000".parse().unwrap();
    let stranger = fixture.guest(address, Permission::DropBox);
    assert!(looks(&stranger, "in\\mine").is_err());
    for wanted in [AccessMask::READ_DATA, AccessMask::DELETE, AccessMask::WRITE_DATA] {
        assert!(access(&scanner, "in\\mine", wanted, Disposition::Open).is_err());
    }
}

#[test]
#[cfg_attr(wine, ignore = "Wine gives some files one number")]
fn whoever_makes_a_folder_in_a_drop_box_sees_and_moves_nothing_of_what_others_put_into_it() {
    let fixture = Fixture::new();
    let scanner = fixture.other(Permission::DropBox);
    let name = path("mine");
    // As Windows asks for a new folder.
    let making = OpenRequest {
        options: CreateOptions::DIRECTORY_FILE,
        access: AccessMask::READ_DATA | AccessMask::SYNCHRONIZE | AccessMask::DELETE,
        ..request(&name, Disposition::Create)
    };
    let folder = open(&scanner, making).unwrap().open;
    now(folder.rename(&path("ours"), false)).unwrap();
    let bob = fixture.guest("10.0.0.9:5000".parse().unwrap(), Permission::DropBox);
    let upload = access(
        &bob,
        "ours\\from-bob",
        AccessMask::GENERIC_WRITE,
        Disposition::Create,
    );
    now(upload.unwrap().open.close()).unwrap();
    let denied = |outcome: Result<(), VfsError>| {
        assert!(
            matches!(outcome, Err(VfsError::AccessDenied(Denial::Permission))),
            "{outcome:?}"
        );
    };
    denied(now(folder.scan(&Pattern::all())).map(drop));
    let watched = futures_util::FutureExt::now_or_never(folder.changes(true, NotifyFilter::all(), 4096));
    denied(watched.unwrap().map(drop));
    denied(now(folder.rename(&path("stolen"), false)));
    assert!(matches!(
        now(folder.set_delete_pending(true)),
        Err(VfsError::DirectoryNotEmpty)
    ));
    std::fs::remove_file(fixture.disk("ours/from-bob")).unwrap();
    now(folder.set_delete_pending(true)).unwrap();
    now(folder.close()).unwrap();
    assert!(!fixture.disk("ours").exists());
}

#[test]
fn all_sessions_of_one_person_open_no_more_than_one_may() {
    let fixture = Fixture::new();
    let views: Vec<_> = (0..4).map(|_| fixture.other(Permission::ReadWrite)).collect();
    let opens: Vec<_> = views
        .iter()
        .flat_map(|view| {
            (0..16).map(move |number| open_path(view, &format!("{number}"), Disposition::OpenIf))
        })
        .map(Result::unwrap)
        .collect();
    assert_eq!(opens.len(), 64);
    let refused = |view: &ShareView, name: &str, disposition| {
        assert!(matches!(
            open_path(view, name, disposition),
            Err(VfsError::TooManyOpens)
        ));
    };
    refused(&fixture.view, "0", Disposition::Open);
    refused(&fixture.view, "new", Disposition::Create);
    assert!(!fixture.disk("new").exists());
    let guest = fixture.guest("10.0.0.9:5000".parse().unwrap(), Permission::ReadWrite);
    open_path(&guest, "new", Disposition::Create).unwrap();
    drop(opens);
    open_path(&fixture.view, "0", Disposition::Open).unwrap();
    let limits = fixture.sessions.limits();
    assert_eq!(limits.of(crate::live::LimitKind::Opens).used(), 0);
}

#[test]
fn revocation_acts_on_what_is_open() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    put(&fixture.view, "b", b"x");
    let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    let mut scan = now(root.open.scan(&Pattern::all())).unwrap();
    fixture.grant.set(Permission::Read);
    assert!(matches!(
        now(opened.open.write_at(0, b"y", false)),
        Err(VfsError::AccessDenied(Denial::Permission))
    ));
    assert!(matches!(
        now(opened.open.set_delete_pending(true)),
        Err(VfsError::AccessDenied(Denial::Permission))
    ));
    now(opened.open.read_into(0, 1, &mut Vec::new())).unwrap();
    fixture.grant.set(Permission::None);
    assert!(matches!(
        now(opened.open.read_into(0, 1, &mut Vec::new())),
        Err(VfsError::AccessDenied(_))
    ));
    assert!(matches!(now(scan.next()), Some(Err(VfsError::AccessDenied(_)))));
    fixture.grant.set(Permission::ReadWrite);
    now(opened.open.write_at(0, b"y", false)).unwrap();
}

#[test]
fn a_share_made_read_only_is_so_at_once_and_its_clients_stay() {
    let fixture = Fixture::with(Permission::Admin, |_| {});
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    let settings = ShareSettings {
        read_only: true,
        comment: "archive".to_owned(),
        ..fixture.settings.clone()
    };
    fixture.engine.mount(&settings).unwrap();
    assert!(fixture.view.is_live());
    let refused = now(opened.open.write_at(0, b"x", false));
    assert!(
        matches!(refused, Err(VfsError::AccessDenied(Denial::ReadOnlyShare))),
        "{refused:?}"
    );
    let refused = open_path(&fixture.view, "b", Disposition::Create);
    assert!(matches!(
        refused,
        Err(VfsError::AccessDenied(Denial::ReadOnlyShare))
    ));
    // Encryption that is demanded from now on is another matter.
    fixture
        .engine
        .mount(&ShareSettings {
            encrypt: true,
            ..settings
        })
        .unwrap();
    assert!(!fixture.view.is_live());
}

#[test]
fn nobody_without_permission_enters() {
    let fixture = Fixture::new();
    let grant = Arc::new(LiveGrant::new(Permission::None));
    let outcome = now(fixture
        .engine
        .enter_with(&fixture.settings, caller(&fixture.sessions), grant));
    assert!(matches!(outcome, Err(VfsError::AccessDenied(Denial::Permission))));
}

#[test]
#[cfg(unix)]
fn a_folder_that_goes_ends_its_views_and_is_found_again_when_it_is_back() {
    let fixture = Fixture::new();
    let enter = || {
        let grant = Arc::new(LiveGrant::new(Permission::ReadWrite));
        now(fixture
            .engine
            .enter_with(&fixture.settings, caller(&fixture.sessions), grant))
    };
    let away = fixture.folder.with_extension("away");
    std::fs::rename(&fixture.folder, &away).unwrap();
    assert!(matches!(enter(), Err(VfsError::ShareUnavailable)));
    assert!(!fixture.view.is_live());
    std::fs::rename(&away, &fixture.folder).unwrap();
    put(&enter().unwrap(), "a", b"x");
    assert!(fixture.disk("a").exists());
}

#[test]
fn a_folder_that_is_not_there_is_told_of_when_a_file_was_to_go_into_it() {
    let mut fixture = Fixture::new();
    let scanner = fixture.other(Permission::DropBox);
    let inside = "no\\such\\scan.pdf";
    assert!(access(&scanner, inside, AccessMask::READ_ATTRIBUTES, Disposition::Open).is_err());
    let told = |fixture: &mut Fixture| {
        let mut seen = fixture.activity();
        seen.retain(|(kind, _)| *kind == ActivityKind::AccessRefused);
        seen
    };
    assert_eq!(told(&mut fixture), []);
    let created = access(&scanner, inside, AccessMask::GENERIC_WRITE, Disposition::Create);
    assert!(matches!(created, Err(VfsError::PathNotFound)));
    assert_eq!(
        told(&mut fixture),
        [(ActivityKind::AccessRefused, "no/such/scan.pdf".to_owned())]
    );
}
