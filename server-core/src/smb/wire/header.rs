//! The SMB2 packet header ([MS-SMB2] 2.2.1).
