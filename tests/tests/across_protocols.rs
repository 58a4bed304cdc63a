//! One engine behind both protocols: what is written by one is read by the other, and changes of rights act on
//! sessions that are under way.

use std::io::{Read, Seek, SeekFrom, Write};

use landfall_tests::clients::{python, sftp, smbclient};
use landfall_tests::raw::Raw;
use landfall_tests::server::{PASSWORD, Server};

const SPARSE: u64 = 5 << 30;

#[test]
fn a_file_written_by_one_protocol_is_read_by_the_other_and_on_the_disk() {
    let server = Server::with_files();
    let bytes: Vec<u8> = (0..700_000u32)
        .map(|at| (at.wrapping_mul(40_503) >> 8) as u8)
        .collect();
    std::fs::write(server.scratch().join("up.bin"), &bytes).unwrap();
    smbclient(&server, "alice", "files", &[], "put up.bin smb.bin").ok();
    assert_eq!(
        std::fs::read(server.folder("files").join("smb.bin")).unwrap(),
        bytes
    );
    sftp(
        &server,
        "alice",
        &["get /files/smb.bin by-sftp.bin", "put up.bin /files/sftp.bin"],
    )
    .ok();
    assert_eq!(
        std::fs::read(server.scratch().join("by-sftp.bin")).unwrap(),
        bytes
    );
    smbclient(&server, "alice", "files", &[], "get sftp.bin by-smb.bin").ok();
    assert_eq!(std::fs::read(server.scratch().join("by-smb.bin")).unwrap(), bytes);
    std::fs::write(server.folder("files").join("local.txt"), b"local").unwrap();
    smbclient(&server, "alice", "files", &[], "get LOCAL.TXT l1").ok();
    sftp(&server, "alice", &["get /files/local.txt l2"]).ok();
    assert_eq!(std::fs::read(server.scratch().join("l1")).unwrap(), b"local");
    assert_eq!(std::fs::read(server.scratch().join("l2")).unwrap(), b"local");
}

#[test]
fn a_program_on_this_computer_takes_a_batch_oplock_from_its_client() {
    let server = Server::with_files();
    let path = server.folder("files").join("log.txt");
    let mut client = Raw::enter(&server.smb, "alice");
    let file = client.create_with_batch_oplock("log.txt");
    client.write(file, 0, b"by the client");
    let mut log = std::fs::File::options().append(true).open(&path).unwrap();
    log.write_all(b", and by a program").unwrap();
    assert_eq!(client.give_up_oplock(file), 0, "nothing of it may be cached");
    assert_eq!(client.read(file, 0, 100), b"by the client, and by a program");
    client.close(file);
}

/// A mark at the end of a 5 GiB hole.
fn make_sparse(path: &std::path::Path) {
    let mut file = std::fs::File::create(path).unwrap();
    file.seek(SeekFrom::Start(SPARSE)).unwrap();
    file.write_all(b"the end").unwrap();
}

fn end_of(path: &std::path::Path) -> (u64, String) {
    let mut file = std::fs::File::open(path).unwrap();
    let size = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(SPARSE)).unwrap();
    let mut end = String::new();
    file.read_to_string(&mut end).unwrap();
    (size, end)
}

#[test]
fn files_over_four_gigabytes_are_read_and_written_at_their_far_end() {
    let server = Server::with_files();
    make_sparse(&server.folder("files").join("big.bin"));
    python(&server, "far_end.py", &["read", "big.bin"]).ok();
    python(&server, "far_end.py", &["write", "new.bin"]).ok();
    for name in ["smb-new.bin", "sftp-new.bin"] {
        let (size, end) = end_of(&server.folder("files").join(name));
        assert_eq!((size, end.as_str()), (SPARSE + 7, "the end"), "{name}");
    }
}

