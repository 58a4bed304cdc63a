//! Small boards and scanners.

use std::time::{Duration, Instant};

use landfall_tests::clients::program;
use landfall_tests::esp32::{Esp32, Login};
use landfall_tests::raw::Raw;
use landfall_tests::server::{PASSWORD, Server};
use server_core::smb::Dialect;

fn guest_server() -> Server {
    Server::start(|setup| {
        setup.share("media", &["--default", "read-write", "--guest"]);
        setup.person("alice");
        setup.share("private", &["--default", "read-write"]);
    })
}

#[test]
fn an_esp32_uploads_a_scan_as_a_guest() {
    let server = guest_server();
    std::fs::create_dir(server.folder("media").join("scans")).unwrap();
    let scan: Vec<u8> = (0..300_000u32).map(|at| (at / 3) as u8).collect();
    for (address, login, name) in [
        (&server.netbios, Login::Empty, "scans\\a.pdf"),
        (&server.netbios, Login::AnonymousNtlm, "scans\\b.pdf"),
        // The same board on port 445: the session request is answered there too.
        (&server.smb, Login::Empty, "\\scans\\c.pdf"),
    ] {
        let mut board = Esp32::connect(address, login);
        assert_eq!(board.dialect, Dialect::Smb302, "five dialects without contexts");
        assert_eq!(board.tree_connect("\\\\10.0.0.10\\media"), 0);
        board.upload(name, &scan, 8192);
        let file = name.trim_start_matches('\\').replace('\\', "/");
        assert_eq!(
            std::fs::read(server.folder("media").join(file)).unwrap(),
            scan,
            "{name}"
        );
    }
}

#[test]
fn a_guest_gets_nowhere_else() {
    let server = guest_server();
    let mut board = Esp32::connect(&server.netbios, Login::Empty);
    assert_eq!(board.tree_connect("\\\\10.0.0.10\\private"), 0xC000_0022);
    assert_eq!(board.tree_connect("\\\\10.0.0.10\\nothing"), 0xC000_00CC);
}

#[test]
fn a_client_that_speaks_nothing_newer_than_smb1_hears_so_at_once() {
    let server = Server::with_files();
    let url = format!("smb://127.0.0.1:{}/files/a", Server::port(&server.smb));
    let login = format!("alice:{PASSWORD}");
    let started = Instant::now();
    let curl = program(&server, &["curl", "-sS", "--max-time", "60", "-u", &login, &url]);
    let took = started.elapsed();
    assert!(
        !curl.done && took < Duration::from_secs(30),
        "{took:?}: {}",
        curl.text
    );
    assert!(!curl.text.contains("timed out"), "{}", curl.text);
}

#[test]
fn paths_that_are_put_together_carelessly_lead_to_the_same_file() {
    let server = Server::with_files();
    let mut client = Raw::enter(&server.smb, "alice");
    let folder = client.create_folder("scans");
    for (number, path) in [r"scans\\a", r"scans\\\a", r"\\scans\a", r"\scans\\a"]
        .into_iter()
        .enumerate()
    {
        let file = client.create(path);
        client.write(file, number as u64, b"x");
        client.close(file);
    }
    client.close(folder);
    let file = server.folder("files").join("scans").join("a");
    assert_eq!(std::fs::read(file).unwrap(), b"xxxx");
}
