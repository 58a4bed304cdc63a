//! SMB2 messages, both ways: parse from `&[u8]` into borrowed views, encode into one buffer. No I/O, and nothing of
//! what the messages are about. One file for each command; `message` is any of them.

pub mod body;
pub mod cancel;
pub mod change_notify;
pub mod close;
pub mod create;
pub mod create_context;
pub mod create_contexts;
pub mod cursor;
pub mod dialect;
pub mod echo;
pub mod error;
pub mod file_id;
pub mod flush;
pub mod fsctl;
pub mod header;
pub mod ids;
pub mod info;
pub mod ioctl;
pub mod lease;
pub mod lock;
pub mod logoff;
pub mod message;
pub mod negotiate;
pub mod network_interface_info;
pub mod oplock_break;
pub mod query_directory;
pub mod query_info;
pub mod read;
pub mod session_setup;
pub mod set_info;
#[cfg(test)]
mod tests;
pub mod times;
pub mod tree_connect;
pub mod tree_disconnect;
pub mod utf16;
pub mod write;
pub mod writer;
