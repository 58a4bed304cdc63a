//! `ssh-audit`, which looks at what an SSH server offers and attacks it by what it finds.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use landfall_tests::clients::{python_command, sftp, ssh_audit};
use landfall_tests::server::Server;

/// What the tool says of every key exchange that a quantum computer could undo. Clients older than two years know no
/// other than curve25519.
const NOT_PQ_SAFE: &str = "does not provide protection against post-quantum attacks";

/// What it says of every server that has chacha20-poly1305, and guards it by strict key exchange.
const ABOUT_OTHERS: &str =
    "Be aware that, while this target properly supports the strict key exchange method";

#[test]
fn nothing_that_is_offered_is_warned_of_but_what_curve25519_itself_gets() {
    let server = Server::with_files();
    let output = ssh_audit(&server, &["-j"]).output().expect("ssh-audit starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let report: serde_json::Value = serde_json::from_str(&text).expect("ssh-audit reports");
    let mut offered = 0;
    for list in ["kex", "key", "enc", "mac"] {
        for algorithm in report[list].as_array().expect("a list of algorithms") {
            offered += 1;
            let name = algorithm["algorithm"].as_str().expect("a name");
            let notes = &algorithm["notes"];
            assert!(notes["fail"].is_null(), "{name}: {notes}");
            let warnings = notes["warn"].as_array().cloned().unwrap_or_default();
            let is_curve25519 = name.starts_with("curve25519-sha256");
            let expected: &[&str] = if is_curve25519 { &[NOT_PQ_SAFE] } else { &[] };
            assert_eq!(warnings, expected, "{name}");
        }
    }
    assert!(offered > 10, "{text}");
    let notes = report["additional_notes"].as_array().cloned().unwrap_or_default();
    let about_others =
        |note: &serde_json::Value| note.as_str().is_some_and(|note| note.starts_with(ABOUT_OTHERS));
    assert!(notes.iter().all(about_others), "{notes:?}");
    assert_eq!(
        report["compression"],
        serde_json::json!(["none", "zlib@openssh.com"])
    );
    assert!(!text.contains("diffie-hellman"), "{text}");
}

/// How long another client may take to log in and look around meanwhile.
const LOG_IN: Duration = Duration::from_secs(5);

fn others_are_served(server: &Server) {
    for _ in 0..5 {
        let began = Instant::now();
        sftp(server, "alice", &["ls /files"]).ok();
        assert!(began.elapsed() < LOG_IN, "{:?}", began.elapsed());
    }
}

#[test]
fn a_second_client_is_served_while_the_tool_asks_for_key_exchanges_without_end() {
    let server = Server::with_files();
    // It attacks by processes of its own, which would outlive it.
    let mut attack = ssh_audit(&server, &["--dheat=10"])
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("ssh-audit starts");
    others_are_served(&server);
    // It knows no attack on what is offered, and may have ended.
    let group = format!("-{}", attack.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    attack.wait().expect("ssh-audit ends");
}

#[test]
fn a_second_client_is_served_while_strangers_come_for_key_exchanges_alone() {
    let server = Server::with_files();
    let mut strangers = python_command(&server, "key_exchanges.py", &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut said = BufReader::new(strangers.stdout.take().expect("stdout is piped")).lines();
    let mut next = || said.next().expect("it goes on").expect("its output is text");
    assert_eq!(next(), "ready");
    others_are_served(&server);
    drop(strangers.stdin.take());
    let exchanges: u32 = next().parse().expect("a number");
    assert!(exchanges > 100, "{exchanges}");
    strangers.wait().expect("it ends");
    // The crowd is named once, not each of it.
    let log = server.log();
    assert!(log.lines().count() < 5, "{log}");
}
