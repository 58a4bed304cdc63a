//! Delete-on-close, delete-pending, by path.

use super::*;

fn delete_on_close(path: &SharePath, disposition: Disposition) -> OpenRequest<'_> {
    OpenRequest {
        options: CreateOptions::DELETE_ON_CLOSE,
        ..request(path, disposition)
    }
}

#[test]
fn a_file_goes_when_the_last_open_of_it_goes() {
    let mut fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    let name = path("a");
    let first = open(&fixture.view, delete_on_close(&name, Disposition::Open)).unwrap();
    let second = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    now(first.open.close()).unwrap();
    assert!(fixture.disk("a").exists());
    let info = now(second.open.info()).unwrap();
    assert!(info.delete_pending && info.links == 0);
    assert!(matches!(
        open_path(&fixture.view, "A", Disposition::OpenIf),
        Err(VfsError::DeletePending)
    ));
    now(second.open.close()).unwrap();
    drop((first, second));
    assert!(!fixture.disk("a").exists());
    assert!(
        fixture
            .activity()
            .contains(&(ActivityKind::Removed, "a".to_owned()))
    );
    assert_eq!(
        open_path(&fixture.view, "a", Disposition::OpenIf).unwrap().action,
        CreateAction::Created
    );
}

#[test]
fn a_deletion_that_is_taken_back_does_not_happen() {
    let fixture = Fixture::new();
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    now(opened.open.set_delete_pending(true)).unwrap();
    now(opened.open.set_delete_pending(false)).unwrap();
    now(opened.open.close()).unwrap();
    assert!(fixture.disk("a").exists());
}

#[test]
fn delete_on_close_needs_the_right_to_delete() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    let name = path("a");
    let reader = OpenRequest {
        access: AccessMask::READ_DATA,
        ..delete_on_close(&name, Disposition::Open)
    };
    assert!(matches!(
        open(&fixture.view, reader),
        Err(VfsError::InvalidParameter)
    ));
    let reader = OpenRequest {
        access: AccessMask::READ_DATA,
        ..request(&name, Disposition::Open)
    };
    let reader = open(&fixture.view, reader).unwrap();
    let refused = now(reader.open.set_delete_pending(true));
    assert!(matches!(refused, Err(VfsError::AccessDenied(Denial::NotGranted))));
}

#[test]
#[cfg_attr(wine, ignore = "Wine keeps every name of a folder that is open")]
fn a_folder_goes_only_when_it_is_empty_and_never_the_root() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    put(&fixture.view, "d\\a", b"x");
    let name = path("d");
    let opened = open(&fixture.view, request(&name, Disposition::Open)).unwrap();
    assert!(matches!(
        now(opened.open.set_delete_pending(true)),
        Err(VfsError::DirectoryNotEmpty)
    ));
    // Delete-on-close of a folder that is not empty leaves it.
    now(open(&fixture.view, delete_on_close(&name, Disposition::Open))
        .unwrap()
        .open
        .close())
    .unwrap();
    assert!(fixture.disk("d").exists());
    now(fixture.view.remove_file(&path("d\\a"))).unwrap();
    now(opened.open.set_delete_pending(true)).unwrap();
    now(opened.open.close()).unwrap();
    assert!(!fixture.disk("d").exists());
    let root = SharePath::root();
    let opened = open(&fixture.view, request(&root, Disposition::Open)).unwrap();
    assert!(matches!(
        now(opened.open.set_delete_pending(true)),
        Err(VfsError::CannotDelete)
    ));
    assert!(matches!(
        now(opened.open.rename(&path("x"), true)),
        Err(VfsError::AccessDenied(_))
    ));
    assert!(matches!(
        open(&fixture.view, delete_on_close(&root, Disposition::Open)),
        Err(VfsError::CannotDelete)
    ));
}

#[test]
#[cfg(unix)]
fn what_took_the_name_meanwhile_is_not_removed() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"old");
    let name = path("a");
    let opened = open(&fixture.view, delete_on_close(&name, Disposition::Open)).unwrap();
    // A program on this computer replaces the file, as editors do.
    std::fs::write(fixture.disk("new"), b"new").unwrap();
    std::fs::rename(fixture.disk("new"), fixture.disk("a")).unwrap();
    now(opened.open.close()).unwrap();
    assert_eq!(std::fs::read(fixture.disk("a")).unwrap(), b"new");
}

