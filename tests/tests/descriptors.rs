//! A server that can open nothing more: whoever is there goes on, the rest is refused, and all is well again by itself.
#![cfg(target_os = "linux")]

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use landfall_tests::clients::{sftp, smbclient};
use landfall_tests::raw::{Raw, command, create_body};
use landfall_tests::server::Server;
use landfall_tests::vitals::Vitals;

const TOO_MANY_OPENED_FILES: u32 = 0xC000_011F;

fn may_open(server: &Server, descriptors: u64) {
    let pid = server.pid().to_string();
    let limit = Command::new("prlimit")
        .args(["--pid", &pid, &format!("--nofile={descriptors}:")])
        .status();
    assert!(limit.is_ok_and(|status| status.success()), "prlimit");
}

#[test]
fn out_of_descriptors_clients_go_on_and_others_come_in_when_there_are_some_again() {
    let server = Server::with_files();
    std::fs::write(server.scratch().join("small"), "small").unwrap();
    let mut client = Raw::enter(&server.smb, "alice");
    let file = client.create("open");
    let before = Vitals::of(&server).descriptors;
    may_open(&server, before);
    // What is open is read and written; nothing more is opened, and that is said.
    client.write(file, 0, b"there");
    assert_eq!(client.read(file, 0, 5), b"there");
    client.flush(file);
    let refused = (0..64)
        .map(|number| {
            client
                .call(command::CREATE, &create_body(&format!("another {number}")))
                .0
        })
        .find(|status| *status != 0);
    assert_eq!(refused, Some(TOO_MANY_OPENED_FILES));
    // These wait in the system's queue, and are served when that is possible; where a few descriptors are left, but fewer
    // than a connection takes, they are turned away.
    let mut waiting = Vec::new();
    for left in 0..=6 {
        may_open(&server, before + left);
        for door in [&server.smb, &server.sftp] {
            waiting.extend((0..5).map(|_| TcpStream::connect(door).unwrap()));
        }
        std::thread::sleep(Duration::from_millis(300));
        client.echo();
    }
    may_open(&server, 4096);
    drop(waiting);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (status, _) = client.call(command::CREATE, &create_body("another"));
        if status == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "{status:#010x}");
        std::thread::sleep(Duration::from_millis(100));
    }
    smbclient(&server, "alice", "files", &[], "put small by_smb").ok();
    sftp(&server, "alice", &["put small files/by_sftp"]).ok();
    let log = server.log();
    // Once for each protocol, not each time that it was tried.
    let said = log.matches("connections could not be served").count();
    assert!((1..=2).contains(&said), "{log}");
    let in_all = log.matches("Too many open files").count();
    assert!(in_all <= 4, "{log}");
    assert!(!log.contains("panicked"), "{log}");
}
