//! What is in folders besides files: links that lead nowhere, FIFOs, sockets, mount points, names that differ by case
//! alone. Clients see it, and get rid of it.
#![cfg(target_os = "linux")]

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use landfall_tests::clients::{sftp, smbclient};
use landfall_tests::disks::Disk;
use landfall_tests::raw::Raw;
use landfall_tests::server::Server;

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.is_ok_and(|status| status.success()));
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[test]
fn links_are_followed_inside_and_deleted_wherever_they_lead() {
    let server = Server::with_files();
    let files = server.folder("files");
    let folder = files.join("folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(files.join("target"), "inside").unwrap();
    symlink(files.join("target"), folder.join("absolute")).unwrap();
    symlink("nowhere", folder.join("dangling")).unwrap();
    symlink("/etc/passwd", folder.join("outside")).unwrap();
    let got = smbclient(&server, "alice", "files", &[], "get folder\\absolute got").ok();
    assert_eq!(
        std::fs::read_to_string(server.scratch().join("got")).unwrap(),
        "inside",
        "{got}"
    );
    smbclient(&server, "alice", "files", &[], "get folder\\outside got").refused("NT_STATUS_");
    smbclient(&server, "alice", "files", &[], "del folder\\dangling").ok();
    assert!(!is_there(&folder.join("dangling")));
    smbclient(&server, "alice", "files", &[], "put got folder\\dangling").ok();
    smbclient(&server, "alice", "files", &[], "deltree folder").ok();
    assert!(!folder.exists());
    assert!(files.join("target").exists() && Path::new("/etc/passwd").exists());
}

#[test]
fn fifos_and_sockets_are_renamed_and_deleted_over_both_protocols() {
    let server = Server::with_files();
    let files = server.folder("files");
    for (name, by_sftp) in [("a", false), ("b", true)] {
        let folder = files.join(name);
        std::fs::create_dir(&folder).unwrap();
        fifo(&folder.join("fifo"));
        drop(UnixListener::bind(folder.join("socket")).unwrap());
        if by_sftp {
            let commands = [
                "ls -l /files/b",
                "rename /files/b/fifo /files/b/pipe",
                "rm /files/b/pipe",
                "rm /files/b/socket",
                "rmdir /files/b",
            ];
            sftp(&server, "alice", &commands).ok();
        } else {
            let commands = "ls a\\*; rename a\\fifo a\\pipe; del a\\pipe; del a\\socket; rmdir a";
            smbclient(&server, "alice", "files", &[], commands).ok();
        }
        assert!(!folder.exists());
    }
}

#[test]
fn a_folder_is_moved_into_one_whose_name_differs_by_case_alone() {
    let server = Server::with_files();
    let files = server.folder("files");
    for (small, large, by_sftp) in [("d", "D", false), ("e", "E", true)] {
        std::fs::create_dir(files.join(small)).unwrap();
        std::fs::create_dir(files.join(large)).unwrap();
        if by_sftp {
            sftp(
                &server,
                "alice",
                &[&format!("rename /files/{small} /files/{large}/x")],
            )
            .ok();
        } else {
            let rename = format!("rename {small} {large}\\x");
            smbclient(&server, "alice", "files", &[], &rename).ok();
        }
        assert!(files.join(large).join("x").is_dir() && !files.join(small).exists());
    }
}

#[test]
fn a_mount_point_stays_where_it_is_and_a_folder_with_files_is_not_replaced() {
    let server = Server::with_files();
    let files = server.folder("files");
    std::fs::create_dir(files.join("full")).unwrap();
    std::fs::create_dir(files.join("other")).unwrap();
    std::fs::write(files.join("full/kept"), "kept").unwrap();
    smbclient(&server, "alice", "files", &[], "rename other full -f")
        .refused("NT_STATUS_DIRECTORY_NOT_EMPTY");
    let Some(_disk) = Disk::mount(&files.join("disk"), 1 << 20) else {
        return;
    };
    smbclient(&server, "alice", "files", &[], "rename disk elsewhere").refused("NT_STATUS_ACCESS_DENIED");
    smbclient(&server, "alice", "files", &[], "rmdir disk").refused("NT_STATUS_");
    assert!(files.join("disk").is_dir() && files.join("full/kept").exists());
}

#[test]
fn a_hard_link_of_a_link_leads_to_the_file_wherever_it_is() {
    let server = Server::with_files();
    let files = server.folder("files");
    for folder in ["here", "there"] {
        std::fs::create_dir(files.join(folder)).unwrap();
    }
    std::fs::write(files.join("here/file"), "content").unwrap();
    symlink("file", files.join("here/link")).unwrap();
    smbclient(&server, "alice", "files", &[], "hardlink here\\link there\\hard").ok();
    assert_eq!(
        std::fs::read_to_string(files.join("there/hard")).unwrap(),
        "content"
    );
}

#[test]
fn what_a_program_made_just_now_is_opened_not_made_again_in_another_case() {
    let server = Server::with_files();
    let files = server.folder("files");
    let mut client = Raw::enter(&server.smb, "alice");
    for round in 0..20 {
        // Names of a folder that rests are trusted; then the client's change and the program's get the same time of the
        // disk's clock.
        std::thread::sleep(Duration::from_millis(60));
        let file = client.create(&format!("one {round}"));
        std::fs::write(files.join(format!("Two {round}")), "local").unwrap();
        client.close(file);
        let file = client.create(&format!("two {round}"));
        assert_eq!(client.read(file, 0, 10), b"local", "{round}");
        client.close(file);
    }
}
