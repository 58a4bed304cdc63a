//! A server that is killed in the middle of many uploads: what it said is on the disk is there when it comes back.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use landfall_tests::clients::{add_key, python, python_command, sftp};
use landfall_tests::raw::{Raw, command, flush_body, write_body};
use landfall_tests::server::Server;

/// Uploads at a time, by protocol.
const OVER_SMB: usize = 60;
const OVER_SFTP: usize = 40;
const CHUNK: usize = 32 * 1024;
/// Each upload gets at least so far before the server is killed.
const CHUNKS_EACH: usize = 3;
const PATIENCE: Duration = Duration::from_secs(300);

/// Chunks of each upload that the server acknowledged as flushed.
type Acknowledged = Arc<Mutex<HashMap<usize, usize>>>;

/// What `tests/python/uploads.py` writes too.
fn content(number: usize, at: usize) -> Vec<u8> {
    let byte = |value: usize| u8::try_from(value % 251).expect("below 251");
    [byte(number), byte(at)].repeat(CHUNK / 2)
}

fn note(acknowledged: &Acknowledged, number: usize, chunks: usize) {
    acknowledged
        .lock()
        .expect("no uploader panics")
        .insert(number, chunks);
}

fn over_smb(server: &Server, number: usize, acknowledged: &Acknowledged) -> JoinHandle<()> {
    // One address has few places for connections that have not logged in.
    static LOGGING_IN: Mutex<()> = Mutex::new(());
    let (address, acknowledged) = (server.smb.clone(), Arc::clone(acknowledged));
    std::thread::spawn(move || {
        let mut client = {
            let _alone = LOGGING_IN.lock();
            Raw::enter(&address, "alice")
        };
        let file = client.create(&format!("upload-{number}"));
        for at in 0.. {
            let write = write_body(file, (at * CHUNK) as u64, &content(number, at));
            for (command, body) in [(command::WRITE, write), (command::FLUSH, flush_body(file))] {
                match client.attempt(command, &body) {
                    Some((0, _)) => {}
                    None => return,
                    Some((status, _)) => panic!("command {command} of upload {number}: {status:#010x}"),
                }
            }
            note(&acknowledged, number, at + 1);
        }
    })
}

fn over_sftp(server: &Server, acknowledged: &Acknowledged) -> JoinHandle<()> {
    let key = add_key(server, "alice");
    let numbers: Vec<String> = (OVER_SMB..OVER_SMB + OVER_SFTP)
        .map(|number| number.to_string())
        .collect();
    let mut client = python_command(
        server,
        "uploads.py",
        &[&key, &numbers.join(","), &CHUNK.to_string()],
    )
    .stdin(Stdio::null())
    .stdout(Stdio::piped())
    .stderr(Stdio::null())
    .spawn()
    .expect("Python starts");
    let said = BufReader::new(client.stdout.take().expect("stdout is piped"));
    let acknowledged = Arc::clone(acknowledged);
    std::thread::spawn(move || {
        for line in said.lines() {
            let line = line.expect("its output is text");
            let (number, chunks) = line.split_once(' ').expect("two numbers");
            let parse = |text: &str| text.parse().expect("a number");
            note(&acknowledged, parse(number), parse(chunks));
        }
        client.wait().expect("it was our child");
    })
}

#[test]
fn nothing_acknowledged_as_flushed_is_lost_when_the_server_is_killed_amid_a_hundred_uploads() {
    let mut server = Server::with_files();
    let acknowledged = Acknowledged::default();
    let mut uploads = vec![over_sftp(&server, &acknowledged)];
    uploads.extend((0..OVER_SMB).map(|number| over_smb(&server, number, &acknowledged)));
    let started = Instant::now();
    let under_way = || {
        let acknowledged = acknowledged.lock().expect("no uploader panics");
        let far = acknowledged.values().filter(|chunks| **chunks >= CHUNKS_EACH);
        far.count()
    };
    while under_way() < OVER_SMB + OVER_SFTP {
        assert!(started.elapsed() < PATIENCE, "{} are under way", under_way());
        std::thread::sleep(Duration::from_millis(5));
    }
    server.crash_and_restart();
    for upload in uploads {
        upload.join().expect("an upload ends with its connection");
    }
    let acknowledged = acknowledged.lock().expect("no uploader panics");
    assert_eq!(acknowledged.len(), OVER_SMB + OVER_SFTP);
    for (&number, &chunks) in acknowledged.iter() {
        let there = std::fs::read(server.folder("files").join(format!("upload-{number}")));
        let there = there.expect("the file is there");
        for at in 0..chunks {
            let found = there.get(at * CHUNK..(at + 1) * CHUNK);
            assert!(
                found == Some(content(number, at).as_slice()),
                "chunk {at} of {chunks} in upload {number}"
            );
        }
    }
    // Both protocols serve what is there, and take more.
    let mut client = Raw::enter(&server.smb, "alice");
    let file = client.create("upload-0");
    assert_eq!(
        client.read(file, 0, u32::try_from(CHUNK).expect("small")),
        content(0, 0)
    );
    client.write(file, 0, b"after");
    client.flush(file);
    let listed = sftp(&server, "alice", &["ls -1 /files", "rm /files/upload-99"]).ok();
    assert_eq!(
        listed.matches("upload-").count() - 1,
        OVER_SMB + OVER_SFTP,
        "{listed}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_acknowledged_as_flushed_is_on_the_disk() {
    let server = Server::with_files();
    let folder = server.folder("files");
    let folder = folder.to_str().expect("temporary folders have Unicode names");
    python(&server, "power_cut.py", &[folder]).ok();
}
