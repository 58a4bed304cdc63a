//! Windows: a named pipe, whose access list names this account and the system; clients from the network are refused.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use interprocess::local_socket::ListenerOptions;
use windows_sys::Win32::Foundation::ERROR_HANDLES_CLOSED;

/// Handles are limited by memory alone.
pub(in crate::server) fn open_file_limit() -> Option<u64> {
    None
}

/// Nobody needs help: ports are free for all.
pub(in crate::server) fn bind_with_help(_address: SocketAddr) -> Option<io::Result<TcpListener>> {
    None
}

/// The computer's name.
pub(in crate::server) fn computer_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// The named pipe of a data folder. The folder must exist.
pub(in crate::server) fn control_socket(data_dir: &Path) -> io::Result<PathBuf> {
    let name = super::short_name(&data_dir.canonicalize()?);
    Ok(PathBuf::from(format!(r"\\.\pipe\landfall-{name}")))
}

/// Nothing to prepare: the pipe's access list says who comes in.
pub(in crate::server) fn prepare_control_socket(_data_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// Creates a listener that only this account may connect to.
pub(in crate::server) fn only_this_account<'n, L>(
    options: ListenerOptions<'n>,
    _socket: &Path,
    create: impl Fn(ListenerOptions<'n>) -> io::Result<L>,
) -> io::Result<L> {
    create(options)
}

/// Whether the server went while a client waited for a free instance of the pipe.
pub(in crate::server) fn closed_while_waiting(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_HANDLES_CLOSED.cast_signed())
}
