//! Landfall's own data, which no client may come to, however a share comes to hold it.

use landfall_tests::clients::{sftp, smbclient};
use landfall_tests::server::Server;

#[test]
fn a_shared_folder_that_became_a_link_to_the_data_folder_is_not_served() {
    let server = Server::start(|setup| {
        setup.person("alice");
        setup.share("other", &["--default", "read"]);
        setup.share("files", &["--default", "read"]);
        let folder = setup.folder("files");
        std::fs::remove_dir(&folder).unwrap();
        std::os::unix::fs::symlink(folder.ancestors().nth(2).unwrap(), &folder).unwrap();
    });
    let got = server.scratch().join("got");
    smbclient(&server, "alice", "files", &[], "get data\\master.key got").refused("NT_STATUS_");
    assert!(!sftp(&server, "alice", &["get /files/data/master.key got"]).done);
    assert!(!got.exists());
    smbclient(&server, "alice", "other", &[], "ls").ok();

    let status = server.json(&["status"]);
    let warnings = status["warnings"].to_string();
    assert!(
        warnings.contains("The share files is not served: Landfall's own data is inside "),
        "{warnings}"
    );
    let shares = server.json(&["share", "list"]);
    assert_eq!(shares[0]["unavailable"], "holds-data", "{shares}");
    assert_eq!(shares[1]["unavailable"], serde_json::Value::Null, "{shares}");
}

#[test]
fn a_data_folder_that_is_moved_into_a_share_while_the_server_runs_stays_out_of_reach() {
    let server = Server::with_files();
    // Somewhere on the same disk that the server does not look for: it goes on with what it has open.
    let moved = server.folder("files").join("moved");
    std::fs::rename(server.data(), &moved).unwrap();
    smbclient(&server, "alice", "files", &[], "get moved\\master.key got").refused("NT_STATUS_");
    assert!(!sftp(&server, "alice", &["get /files/moved/master.key got"]).done);
    assert!(!server.scratch().join("got").exists());
    std::fs::rename(moved, server.data()).unwrap();
}