#[test]
#[cfg_attr(wine, ignore = "Wine keeps every name of a file that is open")]
fn of_two_hard_links_the_one_that_was_deleted_goes() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    now(fixture.view.hard_link(&path("a"), &path("b"))).unwrap();
    let kept = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    assert_eq!(kept.info.links, 2);
    now(kept.open.set_attributes(DosAttributes::SYSTEM)).unwrap();
    let name = path("b");
    let opened = open(&fixture.view, delete_on_close(&name, Disposition::Open)).unwrap();
    now(opened.open.close()).unwrap();
    assert!(fixture.disk("a").exists() && !fixture.disk("b").exists());
    let info = now(kept.open.info()).unwrap();
    assert!(!info.delete_pending);
    assert_eq!(
        info.attributes,
        DosAttributes::SYSTEM,
        "the file keeps what is known of it"
    );
    assert_eq!(kept.open.path(), path("a"));
}

#[test]
#[cfg_attr(wine, ignore = "Wine makes no symbolic links")]
fn deleting_a_link_leaves_what_it_leads_to() {
    let fixture = Fixture::new();
    put(&fixture.view, "target", b"x");
    symlink("target", fixture.disk("link"));
    let name = path("link");
    now(open(&fixture.view, delete_on_close(&name, Disposition::Open))
        .unwrap()
        .open
        .close())
    .unwrap();
    assert!(fixture.disk("target").exists() && !fixture.disk("link").is_symlink());
    symlink("nowhere", fixture.disk("dangling"));
    now(fixture.view.remove_file(&path("dangling"))).unwrap();
    assert!(!fixture.disk("dangling").is_symlink());
}

#[test]
fn removing_by_path_minds_kind_and_sharing() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    make_folder(&fixture.view, "d");
    assert!(matches!(
        now(fixture.view.remove_file(&path("d"))),
        Err(VfsError::IsADirectory)
    ));
    assert!(matches!(
        now(fixture.view.remove_directory(&path("a"))),
        Err(VfsError::NotADirectory)
    ));
    assert!(matches!(
        now(fixture.view.remove_file(&path("no"))),
        Err(VfsError::NotFound)
    ));
    let name = path("a");
    let exclusive = OpenRequest {
        share_mode: ShareMode::READ,
        ..request(&name, Disposition::Open)
    };
    let holder = open(&fixture.view, exclusive).unwrap();
    assert!(matches!(
        now(fixture.view.remove_file(&name)),
        Err(VfsError::SharingViolation)
    ));
    drop(holder);
    now(fixture.view.remove_file(&name)).unwrap();
    now(fixture.view.remove_directory(&path("d"))).unwrap();
    assert_eq!(std::fs::read_dir(&fixture.folder).unwrap().count(), 0);
}

/// Whether this account is bound by permissions; the computer's administrator is not.
#[cfg(unix)]
fn is_bound_by_permissions(fixture: &Fixture) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let probe = fixture.disk("probe");
    std::fs::create_dir(&probe).unwrap();
    std::fs::set_permissions(&probe, std::fs::Permissions::from_mode(0o500)).unwrap();
    let bound = std::fs::write(probe.join("x"), b"").is_err();
    std::fs::set_permissions(&probe, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::remove_dir_all(&probe).unwrap();
    bound
}

