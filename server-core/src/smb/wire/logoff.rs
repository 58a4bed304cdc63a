//! LOGOFF ([MS-SMB2] 2.2.7, 2.2.8).

use super::body::plain_body;

plain_body! {
    /// Ends the session.
    LogoffRequest
}

plain_body! {
    /// It has ended.
    LogoffResponse
}
