//! SFTP version 3 (draft-ietf-secsh-filexfer-02) over SSH. Inside, top to bottom: `listener` > `connection`
//! (SSH: who is it, which channels; `algorithms` says what is offered, `pace` how fast it goes, `transfer` runs a channel) >
//! `session` (SFTP requests in order) > `namespace` (shares as folders) >
//! `wire` (packets; sans-I/O).

mod algorithms;
mod connection;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod handshake;
pub mod host_keys;
mod listener;
mod namespace;
mod pace;
pub mod probe;
mod session;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod transfer;
mod unanswered;
mod wire;

pub use algorithms::Profile;
pub use listener::serve;
pub use settings::{SftpContext, SftpSettings};
