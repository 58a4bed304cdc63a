//! ECHO ([MS-SMB2] 2.2.28, 2.2.29).

use super::body::plain_body;

plain_body! {
    /// Asks whether the server is there.
    EchoRequest
}

plain_body! {
    /// It is.
    EchoResponse
}
