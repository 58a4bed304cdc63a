//! Every permission, in both protocols, for every operation.

use landfall_tests::clients::{Ran, sftp, smbclient};
use landfall_tests::server::Server;

/// What each permission allows: list, read, create, overwrite, rename, delete, make a folder.
const MATRIX: [(&str, [bool; 7]); 5] = [
    ("none", [false; 7]),
    ("drop-box", [false, false, true, false, false, false, true]),
    ("read", [true, true, false, false, false, false, false]),
    ("read-write", [true; 7]),
    ("admin", [true; 7]),
];
const OPERATIONS: [&str; 7] = ["list", "read", "create", "overwrite", "rename", "delete", "mkdir"];

fn reset(server: &Server) {
    let folder = server.folder("files");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
    }
    std::fs::write(folder.join("old.txt"), b"old").unwrap();
}

/// Whether the operation took effect, or showed what it should.
fn took_effect(server: &Server, operation: &str, ran: &Ran) -> bool {
    let folder = server.folder("files");
    let got = server.scratch().join("got.txt");
    match operation {
        "list" => ran.text.contains("old.txt"),
        "read" => std::fs::read(&got).is_ok_and(|content| content == b"old"),
        "create" => std::fs::read(folder.join("new.txt")).is_ok_and(|content| content == b"up"),
        "overwrite" => std::fs::read(folder.join("old.txt")).unwrap() != b"old",
        "rename" => folder.join("moved.txt").exists(),
        "delete" => !folder.join("old.txt").exists(),
        _ => folder.join("made").is_dir(),
    }
}

fn smb(server: &Server, operation: &str) -> Ran {
    let commands = match operation {
        "list" => "ls",
        "read" => "get old.txt got.txt",
        "create" => "put up.txt new.txt",
        "overwrite" => "put up.txt old.txt",
        "rename" => "rename old.txt moved.txt",
        "delete" => "del old.txt",
        _ => "mkdir made",
    };
    smbclient(server, "alice", "files", &[], commands)
}

fn ssh(server: &Server, operation: &str) -> Ran {
    let command = match operation {
        "list" => "ls /files",
        "read" => "get /files/old.txt got.txt",
        "create" => "put up.txt /files/new.txt",
        "overwrite" => "put up.txt /files/old.txt",
        "rename" => "rename /files/old.txt /files/moved.txt",
        "delete" => "rm /files/old.txt",
        _ => "mkdir /files/made",
    };
    sftp(server, "alice", &[command])
}

#[test]
fn every_permission_allows_what_it_says_and_nothing_else() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("files", &[]);
    });
    std::fs::write(server.scratch().join("up.txt"), b"up").unwrap();
    for (permission, allowed) in MATRIX {
        server.cli(&["user", "grant", "alice", "files", permission]);
        for (operation, allowed) in OPERATIONS.into_iter().zip(allowed) {
            for (protocol, run) in [("SMB", smb as fn(&Server, &str) -> Ran), ("SFTP", ssh)] {
                reset(&server);
                let _ = std::fs::remove_file(server.scratch().join("got.txt"));
                let ran = run(&server, operation);
                let effect = took_effect(&server, operation, &ran);
                assert_eq!(
                    effect, allowed,
                    "{permission}, {operation} over {protocol}: {}",
                    ran.text
                );
            }
        }
    }
    let access = server.cli(&["access", "alice", "files"]);
    assert!(access.contains("admin"), "{access}");
}
