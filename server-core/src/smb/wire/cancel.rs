//! CANCEL ([MS-SMB2] 2.2.30): the header says what; there is no response.

use super::body::plain_body;

plain_body! {
    /// Gives up a request that waits.
    CancelRequest
}
