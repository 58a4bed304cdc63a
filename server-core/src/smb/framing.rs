//! The two ways in which SMB2 messages are cut from a TCP stream ([MS-SMB2] 2.1).

/// How messages are framed. Both have the same four bytes; the session service has more message types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Direct TCP, port 445.
    DirectTcp,
    /// NetBIOS session service (RFC 1002), port 139.
    NetBios,
}
