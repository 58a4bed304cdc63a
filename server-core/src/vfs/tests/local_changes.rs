//! Clients that watch folders hear what programs on this computer do there, and of what clients do once.

use std::time::Duration;

use super::*;

/// Nobody waits longer than this for what is to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that is watched.
struct Watcher {
    runtime: tokio::runtime::Runtime,
    folder: Arc<Open>,
    recursive: bool,
}

impl Watcher {
    fn of(view: &ShareView, folder: &str, recursive: bool) -> Self {
        let folder = path(folder);
        let options = CreateOptions::DIRECTORY_FILE;
        let request = OpenRequest {
            options,
            ..request(&folder, Disposition::Open)
        };
        let folder = open(view, request).unwrap().open;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let watcher = Self {
            runtime,
            folder,
            recursive,
        };
        // It watches from the first request on.
        let began = watcher
            .runtime
            .block_on(async { tokio::time::timeout(Duration::from_millis(50), watcher.next()).await });
        assert!(began.is_err(), "{began:?}");
        watcher
    }

    async fn next(&self) -> Changes {
        let all = NotifyFilter::all();
        self.folder.changes(self.recursive, all, 65536).await.unwrap()
    }

    /// What it is told up to this, which is not modified.
    fn told_up_to(&self, last: &str) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let next = async { tokio::time::timeout(PATIENCE, self.next()).await };
            let Changes::These(changes) = self.runtime.block_on(next).expect("it is never told") else {
                panic!("too many, or the folder goes");
            };
            for change in changes {
                let sign = match change.action {
                    ChangeAction::Added => "+",
                    ChangeAction::Removed => "-",
                    ChangeAction::Modified => "*",
                    ChangeAction::RenamedOldName => "<",
                    ChangeAction::RenamedNewName => ">",
                };
                told.push(format!("{sign}{}", change.name));
            }
            if told
                .iter()
                .any(|told| told[1..] == *last && !told.starts_with('*'))
            {
                return told;
            }
        }
    }
}

/// What comes to be by other means than ours, at the end of what is looked at.
fn canary(fixture: &Fixture) {
    std::fs::create_dir(fixture.disk("canary")).unwrap();
}

#[test]
fn a_watcher_hears_what_a_program_does_in_the_folder() {
    let fixture = Fixture::new();
    std::fs::write(fixture.disk("there"), "before").unwrap();
    let watcher = Watcher::of(&fixture.view, "", false);
    std::fs::create_dir(fixture.disk("d")).unwrap();
    std::fs::rename(fixture.disk("there"), fixture.disk("renamed")).unwrap();
    std::fs::rename(fixture.disk("renamed"), fixture.disk("d/moved")).unwrap();
    std::fs::write(fixture.disk("d/not told"), "").unwrap();
    std::fs::remove_dir_all(fixture.disk("d")).unwrap();
    canary(&fixture);
    let told = watcher.told_up_to("canary");
    assert_eq!(
        told,
        [
            "+d", "<there", ">renamed", "*renamed", "-renamed", "-d", "+canary"
        ]
    );
}

#[test]
fn a_watcher_hears_of_content_and_permissions_once_for_each_change() {
    let fixture = Fixture::new();
    std::fs::write(fixture.disk("a"), "before").unwrap();
    std::fs::write(fixture.disk("b"), "before").unwrap();
    let watcher = Watcher::of(&fixture.view, "", false);
    std::fs::write(fixture.disk("a"), "after").unwrap();
    let mut mode = std::fs::metadata(fixture.disk("b")).unwrap().permissions();
    mode.set_readonly(true);
    std::fs::set_permissions(fixture.disk("b"), mode).unwrap();
    canary(&fixture);
    assert_eq!(watcher.told_up_to("canary"), ["*a", "*b", "+canary"]);
}

