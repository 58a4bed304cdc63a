//! A disk that takes its time: a file system in user space (`tests/python/slow_disk.py`), mounted where a share's folder
//! is to be.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::clients::interpreter;

const DEVICE: &str = "/dev/fuse";
const UNMOUNT_LIMIT: Duration = Duration::from_secs(5);
const UNMOUNT_STEP: Duration = Duration::from_millis(100);

/// A mounted disk; dropping it unmounts it.
#[derive(Debug)]
pub struct SlowDisk {
    behind: TempDir,
    mount: PathBuf,
    process: Child,
}

impl SlowDisk {
    /// Mounts a disk at `mount` where each read and each flush takes so long. `None`, and says so, where this system
    /// can't.
    ///
    /// # Panics
    /// It could, but did not.
    pub fn mount(mount: &Path, read: Duration, flush: Duration) -> Option<Self> {
        if !Path::new(DEVICE).exists() {
            crate::administrator::nothing_is_tested("there is no /dev/fuse here");
            return None;
        }
        std::fs::create_dir_all(mount).expect("the folder to mount at");
        let behind = tempfile::tempdir().expect("a temporary folder");
        let mut process = Command::new(interpreter())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/slow_disk.py"))
            .args([behind.path(), mount])
            .args([read, flush].map(|duration| duration.as_secs_f64().to_string()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let stdout = process.stdout.take().expect("stdout is piped");
        let mut ready = String::new();
        BufReader::new(stdout)
            .read_line(&mut ready)
            .expect("its output is text");
        assert_eq!(ready.trim(), "ready", "the slow disk is not mounted");
        Some(Self {
            behind,
            mount: mount.to_owned(),
            process,
        })
    }

    /// The folder that it shows, without the waiting.
    pub fn behind(&self) -> &Path {
        self.behind.path()
    }

    /// Lets everybody wait from now on.
    ///
    /// # Panics
    /// The process that answers for it can't be stopped.
    pub fn falls_silent(&self) {
        self.signal("-STOP");
        let threads = format!("/proc/{}/task", self.process.id());
        let is_stopped = |thread: std::io::Result<std::fs::DirEntry>| {
            let status = thread.and_then(|thread| std::fs::read_to_string(thread.path().join("stat")));
            // After the name in parentheses; a thread that has ended answers nobody.
            status.is_err() || status.is_ok_and(|status| status.contains(") T "))
        };
        // One thread after the other hears of it.
        while !std::fs::read_dir(&threads).expect("it runs").all(is_stopped) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Answers again, those that have waited as well.
    ///
    /// # Panics
    /// The process that answers for it can't be woken.
    pub fn answers_again(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.process.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {name}");
    }

    fn is_mounted(&self) -> bool {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        mounts
            .lines()
            .any(|line| line.split(' ').nth(1).map(Path::new) == Some(&self.mount))
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let ended = Instant::now();
        // It is mostly unmounted right after, but not where a request was still on its way.
        while self.is_mounted() && ended.elapsed() < UNMOUNT_LIMIT {
            std::thread::sleep(UNMOUNT_STEP);
            let mut unmount = Command::new("fusermount");
            unmount.args(["-u", "-z"]).arg(&self.mount);
            let _ = unmount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}
