//! TREE_DISCONNECT ([MS-SMB2] 2.2.11, 2.2.12).

use super::body::plain_body;

plain_body! {
    /// Leaves the share.
    TreeDisconnectRequest
}

plain_body! {
    /// It is left.
    TreeDisconnectResponse
}
