//! SMB2 messages: parse from `&[u8]` into borrowed views, encode into one buffer. No I/O.

pub mod file_id;
pub mod header;
