//! A keyring that never answers, as one that waits for somebody to unlock it.
#![cfg(target_os = "linux")]

mod harness;

use std::io::BufRead;
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use harness::Home;

#[test]
fn a_keyring_that_says_nothing_holds_up_the_start_for_seconds_and_the_key_is_in_a_file() {
    let home = Home::new();
    let bus = home.shared().join("bus");
    // It lets everybody in and never says a word.
    let silent = UnixListener::bind(&bus).unwrap();
    std::thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let began = Instant::now();
    let mut server = home
        .command()
        .env_remove("LANDFALL_KEYRING")
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()))
        .args(["--json", "serve", "--smb", "127.0.0.1:0", "--sftp", "off"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    std::io::BufReader::new(server.stdout.as_mut().unwrap())
        .read_line(&mut ready)
        .unwrap();
    let took = began.elapsed();
    let status = home.json("status");
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(ready.contains("\"ready\""), "{ready}");
    // Five seconds are what it gets; the rest is a busy machine's.
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(status["master_key"], "file");
    let warnings = status["warnings"].to_string();
    assert!(
        warnings.contains("because the keyring can't be used"),
        "{warnings}"
    );
    assert!(home.data().join("master.key").exists());
}
