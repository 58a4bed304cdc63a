//! Clients, sessions, channels, trees and opens: tables that own their entries. A session spans connections.

mod channel;
mod channel_sequence;
mod client;
mod lease;
mod lock_sequence;
mod negotiated;
mod notices;
mod open_file;
mod opens;
mod oplock_level;
mod session;
mod session_opens;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use channel::{Binding, ChannelId, NewChannel, NoChannel};
pub(crate) use channel_sequence::{NotAvailable, Outstanding, Sequenced};
pub(crate) use client::{Client, Clients};
pub(crate) use lease::{lease_id, lease_state};
pub(crate) use lock_sequence::LockSequence;
pub(crate) use negotiated::{CAP_MULTI_CHANNEL, Negotiated};
pub(crate) use notices::{CacheHolder, News, Notice, Notices, UntilKnown};
pub(crate) use open_file::{AppInstance, CreateName, Durable, Listing, NewOpen, OpenFile, OpenTarget};
pub(crate) use opens::{Beginning, Opens};
pub(crate) use oplock_level::{oplock_caching, oplock_level};
pub(crate) use session::{Gone, NewSession, Session, SessionCiphers, SessionSecurity, SessionTable};
pub(crate) use session_opens::End;
pub(crate) use tree::{IPC, Tree, TreeTarget};
