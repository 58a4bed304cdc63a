//! The Rust client `smb` against the server: every dialect, signed and encrypted. It is a program of its own
//! (`tests/rust-client`), because its dependencies and the server's can't be had in one workspace.

use landfall_tests::clients::program;
use landfall_tests::server::{PASSWORD, Server};

#[test]
fn the_rust_client_writes_and_reads_in_every_dialect() {
    let server = Server::with_files();
    let client = std::env::var("LANDFALL_RUST_CLIENT").unwrap_or_else(|_| {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../target/rust-client/debug/rust-client"
        )
        .to_owned()
    });
    program(&server, &[&client, Server::port(&server.smb), PASSWORD]).ok();
    assert_eq!(
        std::fs::metadata(server.folder("files").join("a.bin"))
            .unwrap()
            .len(),
        200_000
    );
}
