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

/// A disk in a file, with ext4, that can be made to fail: the system then lets nobody write, whatever is open.
#[derive(Debug)]
pub struct FailingDisk {
    at: PathBuf,
}

impl FailingDisk {
    /// Mounts an empty one, which is kept in `image`. `None`, and says so, where this account may not mount.
    ///
    /// # Panics
    /// The image or the folder can't be made.
    pub fn mount(image: &Path, at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("the folder to mount at");
        let file = std::fs::File::create(image).expect("the image");
        file.set_len(32 << 20).expect("the image");
        let (user, group) = own_ids();
        let made = run(Command::new("/usr/sbin/mkfs.ext4")
            .args(["-q", "-E", &format!("root_owner={user}:{group}")])
            .arg(image));
        let mounted = made
            && run(as_root("mount")?
                .args(["-o", "loop,errors=remount-ro"])
                .args([image, at]));
        if !mounted {
            nothing_is_tested("disks in files can't be mounted here");
            return None;
        }
        Some(Self { at: at.to_owned() })
    }

    /// Has its file system find a fault; true when it did.
    pub fn fail(&self) -> bool {
        let source = Command::new("findmnt")
            .args(["-no", "SOURCE"])
            .arg(&self.at)
            .output();
        let source = source.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let device = source
            .ok()
            .and_then(|source| source.strip_prefix("/dev/").map(str::to_owned));
        let Some(device) = device else { return false };
        let fault = format!("echo broken > /sys/fs/ext4/{device}/trigger_fs_error");
        as_root("sh").is_some_and(|mut shell| run(shell.args(["-c", &fault])))
    }

    fn unmount(&self) -> bool {
        as_root("umount").is_some_and(|mut umount| run(umount.arg("-l").arg(&self.at)))
    }
}

impl Drop for FailingDisk {
    fn drop(&mut self) {
        let _ = self.unmount();
    }
}

fn run(command: &mut Command) -> bool {
    let output = command.output();
    output.is_ok_and(|output| output.status.success())
}
