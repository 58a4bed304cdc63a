//! `cargo xtask kernel [SCRIPT]`: a real Linux kernel as the client, in user-mode Linux, which needs no privileges: it
//! mounts a share of a fresh server and runs a script on it (`tests/kernel`). Without a script it is the suite of that
//! name in the panel.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::landfall::{Landfall, release_build};
use crate::setup;
use crate::shell::root;

/// The kernel, its network, and what scripts run on a mount.
const PACKAGES: [&str; 13] = [
    "user-mode-linux",
    "slirp",
    "kmod",
    "cifs-utils",
    "iproute2",
    "attr",
    "bc",
    "gcc",
    "libc6-dev",
    "git",
    "make",
    "python3",
    "rsync",
];
const USER: &str = "kernel";
const PASSWORD: &str = "Secret007!";
const SHARE: &str = "files";
/// How the share is mounted: with symbolic links kept in files, as the client offers for servers without them.
pub(crate) const OPTIONS: &str = "vers=3.1.1,mfsymlinks";
/// A second mount, as of another computer.
pub(crate) const SECOND: &str = "nosharesock,vers=3.1.1,mfsymlinks";

pub(crate) fn packages() -> Result<()> {
    setup::packages(&PACKAGES)
}

/// A mount of a share on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mount<'a> {
    pub(crate) port: u16,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) share: &'a str,
    /// After which it is stuck.
    pub(crate) seconds: u32,
}

impl Mount<'_> {
    /// A command that runs `script` in the mount; the caller adds its arguments.
    pub(crate) fn command(&self, script: &Path) -> Command {
        let mut run = Command::new(root().join("tests/kernel/run"));
        run.env("SMB_PASSWORD", self.password)
            .args(["-t", &self.seconds.to_string(), "-a", SECOND])
            .args([&self.port.to_string(), self.user, self.share, OPTIONS])
            .arg(script);
        run
    }
}

/// Runs a script on a mount of a share of a fresh server.
pub(crate) fn run(script: &str) -> Result<()> {
    packages()?;
    let binary = release_build()?;
    let script = PathBuf::from(script);
    ensure!(script.is_file(), "{} is no file", script.display());
    let folder = root().join("target/kernel");
    let files = folder.join("files");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&files)?;
    let landfall = Landfall::new(&binary, &folder.join("data"));
    landfall.add_person(USER, PASSWORD)?;
    landfall.add_share(SHARE, &files)?;
    let server = landfall.serve("127.0.0.1:0", "off")?;
    let mount = Mount {
        port: server.smb,
        user: USER,
        password: PASSWORD,
        share: SHARE,
        seconds: 600,
    };
    let status = mount
        .command(&script)
        .status()
        .context("tests/kernel/run could not be started")?;
    ensure!(status.success(), "{} ended with {status}", script.display());
    Ok(())
}
