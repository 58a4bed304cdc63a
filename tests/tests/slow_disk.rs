//! Requests that wait for a slow disk wait side by side, and keep nobody waiting who wants nothing of it.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use landfall_tests::raw::{FileId, Raw, command, flush_body, read_body, status_of};
use landfall_tests::server::Server;
use landfall_tests::slow_disk::SlowDisk;

const READ: Duration = Duration::from_millis(20);
const FLUSH: Duration = Duration::from_secs(3);
const READS: u64 = 32;
const PIECE: u32 = 64 * 1024;
const PENDING: u32 = 0x0000_0103;
/// A busy machine can slow one attempt down, but not make one fast.
const ATTEMPTS: usize = 3;

/// A server whose share is a slow disk with a file on it; `None` where there can be no slow disk.
fn on_slow_disk() -> Option<(Server, SlowDisk, Vec<u8>)> {
    let mut disk = None;
    let server = Server::start(|setup| {
        disk = SlowDisk::mount(&setup.folder("files"), READ, FLUSH);
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
    });
    let disk = disk?;
    let length = READS as usize * PIECE as usize;
    let content: Vec<u8> = (0..length).map(|at| (at / 1000 % 251) as u8).collect();
    std::fs::write(disk.behind().join("big"), &content).expect("the file");
    Some((server, disk, content))
}

/// Where a piece of the file is; far from the one before.
fn offset(number: u64) -> u64 {
    number * 7 % READS * u64::from(PIECE)
}

fn read_each_after_the_other(client: &mut Raw, file: FileId) -> Duration {
    let started = Instant::now();
    for number in 0..READS {
        client.read(file, offset(number), PIECE);
    }
    started.elapsed()
}

fn read_all_at_once(client: &mut Raw, file: FileId, content: &[u8]) -> Duration {
    let started = Instant::now();
    let first = client.message_id;
    for number in 0..READS {
        let read = client.message(command::READ, &read_body(file, offset(number), PIECE));
        client.send(&read);
    }
    for _ in 0..READS {
        let answer = receive(client);
        assert_eq!(status_of(&answer), 0);
        let at = offset(message_id(&answer) - first.0) as usize;
        assert!(
            answer[80..] == content[at..at + PIECE as usize],
            "not what is at {at}"
        );
    }
    started.elapsed()
}

/// The next answer that is final.
fn receive(client: &mut Raw) -> Vec<u8> {
    loop {
        let answer = client.receive().expect("the connection goes on");
        if status_of(&answer) != PENDING {
            return answer;
        }
    }
}

fn message_id(answer: &[u8]) -> u64 {
    u64::from_le_bytes(answer[24..32].try_into().expect("eight bytes"))
}

fn command_of(answer: &[u8]) -> u16 {
    u16::from_le_bytes(answer[12..14].try_into().expect("two bytes"))
}

#[test]
fn thirty_two_reads_of_one_client_wait_for_the_disk_side_by_side() {
    let Some((server, _disk, content)) = on_slow_disk() else {
        return;
    };
    let mut client = Raw::enter(&server.smb, "alice");
    let file = client.create("big");
    let alone = read_each_after_the_other(&mut client, file);
    let together = (0..ATTEMPTS)
        .map(|_| read_all_at_once(&mut client, file, &content))
        .min();
    assert!(
        together.is_some_and(|together| together < alone / 4),
        "{together:?}, {alone:?} one after the other"
    );
    client.close(file);
}

#[test]
fn an_echo_behind_a_flush_is_answered_at_once() {
    let Some((server, _disk, _)) = on_slow_disk() else {
        return;
    };
    let mut client = Raw::enter(&server.smb, "alice");
    let file = client.create("big");
    client.write(file, 0, b"changed");
    let flush = client.message(command::FLUSH, &flush_body(file));
    let echo = client.message(command::ECHO, &[4, 0, 0, 0]);
    let started = Instant::now();
    client.send(&flush);
    client.send(&echo);
    let first = receive(&mut client);
    let waited = started.elapsed();
    assert_eq!((command_of(&first), status_of(&first)), (command::ECHO, 0));
    assert!(waited < FLUSH / 4, "{waited:?}");
    // And the flush is not over before the disk says so.
    let second = receive(&mut client);
    assert_eq!((command_of(&second), status_of(&second)), (command::FLUSH, 0));
    assert!(started.elapsed() >= FLUSH, "{:?}", started.elapsed());
    client.close(file);
}
