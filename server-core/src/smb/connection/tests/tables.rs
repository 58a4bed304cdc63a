//! What the server keeps of a client: everything is closed once and forgotten, however the client goes.

use super::client::{Request, close};
use super::*;
use crate::smb::status::NtStatus;
use crate::smb::wire::header::Command;

/// Opens in the server's table, and files that the engine counts for the only session listed.
fn open(house: &House) -> (usize, u64) {
    let listed = house.sessions.list();
    let counted = listed.iter().map(|session| session.open_files).sum();
    (house.context.opens.len(), counted)
}

#[test]
fn close_tree_disconnect_log_off_and_hanging_up_close_what_is_theirs() {
    run(async {
        let house = House::new();
        let mut client = house.alice().await;
        let first = client.open("a", false).await;
        client.open("b", false).await;
        assert_eq!(open(&house), (2, 2));
        assert_eq!(client.call(close(first)).await.status(), NtStatus::SUCCESS);
        assert_eq!(client.call(close(first)).await.status(), NtStatus::FILE_CLOSED);
        assert_eq!(open(&house), (1, 1));
        let left = client
            .call(Request::new(Command::TreeDisconnect, vec![4, 0, 0, 0]))
            .await;
        assert_eq!(left.status(), NtStatus::SUCCESS);
        assert_eq!(open(&house), (0, 0));
        client.enter("files").await;
        client.open("c", false).await;
        let gone = client.call(Request::new(Command::Logoff, vec![4, 0, 0, 0])).await;
        assert_eq!(gone.status(), NtStatus::SUCCESS);
        assert_eq!(open(&house), (0, 0));
        let mut other = house.alice().await;
        other.open("d", true).await;
        assert_eq!(open(&house), (1, 1));
        other.hang_up().await;
        assert_eq!(open(&house), (0, 0));
        assert!(house.sessions.list().is_empty());
    });
}