#[test]
fn a_file_of_five_gigabytes_travels_whole_both_ways() {
    // Without signatures: what is tried is the size, and an unoptimised build takes its time over them.
    let server = Server::start(|setup| {
        setup.cli(&["settings", "set", "smb.require-signing=off"]);
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
    });
    // Nor does it matter how long a disk takes that other work fills.
    let plain = ["--client-protection=off", "--timeout=300"];
    let (there, here) = (server.folder("files").join("big"), server.scratch().join("big"));
    let came = |path: &std::path::Path| {
        let (size, end) = end_of(path);
        assert_eq!((size, end.as_str()), (SPARSE + 7, "the end"));
        // It is no longer sparse: no second copy may lie beside it.
        std::fs::remove_file(path).unwrap();
    };
    make_sparse(&there);
    smbclient(&server, "alice", "files", &plain, "get big").ok();
    came(&here);
    sftp(&server, "alice", &["get /files/big"]).ok();
    came(&here);
    std::fs::rename(&there, &here).unwrap();
    smbclient(&server, "alice", "files", &plain, "put big").ok();
    came(&there);
    sftp(&server, "alice", &["put big /files/big"]).ok();
    came(&there);
}

#[test]
fn revocation_and_disabling_act_on_sessions_under_way() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &[]);
        setup.cli(&["user", "grant", "alice", "files", "read-write"]);
    });
    let landfall = std::env::var("LANDFALL_BIN").unwrap_or_else(|_| {
        let mut path = std::env::current_exe().unwrap();
        path.pop();
        path.pop();
        path.join("landfall").to_string_lossy().into_owned()
    });
    python(
        &server,
        "revocation.py",
        &[&landfall, server.data().to_str().unwrap()],
    )
    .ok();
    let activity = server.cli(&["activity"]);
    assert!(activity.contains("alice"), "{activity}");
}

#[test]
fn a_locked_out_name_is_locked_out_of_both_protocols_until_it_is_unlocked() {
    let server = Server::with_files();
    for _ in 0..6 {
        smbclient(&server, "alice", "files", &["-Ualice%wrong"], "ls");
    }
    smbclient(&server, "alice", "files", &[], "ls").refused("NT_STATUS_ACCOUNT_LOCKED_OUT");
    sftp(&server, "alice", &["ls /files"]).refused("Permission denied");
    server.cli(&["user", "unlock", "alice"]);
    smbclient(&server, "alice", "files", &[], "ls").ok();
    sftp(&server, "alice", &["ls /files"]).ok();
}

#[test]
fn a_crash_while_writing_leaves_a_store_that_opens_and_whole_earlier_files() {
    let mut server = Server::with_files();
    std::fs::write(server.scratch().join("up"), vec![7; 4 << 20]).unwrap();
    smbclient(&server, "alice", "files", &[], "put up before; setmode before +s").ok();
    let source = std::fs::File::create(server.scratch().join("source")).unwrap();
    source.set_len(8 << 30).unwrap();
    let during = server.folder("files").join("during");
    let mut client = std::process::Command::new("smbclient")
        .current_dir(server.scratch())
        .args(["-p", Server::port(&server.smb), "//127.0.0.1/files"])
        .arg(format!("-Ualice%{PASSWORD}"))
        .args(["-c", "put source during"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while std::fs::metadata(&during).map_or(0, |found| found.len()) == 0 {
        assert!(
            client.try_wait().unwrap().is_none(),
            "the client ended before it wrote"
        );
        std::thread::yield_now();
    }
    server.crash_and_restart();
    let _ = client.kill();
    client.wait().unwrap();
    let listed = smbclient(&server, "alice", "files", &[], "ls").ok();
    assert!(listed.contains("before") && listed.contains("AS"), "{listed}");
    assert_eq!(
        std::fs::read(server.folder("files").join("before")).unwrap(),
        vec![7; 4 << 20]
    );
    smbclient(&server, "alice", "files", &[], "put up after; del during").ok();
}

#[test]
fn who_watches_a_folder_hears_once_of_what_programs_and_other_clients_do_in_it() {
    let server = Server::with_files();
    let folder = server.folder("files");
    python(&server, "watching.py", &[folder.to_str().unwrap()]).ok();
}
