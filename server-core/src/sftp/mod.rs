//! SFTP version 3 (draft-ietf-secsh-filexfer-02) over SSH. Inside, top to bottom: `listener` > `connection`
//! (SSH: who is it, which channels) > `session` (SFTP requests in order) > `namespace` (shares as folders) >
//! `wire` (packets; sans-I/O).

mod connection;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod handshake;
pub mod host_keys;
mod listener;
mod namespace;
pub mod probe;
mod session;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod wire;

pub use listener::serve;
pub use settings::{SftpContext, SftpSettings};
