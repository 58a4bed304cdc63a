//! Unix: the effective user, and permission bits.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use interprocess::local_socket::{ListenerOptions, PeerCreds};

use super::Privacy;

/// What others may do.
const OTHERS: u32 = 0o077;

fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

pub(super) fn is_own(peer: &PeerCreds) -> io::Result<bool> {
    let other = peer.euid().ok_or(io::ErrorKind::Unsupported)?;
    Ok(other == own() || other == 0)
}

/// Root looks after what others run, too.
pub(super) fn may_serve(peer: &PeerCreds, folder: &Path) -> io::Result<bool> {
    let root_for_its_owner = own() == 0 && peer.euid() == Some(folder.metadata()?.uid());
    Ok(root_for_its_owner || is_own(peer)?)
}

/// The socket's mode says it.
pub(super) fn for_own(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    Ok(options)
}

pub(super) fn privacy(folder: &Path) -> io::Result<Privacy> {
    let found = folder.metadata()?;
    let own = own();
    Ok(if found.uid() != own && own != 0 {
        Privacy::Foreign
    } else if found.mode() & OTHERS != 0 {
        Privacy::Open
    } else {
        Privacy::Private
    })
}

pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let mode = folder.metadata()?.mode() & 0o7777 & !OTHERS;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode))?;
    for entry in folder.read_dir()? {
        let entry = entry?;
        let found = entry.metadata()?;
        // Links stay: their own bits say nothing. Of the rest, what can't be changed is shut off by the folder.
        if !found.is_symlink() && found.mode() & OTHERS != 0 {
            let mode = found.mode() & 0o7777 & !OTHERS;
            let _ = std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(mode));
        }
    }
    Ok(())
}