#[test]
#[cfg(unix)]
fn what_the_disk_would_not_let_go_is_refused_when_it_is_marked() {
    use std::os::unix::fs::PermissionsExt;
    let mut fixture = Fixture::new();
    if !is_bound_by_permissions(&fixture) {
        return;
    }
    make_folder(&fixture.view, "d");
    put(&fixture.view, "d\\a", b"x");
    let mode = |mode| {
        std::fs::set_permissions(fixture.disk("d"), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let opened = open_path(&fixture.view, "d\\a", Disposition::Open).unwrap();
    mode(0o500);
    let refused = now(opened.open.set_delete_pending(true));
    let name = path("d\\a");
    let at_open = open(&fixture.view, delete_on_close(&name, Disposition::Open));
    mode(0o700);
    for refused in [refused.unwrap_err(), at_open.unwrap_err()] {
        assert!(
            matches!(refused, VfsError::AccessDenied(Denial::OperatingSystem)),
            "{refused}"
        );
    }
    drop(opened);
    assert!(fixture.disk("d/a").exists());
    assert!(
        fixture
            .activity()
            .iter()
            .any(|(kind, _)| *kind == ActivityKind::AccessRefused)
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_may_not_be_changed_is_not_marked_for_deletion() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    let attribute = |change: &str| {
        let as_whom: [&[&str]; 2] = [&["chattr"], &["sudo", "-n", "chattr"]];
        as_whom.into_iter().any(|words| {
            let mut command = std::process::Command::new(words[0]);
            command.args(&words[1..]).arg(change).arg(fixture.disk("a"));
            command.output().is_ok_and(|output| output.status.success())
        })
    };
    if !attribute("+i") {
        let must = std::env::var_os("LANDFALL_MUST_TEST").is_some_and(|must| must == "1");
        assert!(!must, "this file system or account can't protect a file");
        return;
    }
    let name = path("a");
    let read = OpenRequest::new(&name, AccessMask::GENERIC_READ | AccessMask::DELETE);
    let opened = open(&fixture.view, read).unwrap();
    let refused = now(opened.open.set_delete_pending(true));
    assert!(attribute("-i"));
    assert!(matches!(
        refused,
        Err(VfsError::AccessDenied(Denial::OperatingSystem))
    ));
    now(opened.open.close()).unwrap();
    assert!(fixture.disk("a").exists());
}

/// Takes the right to delete away again.
type Revocation = fn(&Fixture);

const REVOCATIONS: [Revocation; 4] = [
    |fixture| fixture.grant.set(Permission::Read),
    // As for an account that is disabled.
    |fixture| fixture.grant.set(Permission::None),
    |fixture| {
        let read_only = true;
        let settings = fixture.settings.clone();
        let settings = ShareSettings {
            read_only,
            ..settings
        };
        fixture.engine.mount(&settings).unwrap();
    },
    |fixture| fixture.engine.unmount(fixture.settings.id),
];

#[test]
fn a_right_that_was_taken_meanwhile_deletes_nothing_at_close() {
    for revoke in REVOCATIONS {
        for marked in [false, true] {
            let mut fixture = Fixture::new();
            put(&fixture.view, "a", b"x");
            let name = path("a");
            let opened = if marked {
                let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
                now(opened.open.set_delete_pending(true)).unwrap();
                opened
            } else {
                open(&fixture.view, delete_on_close(&name, Disposition::Open)).unwrap()
            };
            fixture.activity();
            revoke(&fixture);
            let closed = now(opened.open.close());
            assert!(
                matches!(closed, Err(VfsError::AccessDenied(_) | VfsError::Closed)),
                "{closed:?}"
            );
            assert!(fixture.disk("a").exists());
            let told = (ActivityKind::NotDeleted, "a".to_owned());
            assert_eq!(fixture.activity(), [told]);
            let grant = Arc::new(LiveGrant::new(Permission::ReadWrite));
            let view = fixture
                .engine
                .enter_with(&fixture.settings, caller(&fixture.sessions), grant);
            let again = open_path(&now(view).unwrap(), "a", Disposition::Open);
            assert!(again.is_ok(), "it is marked no more: {again:?}");
        }
    }
}

#[test]
#[cfg_attr(wine, ignore = "Wine keeps every name of a file that is open")]
fn what_somebody_marked_and_left_goes_with_its_last_open_unless_the_share_takes_no_deletions_by_then() {
    for read_only in [false, true] {
        let fixture = Fixture::new();
        put(&fixture.view, "a", b"x");
        let reader = fixture.other(Permission::Read);
        let name = path("a");
        let reading = OpenRequest::new(&name, AccessMask::READ_DATA);
        let reading = open(&reader, reading).unwrap();
        let marker = open_path(&fixture.view, "a", Disposition::Open).unwrap();
        now(marker.open.set_delete_pending(true)).unwrap();
        now(marker.open.close()).unwrap();
        let settings = ShareSettings {
            read_only,
            ..fixture.settings.clone()
        };
        fixture.engine.mount(&settings).unwrap();
        assert_eq!(now(reading.open.close()).is_err(), read_only);
        assert_eq!(fixture.disk("a").exists(), read_only);
    }
}

#[test]
fn a_watch_on_a_folder_that_is_marked_already_ends_at_once() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    let marker = open_path(&fixture.view, "d", Disposition::Open).unwrap();
    let watcher = open_path(&fixture.view, "d", Disposition::Open).unwrap();
    now(marker.open.set_delete_pending(true)).unwrap();
    let changes =
        futures_util::FutureExt::now_or_never(watcher.open.changes(false, NotifyFilter::all(), 4096));
    assert_eq!(changes.unwrap().unwrap(), Changes::FolderGoes);
}
