//! SMB2 messages: parse from `&[u8]` into borrowed views, encode into one buffer. No I/O.

pub mod create;
pub mod cursor;
pub mod dialect;
pub mod file_id;
pub mod header;
pub mod ids;
pub mod info;
pub mod negotiate;
pub mod session_setup;
#[cfg(test)]
mod tests;
pub mod tree_connect;
