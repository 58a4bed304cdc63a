//! The Rust client `smb` against the server: every dialect, signed and encrypted. It is a program of its own
//! (`tests/rust-client`), because its dependencies and the server's can't be had in one workspace.

use std::time::Duration;

use landfall_tests::clients::program;
use landfall_tests::server::{PASSWORD, Server};
use landfall_tests::slow_disk::SlowDisk;

const SLOW: Duration = Duration::from_millis(20);

fn writes_and_reads_in_every_dialect(server: &Server) {
    let client = std::env::var("LANDFALL_RUST_CLIENT").unwrap_or_else(|_| {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../target/rust-client/debug/rust-client"
        )
        .to_owned()
    });
    program(server, &[&client, Server::port(&server.smb), PASSWORD]).ok();
    assert_eq!(
        std::fs::metadata(server.folder("files").join("a.bin"))
            .unwrap()
            .len(),
        200_000
    );
}

#[test]
fn the_rust_client_writes_and_reads_in_every_dialect() {
    writes_and_reads_in_every_dialect(&Server::with_files());
}

/// It takes the first response to a CLOSE or a QUERY_INFO for the last.
#[test]
fn the_rust_client_gets_along_with_a_slow_disk() {
    let mut disk = None;
    let server = Server::start(|setup| {
        disk = SlowDisk::mount(&setup.folder("files"), SLOW, SLOW);
        setup.person("alice");
        setup.share("files", &["--default", "read-write"]);
    });
    if disk.is_some() {
        writes_and_reads_in_every_dialect(&server);
    }
}
