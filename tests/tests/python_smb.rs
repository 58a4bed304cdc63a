//! Python's SMB clients against the server.

use landfall_tests::clients::python;
use landfall_tests::server::Server;

#[test]
fn smbprotocol_works_in_every_dialect_signed_and_encrypted() {
    let server = Server::with_files();
    python(&server, "smbprotocol_files.py", &[]).ok();
}

#[test]
fn impacket_does_the_whole_life_of_files_and_lists_shares() {
    let server = Server::with_files();
    python(&server, "impacket_files.py", &[]).ok();
}
