//! `landfall serve` on Unix: signals, file modes, and where the control socket is.
#![cfg(unix)]

mod harness;

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use harness::Home;
use serde_json::Value;

#[test]
fn a_signal_drains_and_leaves_the_data_folder_free() {
    for signal in ["-TERM", "-INT"] {
        let home = Home::new();
        let mut server = home.serve();
        home.ok("user add alice --generate");
        server.signal(signal);
        assert!(server.ended().success());
        let mut rest = String::new();
        server.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&rest).unwrap()["event"], "stopping");
        assert!(!home.data().join("control.sock").exists());
        assert!(!home.data().join("landfall.pid").exists());
        let activity = home.json("activity");
        let messages: Vec<_> = activity
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["message"].as_str().unwrap())
            .collect();
        assert!(
            messages[0].starts_with("sharing started: smb://127.0.0.1:"),
            "{messages:?}"
        );
        assert_eq!(messages[1..], ["alice was added", "sharing stopped"]);
    }
}

#[test]
fn only_this_account_can_read_the_data_folder_and_reach_the_server() {
    let home = Home::new();
    let _server = home.serve();
    assert_eq!(
        home.data().metadata().unwrap().permissions().mode() & 0o777,
        0o700
    );
    for entry in home.data().read_dir().unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{:?} {mode:o}", entry.file_name());
    }
}

#[test]
fn a_data_folder_with_a_path_too_long_for_a_socket_works_live() {
    let home = Home::with_data_in(&"x".repeat(150));
    let server = home.serve();
    assert_eq!(home.json("status")["pid"], server.pid());
}