#[test]
fn a_tree_is_watched_with_the_folders_that_come_into_it() {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.disk("a/b")).unwrap();
    let watcher = Watcher::of(&fixture.view, "", true);
    std::fs::create_dir(fixture.disk("a/b/x")).unwrap();
    std::fs::create_dir_all(fixture.disk("new/deep")).unwrap();
    assert_eq!(
        watcher.told_up_to("new\\deep"),
        ["+a\\b\\x", "+new", "+new\\deep"]
    );
    std::fs::create_dir(fixture.disk("new/deep/er")).unwrap();
    std::fs::rename(fixture.disk("new"), fixture.disk("a/old")).unwrap();
    assert_eq!(
        watcher.told_up_to("a\\old"),
        ["+new\\deep\\er", "-new", "+a\\old"]
    );
    std::fs::create_dir(fixture.disk("a/old/deep/y")).unwrap();
    assert_eq!(watcher.told_up_to("a\\old\\deep\\y"), ["+a\\old\\deep\\y"]);
}

#[test]
fn what_clients_do_is_told_once() {
    let fixture = Fixture::new();
    let watcher = Watcher::of(&fixture.view, "", true);
    put(&fixture.view, "by a client", b"content");
    make_folder(&fixture.view, "folder");
    let moved = open(&fixture.view, request(&path("by a client"), Disposition::Open)).unwrap();
    now(moved.open.rename(&path("folder\\there"), false)).unwrap();
    now(moved.open.close()).unwrap();
    // Nor is what was opened for writing, and not written.
    drop(open(&fixture.view, request(&path("folder\\there"), Disposition::Open)).unwrap());
    canary(&fixture);
    let told = watcher.told_up_to("canary");
    let named: Vec<_> = told.iter().filter(|told| !told.starts_with('*')).collect();
    assert_eq!(
        named,
        [
            "+by a client",
            "+folder",
            "-by a client",
            "+folder\\there",
            "+canary"
        ]
    );
}

#[test]
fn who_watches_the_same_folder_by_itself_and_from_above_is_told_once_each() {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.disk("a/b")).unwrap();
    let above = Watcher::of(&fixture.view, "", true);
    let itself = Watcher::of(&fixture.view, "a\\b", false);
    std::fs::create_dir(fixture.disk("a/b/x")).unwrap();
    assert_eq!(itself.told_up_to("x"), ["+x"]);
    assert_eq!(above.told_up_to("a\\b\\x"), ["+a\\b\\x"]);
    drop(above);
    std::fs::create_dir(fixture.disk("a/b/y")).unwrap();
    assert_eq!(itself.told_up_to("y"), ["+y"]);
}

#[test]
fn a_watch_follows_its_folder_when_a_client_renames_it() {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.disk("a/b")).unwrap();
    let itself = Watcher::of(&fixture.view, "a", true);
    now(itself.folder.rename(&path("z"), false)).unwrap();
    std::fs::create_dir(fixture.disk("z/b/x")).unwrap();
    assert_eq!(itself.told_up_to("b\\x"), ["+b\\x"]);
}

#[test]
fn what_a_client_did_before_another_began_to_watch_is_no_stranger_s_deed() {
    let fixture = Fixture::new();
    for number in 0..5 {
        let watcher = Watcher::of(&fixture.view, "", false);
        put(&fixture.view, "a", b"content");
        let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
        now(opened.open.set_delete_pending(true)).unwrap();
        now(opened.open.close()).unwrap();
        // The disk's word of it is on its way.
        drop(watcher);
        let watcher = Watcher::of(&fixture.view, "", false);
        let last = format!("last {number}");
        std::fs::create_dir(fixture.disk(&last)).unwrap();
        assert_eq!(watcher.told_up_to(&last), [format!("+{last}")]);
    }
}

#[test]
fn links_and_replacements_of_clients_are_told_as_what_they_are() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    put(&fixture.view, "b", b"content");
    let watcher = Watcher::of(&fixture.view, "", true);
    let a = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    now(a.open.link(&path("linked"), false)).unwrap();
    now(a.open.link(&path("b"), true)).unwrap();
    now(a.open.close()).unwrap();
    now(fixture.view.symlink(&path("s"), "b")).unwrap();
    canary(&fixture);
    let told = watcher.told_up_to("canary");
    let named: Vec<_> = told.iter().filter(|told| !told.starts_with('*')).collect();
    assert_eq!(named, ["+linked", "+b", "+s", "+canary"]);
}
