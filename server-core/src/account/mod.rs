//! The account that this process runs as: who is the same, and what nobody else may look into.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod platform;

use std::io;
use std::path::Path;

use interprocess::local_socket::{ListenerOptions, PeerCreds};

/// Whether the other end of a local connection is of this account, or one that may do everything anyway.
///
/// # Errors
/// The system does not tell.
pub(crate) fn is_own(peer: &PeerCreds) -> io::Result<bool> {
    platform::is_own(peer)
}

/// Whether the other end of a local connection may be told the secrets of a data folder: it is of this account, or of the
/// folder's, whom this account may do everything for.
///
/// # Errors
/// The system does not tell.
pub(crate) fn may_serve(peer: &PeerCreds, folder: &Path) -> io::Result<bool> {
    platform::may_serve(peer, folder)
}

/// A listener that only this account may connect to, as far as that is said before it is made.
///
/// # Errors
/// The system refuses.
pub(crate) fn for_own(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    platform::for_own(options)
}

/// What stands between a folder and other accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(windows, expect(dead_code, reason = "nobody can tell there"))]
pub(crate) enum Privacy {
    /// Only this account comes in.
    Private,
    /// Others may come in, or nobody can tell.
    Open,
    /// It belongs to another account, which may let itself in.
    Foreign,
}

/// Who may come into a folder.
///
/// # Errors
/// It is not there, or can't be looked at.
pub(crate) fn privacy(folder: &Path) -> io::Result<Privacy> {
    platform::privacy(folder)
}

/// Shuts everybody else out of a folder and, where that goes by itself, out of what is in it.
///
/// # Errors
/// This account may not.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    platform::make_private(folder)
}
