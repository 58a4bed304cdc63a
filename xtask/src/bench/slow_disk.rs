//! Work on a disk that takes its time: whether a server lets requests of one client wait for it side by side. The disk
//! is a file system in user space (`tests/python/slow_disk.py`), mounted in the folder that a server shares.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::report::Comparison;
use super::server::Contender;
use crate::background::Background;
use crate::shell::{root, succeeds};

pub(super) const ONE_READ: &str = "slow-disk-reads-1";
pub(super) const READS_IN_FLIGHT: &str = "slow-disk-reads-32";
pub(super) const ECHO_BEHIND_FLUSH: &str = "slow-disk-echo";
/// Reads in flight are to take less of the time that as many take one after the other.
const MOST_OF_ONE: f64 = 0.25;
/// An ECHO is to be answered within so many seconds though a FLUSH waits for the disk.
const MOST_ECHO: f64 = 0.5;
const DEVICE: &str = "/dev/fuse";
const READ_SECONDS: &str = "0.005";
const FLUSH_SECONDS: &str = "3";
const UNMOUNT_LIMIT: Duration = Duration::from_secs(5);
const UNMOUNT_STEP: Duration = Duration::from_millis(100);
const FILE_LENGTH: u64 = 64 << 20;
const CLIENT: &str = include_str!("slow_disk_client.py");

/// Whether file systems in user space can be mounted here.
pub(super) fn is_possible() -> bool {
    Path::new(DEVICE).exists()
}

/// The client's script, written to a file in `folder`.
pub(super) fn client(folder: &Path) -> Result<PathBuf> {
    let script = folder.join("slow_disk_client.py");
    std::fs::write(&script, CLIENT)?;
    Ok(script)
}

/// A mounted disk in a server's folder; dropping it unmounts it.
#[derive(Debug)]
pub(super) struct SlowDisk {
    mount: PathBuf,
    process: Option<Background>,
}

impl SlowDisk {
    /// The folder of the share that the disk is.
    pub(super) const NAME: &str = "slow";
    /// The file on it.
    pub(super) const FILE: &str = "big";

    pub(super) fn mount(contender: &Contender, python: &Path) -> Result<Self> {
        let behind = contender.folder.join("behind-the-slow-disk");
        let mount = contender.files.join(Self::NAME);
        std::fs::create_dir_all(&behind)?;
        std::fs::create_dir_all(&mount)?;
        let file = std::fs::File::create(behind.join(Self::FILE))?;
        file.set_len(FILE_LENGTH)?;
        // Servers act as different accounts.
        file.set_permissions(std::fs::Permissions::from_mode(0o666))?;
        let mut command = Command::new(python);
        command
            .arg(root().join("tests/python/slow_disk.py"))
            .args([&behind, &mount])
            .args([READ_SECONDS, FLUSH_SECONDS]);
        let mut process = Background::start(&command)?;
        if process.first_line()?.trim() != "ready" {
            bail!("the slow disk could not be mounted");
        }
        Ok(Self {
            mount,
            process: Some(process),
        })
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        self.process = None;
        let ended = Instant::now();
        // It is mostly unmounted right after, but not where a request was still on its way.
        while is_mounted(&self.mount) && ended.elapsed() < UNMOUNT_LIMIT {
            std::thread::sleep(UNMOUNT_STEP);
            unmount_below(&self.mount);
        }
    }
}

/// Unmounts what was left mounted in `folder` or as it.
pub(super) fn unmount_below(folder: &Path) {
    for mount in mounts().filter(|mount| mount.starts_with(folder)) {
        if let Some(mount) = mount.to_str() {
            succeeds(&["fusermount", "-u", "-z", mount]);
        }
    }
}

fn is_mounted(folder: &Path) -> bool {
    mounts().any(|mount| mount == folder)
}

fn mounts() -> impl Iterator<Item = PathBuf> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let folders: Vec<PathBuf> = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1).map(PathBuf::from))
        .collect();
    folders.into_iter()
}

/// What the client measured, in seconds.
pub(super) fn measured(printed: &str) -> Result<Duration> {
    let seconds = printed.trim().parse().context(printed.to_owned())?;
    Ok(Duration::try_from_secs_f64(seconds)?)
}

/// Says how much reads in flight gain; the rows that are beyond their limits.
pub(super) fn judge(comparisons: &[Comparison]) -> Vec<&'static str> {
    let find = |row| comparisons.iter().find(|comparison| comparison.row == row);
    let mut beyond = Vec::new();
    if let (Some(many), Some(one)) = (find(READS_IN_FLIGHT), find(ONE_READ)) {
        let ratios: Vec<(&str, f64)> = many.wall_ratios(one).collect();
        let shown: Vec<String> = ratios
            .iter()
            .map(|(name, ratio)| format!("{ratio:.2} ({name})"))
            .collect();
        println!(
            "\n32 reads in flight take {} of the time of one after the other; less than {MOST_OF_ONE} is wanted.",
            shown.join(", ")
        );
        if ratios.first().is_some_and(|(_, ratio)| *ratio >= MOST_OF_ONE) {
            beyond.push(READS_IN_FLIGHT);
        }
    }
    if let Some(echo) = find(ECHO_BEHIND_FLUSH) {
        println!(
            "An ECHO behind a FLUSH of {FLUSH_SECONDS} s is answered after {:.2} s; less than {MOST_ECHO} s is wanted.",
            echo.wall()
        );
        if echo.wall() >= MOST_ECHO {
            beyond.push(ECHO_BEHIND_FLUSH);
        }
    }
    beyond
}
