//! SMB2/3 ([MS-SMB2]). Inside, top to bottom: `listener` > `connection` > `commands` > `state` > `rpc` >
//! `auth` > `crypto` > `wire`. `wire`, `crypto`, `auth` and `rpc` are sans-I/O.

mod commands;
mod state;
mod status;
pub mod wire;

pub use status::NtStatus;
