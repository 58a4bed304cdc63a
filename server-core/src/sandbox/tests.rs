//! The sandbox of this kernel, where it has one.

use std::path::Path;

use super::*;

fn sandbox(needs: Needs) -> Option<Sandbox> {
    let (sandbox, guard) = Sandbox::start(needs);
    matches!(guard, FileSystemGuard::Landlock { .. }).then_some(sandbox)
}

fn admit(sandbox: &Sandbox, folder: &Path) -> Admitted {
    sandbox.admit(File::open(folder).unwrap())
}

/// Runs something on a confined thread.
fn inside<T: Send + 'static>(sandbox: &Sandbox, work: impl FnOnce() -> T + Send + 'static) -> T {
    let entering = sandbox.clone();
    let thread = std::thread::spawn(move || {
        entering.enter();
        work()
    });
    thread.join().unwrap()
}

#[test]
fn who_is_in_opens_shares_and_what_is_needed_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let [shared, home] = ["shared", "home"].map(|name| root.path().join(name));
    for folder in [&shared, &home] {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("file"), "content").unwrap();
    }
    let database = home.join("database");
    std::fs::write(&database, "").unwrap();
    let needs = Needs {
        files: vec![database.clone()],
        readable: vec![],
    };
    let Some(sandbox) = sandbox(needs) else { return };
    let _admitted = admit(&sandbox, &shared);
    inside(&sandbox, move || {
        assert_eq!(std::fs::read_to_string(shared.join("file")).unwrap(), "content");
        std::fs::write(shared.join("new"), "x").unwrap();
        std::fs::create_dir(shared.join("folder")).unwrap();
        std::fs::rename(shared.join("new"), shared.join("folder/moved")).unwrap();
        std::fs::hard_link(shared.join("file"), shared.join("folder/linked")).unwrap();
        std::fs::remove_file(shared.join("folder/moved")).unwrap();
        std::fs::write(&database, "x").unwrap();

        let refused = |outcome: io::Result<()>| {
            let error = outcome.unwrap_err();
            assert!(matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::CrossesDevices
            ));
        };
        refused(std::fs::read(home.join("file")).map(drop));
        refused(std::fs::read("/etc/passwd").map(drop));
        refused(std::fs::read_dir(&home).map(drop));
        refused(std::fs::write(home.join("new"), "x"));
        refused(std::fs::remove_file(home.join("file")));
        refused(std::fs::rename(home.join("file"), shared.join("stolen")));
        refused(std::fs::hard_link(home.join("file"), shared.join("stolen")));
        // A link in a share that leads out is followed by the system, and what it leads to stays shut.
        std::os::unix::fs::symlink(&home, shared.join("out")).unwrap();
        refused(std::fs::read(shared.join("out/file")).map(drop));
        refused(std::process::Command::new("/bin/true").status().map(drop));
    });
}

#[test]
fn what_is_open_stays_open_and_a_folder_that_comes_later_is_for_those_who_come_later() {
    let root = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| root.path().join(name));
    for folder in [&first, &second] {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("file"), "content").unwrap();
    }
    let Some(sandbox) = sandbox(Needs::default()) else {
        return;
    };
    let early = admit(&sandbox, &first);
    let outside = sandbox.clone();
    let late = inside(&sandbox, move || {
        assert!(early.is_reached() && outside.is_current());
        let late = {
            // As an administrator's thread does.
            let (sender, receiver) = mpsc::channel();
            let (adding, second) = (outside.clone(), second.clone());
            let add = move || sender.send(admit(&adding, &second)).unwrap();
            outside.spawn("test", add).unwrap();
            receiver.recv().unwrap()
        };
        assert!(!late.is_reached() && !outside.is_current());
        assert!(std::fs::read(second.join("file")).is_err());
        // A thread that this one starts from outside has the new rules.
        let (sender, receiver) = mpsc::channel();
        let (entering, held) = (outside.clone(), late.clone());
        outside
            .spawn("test", move || {
                entering.enter();
                let read = std::fs::read(second.join("file")).is_ok();
                sender.send(read && held.is_reached()).unwrap();
            })
            .unwrap();
        assert!(receiver.recv().unwrap());
        late
    });
    assert!(late.is_reached(), "who is not confined reaches everything");
}

#[test]
fn a_folder_that_is_shared_no_more_is_shut_for_those_who_come_later() {
    let root = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| root.path().join(name));
    for folder in [&first, &second] {
        std::fs::create_dir(folder).unwrap();
    }
    let Some(sandbox) = sandbox(Needs::default()) else {
        return;
    };
    drop(admit(&sandbox, &first));
    let _held = admit(&sandbox, &second);
    inside(&sandbox, move || {
        assert!(std::fs::read_dir(&first).is_err());
        assert!(std::fs::read_dir(&second).is_ok());
    });
}
