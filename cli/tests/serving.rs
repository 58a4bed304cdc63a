//! `landfall serve`: announcing, starting and restarting, and keeping others out.

mod harness;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use harness::Home;
use serde_json::{Value, json};

#[test]
fn it_announces_where_it_listens_for_people_too() {
    let home = Home::new();
    let mut child = home
        .command()
        .args(["serve", "--smb", "127.0.0.1:0", "--sftp", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.as_mut().unwrap())
        .lines()
        .take(3)
        .map(Result::unwrap)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines[0].starts_with("SMB      smb://127.0.0.1:"), "{lines:?}");
    assert!(lines[1].starts_with("SFTP     sftp://127.0.0.1:"), "{lines:?}");
    assert_eq!(lines[2], "Ready.");
}

#[test]
fn a_protocol_that_is_off_is_not_listened_for() {
    let home = Home::new();
    let server = home.serve_with(&["--smb", "127.0.0.1:0", "--sftp", "off"]);
    assert_eq!(
        (&server.ready["sftp"], &server.ready["netbios"]),
        (&json!(null), &json!(null))
    );
    assert!(server.ready["smb"].is_string());
}

#[test]
fn listeners_follow_the_settings_where_the_command_line_says_nothing() {
    let home = Home::new();
    home.ok("settings set smb.listen=off sftp.listen=127.0.0.1:0 netbios.listen=127.0.0.1:0");
    let server = home.serve_with(&[]);
    assert_eq!(server.ready["smb"], json!(null));
    assert!(server.ready["sftp"].is_string() && server.ready["netbios"].is_string());
    let said = home.ok("settings set netbios.listen=off");
    assert_eq!(
        said,
        "netbios.listen takes effect when the server is restarted.\n"
    );
}

#[test]
fn a_second_server_is_refused_with_the_process_of_the_first() {
    let home = Home::new();
    let server = home.serve();
    let refused = home.refused("serve --smb 127.0.0.1:0 --sftp off");
    assert_eq!(refused.code, Some(1));
    let expected = format!(
        "Landfall is already running with this data folder (pid {}).",
        server.pid()
    );
    assert!(refused.stderr.contains(&expected), "{refused:?}");
}

#[test]
fn an_address_that_is_taken_ends_the_start_with_a_reason() {
    let home = Home::new();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap();
    let refused = home.refused(&format!("serve --smb {address} --sftp off"));
    let expected = format!("landfall: SMB can't listen on {address}: ");
    assert!(refused.stderr.starts_with(&expected), "{refused:?}");
    // Where the system tells, the program is named: it is this one.
    if cfg!(target_os = "linux") {
        let named = format!(" (process {}) has it.\n", std::process::id());
        assert!(refused.stderr.contains(&named), "{refused:?}");
    }
    // And nothing is left behind.
    assert_eq!(home.json("status")["running"], false);
    home.serve();
}

#[test]
fn a_killed_server_leaves_nothing_that_stands_in_the_way() {
    let home = Home::new();
    let mut server = home.serve();
    server.kill();
    assert_eq!(home.json("status")["running"], false);
    home.serve();

    // Also when the next one to come is a server, which finds the old socket and the old pid.
    let home = Home::new();
    let mut server = home.serve();
    server.kill();
    let server = home.serve();
    assert_eq!(home.json("status")["pid"], server.pid());
}

#[test]
fn what_was_changed_offline_is_there_for_the_server_and_the_reverse() {
    let home = Home::new();
    home.ok("user add alice --generate");
    let mut server = home.serve();
    assert_eq!(home.json("user list")[0]["name"], "alice");
    home.ok("user disable alice");
    server.kill();
    assert_eq!(home.json("user list")[0]["enabled"], false);
}

#[test]
fn activity_is_followed_as_it_happens() {
    let home = Home::new();
    let refused = home.refused("activity --follow");
    assert!(refused.stderr.contains("No server runs with this data folder."));
    let _server = home.serve();
    let mut follower = home
        .command()
        .args(["--json", "activity", "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    // What happened before comes first, and says that it listens now.
    assert_eq!(next()["kind"], "server");
    home.ok("user add alice --generate");
    assert_eq!(next()["message"], "alice was added");
    follower.kill().unwrap();
    follower.wait().unwrap();
}
