//! Disks of a test's own: file systems in memory, mounted where a folder is to be.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::administrator::{as_root, nothing_is_tested, own_ids};

/// A mounted file system; dropping it unmounts it.
#[derive(Debug)]
pub struct Disk {
    at: PathBuf,
}

impl Disk {
    /// Mounts an empty disk that has room for so many bytes. `None`, and says so, where this account may not mount.
    ///
    /// # Panics
    /// The folder can't be made.
    pub fn mount(at: &Path, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(at).expect("the folder to mount at");
        let (user, group) = own_ids();
        let options = format!("size={bytes},mode=0700,uid={user},gid={group}");
        let mounted = run(as_root("mount")?
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(at));
        if !mounted {
            nothing_is_tested("disks can't be mounted here");
            return None;
        }
        Some(Self { at: at.to_owned() })
    }

    /// Makes it read-only, or writable again; true when the system did so.
    pub fn set_read_only(&self, read_only: bool) -> bool {
        let how = if read_only { "remount,ro" } else { "remount,rw" };
        as_root("mount").is_some_and(|mut mount| run(mount.args(["-o", how]).arg(&self.at)))
    }

    /// Takes it away though it is in use, as when a cable is pulled.
    ///
    /// # Panics
    /// The system does not let go of it.
    pub fn pull_out(self) {
        assert!(self.unmount(), "{} stays mounted", self.at.display());
        std::mem::forget(self);
    }

    fn unmount(&self) -> bool {
        as_root("umount").is_some_and(|mut umount| run(umount.arg("-l").arg(&self.at)))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.unmount();
    }
}

fn run(command: &mut Command) -> bool {
    let output = command.output();
    output.is_ok_and(|output| output.status.success())
}
