//! The Landfall engine: ordinary folders served over SMB2/3 and SFTP at once.
//!
//! Modules, top to bottom; each may import those below it, never those above
//! (see `docs/architecture.md`):
//! `server` > `admin` > `smb` | `sftp` > `net` > `vfs` > `identity` > `security` > `store` > `live`;
//! `account`, `allocator` and `sandbox` stand beside `live`.

#![warn(missing_docs)]

mod account;
pub mod admin;
mod allocator;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod identity;
pub mod live;
pub mod net;
pub mod sandbox;
pub mod security;
pub mod server;
pub mod sftp;
pub mod smb;
pub mod store;
#[cfg(any(test, feature = "fuzzing"))]
mod testing;
pub mod vfs;
