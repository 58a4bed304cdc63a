//! Disks that are full, read-only, gone, or silent: clients are told so in words, what was acknowledged is there, and all
//! goes on when the disk does.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::{Duration, Instant};

use landfall_tests::clients::{program, python, sftp, smbclient};
use landfall_tests::disks::{Disk, FailingDisk};
use landfall_tests::raw::{Raw, command, write_body};
use landfall_tests::server::{PASSWORD, Server};
use landfall_tests::slow_disk::SlowDisk;

const MIB: usize = 1024 * 1024;
const MEDIA_WRITE_PROTECTED: u32 = 0xC000_00A2;
/// Longer than the limit for a disk, much shorter than for ever.
const SOON: Duration = Duration::from_secs(20);

/// A server whose share is a disk of 4 MiB.
fn on_small_disk() -> Option<(Server, Disk)> {
    let mut disk = None;
    let server = Server::start(|setup| {
        disk = Disk::mount(&setup.folder("files"), 4 * MIB as u64);
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
    });
    Some((server, disk?))
}

fn content(server: &Server, name: &str, bytes: usize) {
    std::fs::write(server.scratch().join(name), vec![b'x'; bytes]).expect("the client's file");
}

fn messages(server: &Server) -> String {
    server.json(&["activity", "--limit", "200"]).to_string()
}

#[test]
fn a_full_disk_is_told_in_words_and_has_room_again() {
    let Some((server, _disk)) = on_small_disk() else {
        return;
    };
    content(&server, "small", MIB);
    content(&server, "large", 8 * MIB);
    smbclient(&server, "alice", "files", &[], "put small kept").ok();
    smbclient(&server, "alice", "files", &[], "put large over_smb").refused("NT_STATUS_DISK_FULL");
    std::fs::remove_file(server.folder("files").join("over_smb")).expect("what was left of it");
    // Its last part would fit: the whole is refused nevertheless.
    let large = sftp(&server, "alice", &["put large files/over_sftp"]);
    large.refused("write remote \"/files/over_sftp\": Failure");
    let recorded = messages(&server);
    assert!(
        recorded.contains("not all of it was written: the disk is full"),
        "{recorded}"
    );
    let kept = std::fs::read(server.folder("files").join("kept")).expect("what was acknowledged");
    assert_eq!(kept, vec![b'x'; MIB]);
    let _ = std::fs::remove_file(server.folder("files").join("over_sftp"));
    smbclient(&server, "alice", "files", &[], "put small again").ok();
    sftp(&server, "alice", &["put small files/again_by_sftp"]).ok();
}

#[test]
fn no_client_takes_what_did_not_fit_on_a_disk_for_whole() {
    let Some((server, _disk)) = on_small_disk() else {
        return;
    };
    content(&server, "most", 5 * MIB / 2);
    content(&server, "large", 8 * MIB);
    smbclient(&server, "alice", "files", &[], "put most kept").ok();
    let large = server.scratch().join("large");
    let large = large.to_str().expect("temporary folders have Unicode names");
    python(&server, "full_disk.py", &[large]).ok();
    let port = Server::port(&server.sftp);
    let rclone = format!(
        "P=$(rclone obscure '{PASSWORD}'); rclone --config /dev/null --sftp-pass \"$P\" --retries 1 copyto large \
         :sftp,host=127.0.0.1,port={port},user=alice,shell_type=none:/files/rclone"
    );
    let sshfs = format!(
        "mkdir mount; echo '{PASSWORD}' | sshfs -p {port} -o password_stdin -o StrictHostKeyChecking=no \
         -o UserKnownHostsFile=/dev/null alice@127.0.0.1:/files mount || exit 0; \
         cp large mount/sshfs; copied=$?; fusermount -u mount; exit $copied"
    );
    for (client, script) in [("rclone", rclone), ("sshfs", sshfs)] {
        let ran = program(&server, &["bash", "-c", &script]);
        assert!(!ran.done, "{client}: {}", ran.text);
        let _ = std::fs::remove_file(server.folder("files").join(client));
    }
}

#[test]
fn a_disk_that_becomes_read_only_takes_nothing_and_loses_nothing() {
    let Some((server, disk)) = on_small_disk() else {
        return;
    };
    let mut client = Raw::enter(&server.smb, "alice");
    let file = client.create("kept");
    client.write(file, 0, b"acknowledged");
    client.close(file);
    assert!(disk.set_read_only(true), "nothing is open any more");
    content(&server, "small", 10);
    smbclient(&server, "alice", "files", &[], "put small new").refused("NT_STATUS_MEDIA_WRITE_PROTECTED");
    smbclient(&server, "alice", "files", &[], "del kept").refused("NT_STATUS_MEDIA_WRITE_PROTECTED");
    // OpenSSH's client has no word for it.
    sftp(&server, "alice", &["put small files/new"]).refused("dest open \"/files/new\": Failure");
    let (status, _) = client.call(command::CREATE, &landfall_tests::raw::create_body("new"));
    assert_eq!(status, MEDIA_WRITE_PROTECTED);
    assert_eq!(
        std::fs::read(server.folder("files").join("kept")).expect("it is there"),
        b"acknowledged"
    );
    assert!(disk.set_read_only(false));
    smbclient(&server, "alice", "files", &[], "put small new").ok();
}

