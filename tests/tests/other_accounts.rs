//! Programs of other accounts of the computer at the control socket: they are told nothing and do nothing.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use landfall_tests::administrator::as_root;
use landfall_tests::network_namespace::python;
use landfall_tests::server::{Server, landfall};

fn another_account(way: &str, socket: &std::path::Path) -> Option<Command> {
    let mut command = as_root("python3")?;
    command
        .arg(python("another_account.py"))
        .arg(way)
        .arg(socket)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    Some(command)
}

#[test]
fn the_command_line_tells_nothing_to_another_account_s_program() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let Some(mut command) = another_account("serve", &data.path().join("control.sock")) else {
        return;
    };
    let mut program = command.spawn().expect("Python starts");
    let mut said = BufReader::new(program.stdout.take().expect("stdout is piped"));
    let mut ready = String::new();
    said.read_line(&mut ready).expect("its output is text");
    assert_eq!(ready.trim(), "ready");
    let output = Command::new(landfall())
        .env("LANDFALL_KEYRING", "off")
        .arg("--data-dir")
        .arg(data.path())
        .args(["user", "list"])
        .output()
        .expect("landfall starts");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(
        error.contains("Another account's program answers in place of the server"),
        "{error}"
    );
    let mut told = String::new();
    said.read_to_string(&mut told).expect("its output is text");
    assert_eq!(told.trim(), "told:");
    program.wait().expect("it ends");
}

#[test]
fn the_server_tells_nothing_to_another_account_s_program() {
    let server = Server::with_files();
    let socket = server.data().join("control.sock");
    // What keeps others out besides is taken away: the folder's rights and the socket's.
    let opened = as_root("chmod").map(|mut chmod| {
        let mut folders: Vec<_> = socket
            .ancestors()
            .skip(1)
            .take_while(|at| at.parent().is_some())
            .collect();
        folders.pop();
        let folders = chmod.arg("a+x").args(folders).status().expect("chmod runs");
        let mut chmod = as_root("chmod").expect("as before");
        let socket = chmod.arg("a+rw").arg(&socket).status().expect("chmod runs");
        folders.success() && socket.success()
    });
    let Some(opened) = opened else { return };
    assert!(opened);
    let told = another_account("connect", &socket).expect("as before");
    let told = { told }.output().expect("Python starts");
    assert_eq!(String::from_utf8_lossy(&told.stdout).trim(), "told:");
    let log = server.log();
    assert!(
        log.contains("a client of another account was refused at the control socket"),
        "{log}"
    );
    // Its own account's still are.
    assert!(server.cli(&["user", "list"]).contains("alice"));
}
