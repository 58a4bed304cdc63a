//! OpenSSH and other SFTP clients against the server.

use std::path::PathBuf;

use landfall_tests::clients::{add_key, program, python, scp, sftp, sftp_with_key, smbclient};
use landfall_tests::server::{PASSWORD, Server};

fn bytes() -> Vec<u8> {
    (0..3_000_000u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

#[test]
fn sftp_does_the_whole_life_of_files_and_folders() {
    let server = Server::with_files();
    std::fs::write(server.scratch().join("up.bin"), bytes()).unwrap();
    let text = sftp(
        &server,
        "alice",
        &[
            "ls -la /",
            "cd files",
            "mkdir sub",
            "put -p up.bin sub/a.bin",
            "rename sub/a.bin sub/b.bin",
            "chmod 600 sub/b.bin",
            "ln -s b.bin sub/link",
            "ls -la sub",
            "get sub/link got.bin",
            "df",
            "put up.bin sub/c.bin",
            "rename sub/c.bin sub/b.bin",
            "rm sub/link",
            "rm sub/b.bin",
            "rmdir sub",
        ],
    )
    .ok();
    assert!(text.contains("files"), "{text}");
    assert_eq!(std::fs::read(server.scratch().join("got.bin")).unwrap(), bytes());
    assert!(
        std::fs::read_dir(server.folder("files"))
            .unwrap()
            .next()
            .is_none()
    );
}

/// A file may be as long as numbers go and hold a few blocks: who has it copied takes no more than that of the disk, and
/// has it at once.
#[cfg(unix)]
#[test]
fn copies_on_the_server_keep_holes() {
    use std::os::unix::fs::{FileExt, MetadataExt};
    let server = Server::with_files();
    let hold = |name: &str, length: u64| {
        let file = std::fs::File::create(server.folder("files").join(name)).unwrap();
        file.write_all_at(b"begin", 0).unwrap();
        file.write_all_at(b"end", length - 3).unwrap();
    };
    hold("terabyte", 1 << 40);
    hold("megabytes", 64 << 20);
    sftp(&server, "alice", &["copy files/terabyte files/by_sftp"]).ok();
    smbclient(&server, "alice", "files", &[], "scopy megabytes by_smb").ok();
    for (copy, length) in [("by_sftp", 1 << 40), ("by_smb", 64 << 20)] {
        let copy = std::fs::File::open(server.folder("files").join(copy)).unwrap();
        let (mut begin, mut end) = ([0; 5], [0; 3]);
        copy.read_exact_at(&mut begin, 0).unwrap();
        copy.read_exact_at(&mut end, length - 3).unwrap();
        assert_eq!((&begin, &end), (b"begin", b"end"));
        let found = copy.metadata().unwrap();
        assert_eq!(found.len(), length);
        assert!(found.blocks() < 2048, "{} blocks", found.blocks());
    }
}

#[test]
fn the_root_shows_only_what_may_be_entered_and_is_not_writable() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("mine", &["--default", "read-write"]);
        setup.share("closed", &[]);
        setup.share("hidden", &["--default", "read", "--hidden"]);
    });
    let text = sftp(&server, "alice", &["ls -1 /", "ls /hidden"]).ok();
    assert!(text.contains("mine") && !text.contains("closed"), "{text}");
    sftp(&server, "alice", &["mkdir /new"]).refused("Permission denied");
    sftp(&server, "alice", &["cd /closed"]).refused("Permission denied");
    sftp(&server, "alice", &["cd /missing"]).refused("No such file");
    sftp(&server, "alice", &["ln -s ../../etc/passwd /mine/out"]).refused("Permission denied");
}

#[test]
fn a_public_key_opens_the_door_and_a_removed_one_does_not() {
    let server = Server::with_files();
    let key = server.scratch().join("id");
    program(
        &server,
        &[
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-f",
            key.to_str().unwrap(),
        ],
    )
    .ok();
    server.cli(&["user", "key", "add", "alice", &format!("{}.pub", key.display())]);
    sftp_with_key(&server, "alice", &key, &["ls /files"]).ok();
    let keys = server.json(&["user", "key", "list", "alice"]);
    let fingerprint = keys[0]["fingerprint"].as_str().unwrap();
    server.cli(&["user", "key", "remove", "alice", fingerprint]);
    sftp_with_key(&server, "alice", &key, &["ls /files"]).refused("Permission denied");
}

#[test]
fn where_keys_are_demanded_a_password_opens_nothing() {
    let server = Server::with_files();
    let key = PathBuf::from(add_key(&server, "alice"));
    // Whoever came by password before is shown the door when that way is closed.
    let close_the_way = format!(
        "!{} --data-dir {} settings set sftp.passwords=off",
        std::env::var("LANDFALL_BIN").unwrap_or_else(|_| "landfall".to_owned()),
        server.data().display(),
    );
    let ran = sftp(
        &server,
        "alice",
        &["ls /files", &close_the_way, "-!sleep 1", "ls /files"],
    );
    assert!(!ran.done, "{}", ran.text);
    sftp(&server, "alice", &["ls /files"]).refused("Permission denied (publickey)");
    sftp_with_key(&server, "alice", &key, &["ls /files"]).ok();
    server.cli(&["settings", "set", "sftp.passwords=on"]);
    sftp(&server, "alice", &["ls /files"]).ok();
}

