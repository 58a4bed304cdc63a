//! SMB2/3 ([MS-SMB2]). Inside, top to bottom: `listener` > `connection` > `commands` > `state` > `rpc` >
//! `auth` > `crypto` > `wire`. `wire`, `crypto`, `auth` and `rpc` are sans-I/O. `client` is the other side: it stands on
//! `auth`, `crypto` and `wire`, and the server knows nothing of it.

pub mod auth;
pub mod client;
mod commands;
mod connection;
pub mod crypto;
mod framing;
mod listener;
pub mod probe;
pub mod rpc;
mod settings;
mod state;
mod status;
pub mod wire;
mod work_limits;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use connection::fuzzing;
pub use framing::Framing;
pub use listener::serve;
pub use settings::{Bound, CreditStrategy, Dialect, Encryption, SmbContext, SmbSettings, WorkLimits};
pub use status::NtStatus;
