//! Sessions, trees and opens: tables that own their entries. A session spans connections.

mod notices;
mod open_file;
mod oplock_level;
mod session;
mod tree;

pub(crate) use notices::{Notice, Notices, OplockHolder};
pub(crate) use open_file::OpenFiles;
pub(crate) use open_file::{Listing, OpenFile, OpenTarget};
pub(crate) use oplock_level::{oplock_caching, oplock_level};
pub(crate) use session::{Session, SessionCiphers, SessionSecurity, SessionTable};
pub(crate) use tree::{IPC, Tree, TreeTarget};
