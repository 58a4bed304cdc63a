//! What differs between operating systems: the computer's name, where the control socket is, how many files may be open.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::{
    bind_with_help, closed_while_waiting, computer_name, control_socket, only_this_account, open_file_limit,
    prepare_control_socket,
};
#[cfg(windows)]
pub(super) use windows::{
    bind_with_help, closed_while_waiting, computer_name, control_socket, only_this_account, open_file_limit,
    prepare_control_socket,
};

use std::path::Path;

use ring::digest::{SHA256, digest};

/// A short name for a data folder that no other has.
fn short_name(data_dir: &Path) -> String {
    let hash = digest(&SHA256, data_dir.as_os_str().as_encoded_bytes());
    hash.as_ref()
        .iter()
        .take(10)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
