//! What only a computer's administrator may do: mount disks, make networks, be somebody else. Tests that need it use
//! `sudo` where that asks for nothing.

use std::path::Path;
use std::process::Command;

/// A command that runs as root; `None`, and says so, where this account may not.
pub fn as_root(program: &str) -> Option<Command> {
    if own_ids().0 == 0 {
        return Some(Command::new(program));
    }
    let tried = Command::new("sudo").args(["-n", "true"]).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        nothing_is_tested("this account may not become the computer's administrator");
        return None;
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    Some(command)
}

/// Says that a test can't test anything here. Where `LANDFALL_MUST_TEST` is 1, as in continuous integration, that is a
/// failure.
///
/// # Panics
/// Then.
pub fn nothing_is_tested(why: &str) {
    assert!(
        std::env::var_os("LANDFALL_MUST_TEST").is_none_or(|must| must != "1"),
        "{why}: nothing is tested, but LANDFALL_MUST_TEST is 1"
    );
    eprintln!("{why}: nothing is tested");
}

/// The user and the group that this process runs as.
pub(crate) fn own_ids() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;
    let process = std::fs::metadata("/proc/self").expect("this process");
    (process.uid(), process.gid())
}

/// Sets or takes (`+i`, `-i`) an attribute that keeps root itself from changing a file; false, and says so, where that
/// can't be done.
pub fn change_attribute(change: &str, file: &Path) -> bool {
    let Some(mut command) = as_root("chattr") else {
        return false;
    };
    let output = command.arg(change).arg(file).output();
    let done = output.is_ok_and(|output| output.status.success());
    if !done {
        nothing_is_tested("this file system can't protect a file from being changed");
    }
    done
}
