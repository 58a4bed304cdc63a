//! What asks the server to end: SIGTERM and Ctrl-C on Unix; Ctrl-C, Ctrl-Break, a closed console window and
//! the end of Windows on Windows.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::Signals;
#[cfg(windows)]
pub(crate) use windows::Signals;