#[test]
fn scp_copies_both_ways() {
    let server = Server::with_files();
    std::fs::write(server.scratch().join("up.bin"), bytes()).unwrap();
    scp(&server, "alice", "up.bin", "server:/files/a.bin").ok();
    scp(&server, "alice", "server:/files/a.bin", "down.bin").ok();
    assert_eq!(std::fs::read(server.scratch().join("down.bin")).unwrap(), bytes());
}

#[test]
fn sshfs_mounts_and_works_like_a_disk() {
    let server = Server::with_files();
    let mount = server.scratch().join("mount");
    std::fs::create_dir(&mount).unwrap();
    let mount = mount.to_str().unwrap();
    let script = format!(
        "set -e; echo '{PASSWORD}' | sshfs -p {} -o password_stdin -o StrictHostKeyChecking=no \
         -o UserKnownHostsFile=/dev/null alice@127.0.0.1:/files {mount}; trap 'fusermount -u {mount}' EXIT; \
         cd {mount}; mkdir d; echo one > d/a; echo two >> d/a; mv d/a d/b; grep -q two d/b; \
         cp d/b d/c; mv d/c d/b; truncate -s 3 d/b; test \"$(cat d/b)\" = one; touch -d 2020-02-02 d/b; \
         test \"$(date -r d/b +%Y)\" = 2020; rm d/b; rmdir d; cd /",
        Server::port(&server.sftp)
    );
    program(&server, &["bash", "-c", &script]).ok();
}

#[test]
fn rclone_lftp_and_psftp_transfer_files() {
    let server = Server::with_files();
    let port = Server::port(&server.sftp).to_owned();
    std::fs::create_dir(server.scratch().join("tree")).unwrap();
    for at in 0..20 {
        std::fs::write(
            server.scratch().join(format!("tree/{at}.txt")),
            format!("file {at}"),
        )
        .unwrap();
    }
    let remote = format!(":sftp,host=127.0.0.1,port={port},user=alice,shell_type=none:/files/r");
    let script = format!(
        "set -e; P=$(rclone obscure '{PASSWORD}'); R='{remote}'; \
         rclone --config /dev/null --sftp-pass \"$P\" copy tree \"$R\"; \
         rclone --config /dev/null --sftp-pass \"$P\" check tree \"$R\" --size-only"
    );
    program(&server, &["bash", "-c", &script]).ok();
    let script = format!(
        "set sftp:auto-confirm yes; set net:max-retries 1; open -p {port} -u alice,'{PASSWORD}' sftp://127.0.0.1; \
         mirror -R tree files/l; mv files/l/1.txt files/l/one.txt; get files/l/one.txt -o one.txt"
    );
    program(&server, &["lftp", "-c", &script]).ok();
    assert_eq!(
        std::fs::read(server.scratch().join("one.txt")).unwrap(),
        b"file 1"
    );
    std::fs::write(
        server.scratch().join("batch"),
        "cd files\nput tree/2.txt p.txt\nget p.txt p2.txt\nquit\n",
    )
    .unwrap();
    let script = format!(
        "K=$(ssh-keyscan -p {port} -t ed25519 127.0.0.1 2>/dev/null | ssh-keygen -lf - | cut -d' ' -f2); \
         psftp -batch -hostkey \"$K\" -P {port} -pw '{PASSWORD}' -b batch alice@127.0.0.1"
    );
    program(&server, &["bash", "-c", &script]).ok();
    assert_eq!(std::fs::read(server.scratch().join("p2.txt")).unwrap(), b"file 2");
}

#[test]
fn paramiko_does_the_whole_life_of_files() {
    let server = Server::with_files();
    python(&server, "paramiko_files.py", &[]).ok();
}

#[test]
fn a_session_shows_how_it_is_protected() {
    let server = Server::with_files();
    let list = format!(
        "!{} --data-dir {} session list --json > {}",
        std::env::var("LANDFALL_BIN").unwrap_or_else(|_| "landfall".to_owned()),
        server.data().display(),
        server.scratch().join("sessions.json").display()
    );
    sftp(&server, "alice", &["ls", &list]).ok();
    let text = std::fs::read_to_string(server.scratch().join("sessions.json")).unwrap();
    let sessions: serde_json::Value = serde_json::from_str(&text).unwrap();
    let session = &sessions[0];
    // OpenSSH's first choice, which we have.
    assert_eq!(session["cipher"], "chacha20-poly1305@openssh.com", "{text}");
    assert_eq!(session["signing"], "chacha20-poly1305@openssh.com", "{text}");
    let client = session["client"].as_str().unwrap_or_default();
    assert!(client.starts_with("OpenSSH_"), "{text}");
}