/// What ext4 and others do when they find a fault: the disk is read-only from one moment to the next.
#[test]
fn a_disk_that_becomes_read_only_while_files_are_open_says_so_and_keeps_what_was_flushed() {
    let mut disk = None;
    let server = Server::start(|setup| {
        let folder = setup.folder("files");
        disk = FailingDisk::mount(&folder.with_file_name("image"), &folder);
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
    });
    let Some(disk) = disk else { return };
    let mut client = Raw::enter(&server.smb, "alice");
    let file = client.create("open");
    client.write(file, 0, b"acknowledged");
    client.flush(file);
    content(&server, "small", 10);
    smbclient(&server, "alice", "files", &[], "put small beside").ok();
    assert!(disk.fail(), "the disk does not fail");
    let (status, _) = client.call(command::WRITE, &write_body(file, 0, b"lost"));
    assert_eq!(status, MEDIA_WRITE_PROTECTED);
    assert_eq!(client.read(file, 0, 12), b"acknowledged");
    smbclient(&server, "alice", "files", &[], "get beside there").ok();
    smbclient(&server, "alice", "files", &[], "put small new").refused("NT_STATUS_MEDIA_WRITE_PROTECTED");
    sftp(&server, "alice", &["put small files/new"]).refused("dest open \"/files/new\": Failure");
    client.close(file);
    drop(client);
    let recorded = messages(&server);
    assert!(recorded.contains("read-only"), "{recorded}");
    let kept = std::fs::read(server.folder("files").join("open")).expect("it is there");
    assert_eq!(kept, b"acknowledged");
}

#[test]
fn nothing_is_written_where_a_disk_was_taken_away() {
    let Some((server, disk)) = on_small_disk() else {
        return;
    };
    content(&server, "small", 10);
    smbclient(&server, "alice", "files", &[], "put small on_the_disk").ok();
    disk.pull_out();
    // The folder that it was mounted at is there, and empty: whoever comes now finds that.
    let folder = server.folder("files");
    assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 0);
    let disk = Disk::mount(&folder, 4 * MIB as u64).expect("it was mounted before");
    smbclient(&server, "alice", "files", &[], "put small again").ok();
    assert!(folder.join("again").exists());
    drop(disk);
}

#[test]
fn a_full_disk_of_the_data_folder_is_named_and_what_happened_is_written_later() {
    let mut disk = None;
    let server = Server::start(|setup| {
        disk = Disk::mount(&setup.folder("../data"), 8 * MIB as u64);
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
    });
    let Some(_disk) = disk else { return };
    content(&server, "small", 10);
    smbclient(&server, "alice", "files", &[], "put small before").ok();
    let filler = server.data().join("filler");
    fill(&filler);
    let set = "setmode before +s";
    let started = Instant::now();
    while smbclient(&server, "alice", "files", &[], set).text.is_empty() && started.elapsed() < SOON {
        smbclient(&server, "alice", "files", &[], "setmode before -s").ok();
    }
    smbclient(&server, "alice", "files", &[], set).refused("NT_STATUS_DISK_FULL");
    smbclient(&server, "alice", "files", &[], "put small meanwhile").ok();
    let status = server.cli(&["status"]);
    assert!(status.contains("disk of the data folder is full"), "{status}");
    std::fs::remove_file(&filler).expect("the filler");
    smbclient(&server, "alice", "files", &[], set).ok();
    let status = server.cli(&["status"]);
    assert!(!status.contains("is full"), "{status}");
    assert!(messages(&server).contains("meanwhile"));
}

fn fill(file: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(file).expect("the filler");
    while file.write_all(&[0; 4096]).is_ok() {}
}

#[test]
fn a_disk_that_does_not_answer_keeps_no_command_and_no_other_share_waiting() {
    let mut disk = None;
    let server = Server::start(|setup| {
        disk = SlowDisk::mount(&setup.folder("slow"), Duration::ZERO, Duration::ZERO);
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
        if disk.is_some() {
            setup.share("slow", &["--default", "read-write"]);
        }
    });
    let Some(disk) = disk else { return };
    disk.falls_silent();
    content(&server, "small", 10);
    let started = Instant::now();
    let status = server.cli(&["status"]);
    let shares = server.cli(&["share", "list"]);
    let (well, doctor) = server.tried(&["doctor"]);
    smbclient(&server, "alice", "files", &[], "put small here").ok();
    let waited = started.elapsed();
    disk.answers_again();
    assert!(
        !well && doctor.contains("the disk of the share slow does not answer"),
        "{doctor}"
    );
    let lower = status.to_lowercase();
    assert!(
        lower.contains("the disk of the share slow does not answer"),
        "{status}"
    );
    assert!(shares.contains("this disk does not answer"), "{shares}");
    assert!(waited < SOON, "{waited:?}");
    let shares = server.cli(&["share", "list"]);
    assert!(!shares.contains("does not answer"), "{shares}");
}
