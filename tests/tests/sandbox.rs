//! What holds around the server: the kernel's sandbox, and no privileges.
#![cfg(target_os = "linux")]

use landfall_tests::clients::{sftp, smbclient};
use landfall_tests::server::Server;

/// The lines of a thread's status that say what it may do.
fn rights(status: &str) -> Vec<&str> {
    let names = ["NoNewPrivs:", "CapPrm:", "CapEff:", "CapInh:", "CapAmb:"];
    let is_one = |line: &&str| names.iter().any(|name| line.starts_with(name));
    status.lines().filter(is_one).collect()
}

#[test]
fn no_thread_has_privileges_beyond_files_and_none_can_get_any() {
    let server = Server::with_files();
    smbclient(&server, "alice", "files", &[], "ls").ok();
    // Nothing; or, for a server that root runs, passing over the permissions of files.
    let files = ["0000000000000000", "000000000000000a"];
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
    let mut seen = 0;
    for thread in threads {
        let Ok(status) = std::fs::read_to_string(thread.unwrap().path().join("status")) else {
            continue;
        };
        let rights = rights(&status);
        assert_eq!(rights.len(), 5, "{status}");
        for right in rights {
            let (name, value) = right.split_once(":\t").unwrap();
            match name {
                "NoNewPrivs" => assert_eq!(value, "1", "{status}"),
                "CapInh" | "CapAmb" => assert_eq!(value, files[0], "{status}"),
                _ => assert!(files.contains(&value), "{status}"),
            }
        }
        seen += 1;
    }
    assert!(seen > 3);
    let status = server.json(&["status"]);
    let privileges = &status["hardening"]["privileges"];
    assert!(
        *privileges == "none" || *privileges == "files-of-others",
        "{status}"
    );
}

#[test]
fn a_share_that_is_added_while_clients_are_there_is_served_to_them_at_once() {
    let server = Server::with_files();
    let status = server.json(&["status"]);
    if status["hardening"]["file_system"]["kind"] != "landlock" {
        return;
    }
    let later = server.folder("later");
    std::fs::create_dir(&later).unwrap();
    std::fs::write(later.join("old.txt"), "old").unwrap();
    let add = format!(
        "share add later {} --default read-write --json --data-dir {}",
        later.display(),
        server.data().display()
    );
    let landfall = std::env::var("LANDFALL_BIN").unwrap();
    // The client's connection begins before the share is there: it adds it by a command of its own.
    let commands = [
        "ls /files".to_owned(),
        format!("!LANDFALL_KEYRING=off {landfall} {add}"),
        "ls /later".to_owned(),
        "get /later/old.txt got.txt".to_owned(),
        "put got.txt /later/new.txt".to_owned(),
        "rename /later/new.txt /later/moved.txt".to_owned(),
        "mkdir /later/folder".to_owned(),
        "rename /later/moved.txt /later/folder/deep.txt".to_owned(),
        "rm /later/old.txt".to_owned(),
    ];
    let commands: Vec<_> = commands.iter().map(String::as_str).collect();
    sftp(&server, "alice", &commands).ok();
    assert_eq!(
        std::fs::read_to_string(later.join("folder/deep.txt")).unwrap(),
        "old"
    );
    assert!(!later.join("old.txt").exists());
    smbclient(
        &server,
        "alice",
        "later",
        &[],
        "get folder\\deep.txt back.txt; del folder\\deep.txt",
    )
    .ok();
    assert!(!later.join("folder/deep.txt").exists());
}

#[test]
fn a_share_whose_folder_comes_later_is_served_then() {
    let server = Server::with_files();
    let folder = server.folder("files");
    let away = folder.with_extension("away");
    std::fs::rename(&folder, &away).unwrap();
    smbclient(&server, "alice", "files", &[], "ls").refused("NT_STATUS_");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("new.txt"), "new").unwrap();
    smbclient(
        &server,
        "alice",
        "files",
        &[],
        "get new.txt got.txt; put got.txt other.txt",
    )
    .ok();
    assert_eq!(std::fs::read_to_string(folder.join("other.txt")).unwrap(), "new");
}

#[test]
fn the_data_folder_is_looked_through_from_outside_of_the_sandbox() {
    let server = Server::with_files();
    // Longer than what is known of it is taken for fresh.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    smbclient(&server, "alice", "files", &[], "ls").ok();
    let log = server.log();
    assert!(!log.contains("WARN"), "{log}");
}
